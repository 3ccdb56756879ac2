"""Rows of a list as HTML, written by closures that are made once per page, not per cell.

A hundred rows of ten columns are a thousand cells; a template with nested macros takes five
times as long for them.  Every text is escaped here, by the function that writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from tsuzuri.access.gate import Access
from tsuzuri.errors import message
from tsuzuri.fields.base import Field, Scene, Slot, Wire
from tsuzuri.fields.traits import Derived, Related
from tsuzuri.services.related import RelatedRecords
from tsuzuri.services.threads import Talk
from tsuzuri.storage.records import MASKED
from tsuzuri.web.render import MASK, sentence
from tsuzuri.web.row_talk import TalkCell
from tsuzuri.web.shown import plain

CLIPPED = 120
"""Characters of a long text that a list shows: it is for finding, the record for reading."""

UNBROKEN = 20
NONE = "―"

Cell = Callable[[Sequence[Any]], str]
"""Writes one escaped cell of a row of values."""


class RowWriter:
    """Writes rows of (id, revision, values of ``read``) as table rows that show ``columns``."""

    def __init__(
        self, access: Access, columns: Sequence[Field], read: Sequence[Field], scene: Scene
    ) -> None:
        self.columns = columns
        self._access = access
        self.scene = replace(scene, brief=True)
        self._places = {one.code: place for place, one in enumerate(read, start=2)}
        self._cells = [self._cell(one) for one in columns]
        self._starts = [self._start(one, first=n == 0) for n, one in enumerate(columns)]
        self._address = str(escape(url_for("records.show", app=access.app.code, record=0)))[:-1]

    def rows(self, rows: Sequence[Sequence[Any]], talk: Mapping[int, Talk] | None = None) -> Markup:
        """Return the table rows; with ``talk`` a last column counts what was said."""
        cells = list(zip(self._starts, self._cells, strict=True))
        said = TalkCell(self._access) if talk is not None else None
        out: list[str] = []
        for row in rows:
            out.append("<tr>")
            for place, (start, cell) in enumerate(cells):
                text = cell(row)
                if place == 0:
                    text = f'<a href="{self._address}{row[0]}">{text or NONE}</a>'
                out.append(f"{start}{text}</td>")
            if talk is not None and said is not None:
                out.append(said.cell(row[0], talk.get(row[0], Talk())))
            out.append("</tr>\n")
        return Markup("".join(out))  # noqa: S704  every text in it was escaped above

    def _start(self, column: Field, *, first: bool) -> str:
        names = ["data__title"] if first else []
        names += ["num"] if column.slot is Slot.NUMBER else []
        classes = f' class="{" ".join(names)}"' if names else ""
        return f'<td{classes} data-label="{escape(column.title(self.scene.language))}">'

    def _cell(self, column: Field) -> Cell:
        trait = column.trait
        if isinstance(trait, Derived):
            return self._derived(column, trait)
        place = self._places.get(column.code)
        if place is None:
            return _nothing
        show = self._show(column)
        known: dict[object, str] = {None: "", MASKED: MASK}

        def cell(row: Sequence[Any]) -> str:
            value = row[place]
            key = tuple(value) if type(value) is list and type(value[0]) is str else value
            try:
                return known[key]
            except KeyError:
                text = known[key] = show(value)
                return text
            except TypeError:
                return show(value)

        return cell

    def _derived(self, column: Field, trait: Derived) -> Cell:
        place = self._places.get(trait.of if column.guard is None else column.code)
        today, language = self.scene.today, self.scene.language

        def cell(row: Sequence[Any]) -> str:
            value = None if place is None else row[place]
            return MASK if value is MASKED else str(escape(trait.tell(value, today, language)))

        return cell

    def _show(self, column: Field) -> Callable[[Wire], str]:
        kind, scene = column.kind, self.scene
        if column.slot not in {Slot.LONG, Slot.ROWS, Slot.DOCUMENT}:
            return lambda wire: _whole(str(escape(kind.show(column, wire, scene))))

        def clipped(wire: Wire) -> str:
            text = plain(kind.show(column, wire, scene))
            short = text if len(text) <= CLIPPED else text[:CLIPPED] + "…"
            return f'<span class="clip">{escape(short)}</span>'

        return clipped


def _nothing(row: Sequence[Any]) -> str:
    """Write a column that has nothing to read."""
    del row
    return ""


def _whole(text: str) -> str:
    """Keep a short text on one line: a name or a date broken in two is read twice."""
    return f'<span class="nowrap">{text}</span>' if len(text) <= UNBROKEN else text


def related_table(found: RelatedRecords, trait: Related, scene: Scene) -> Markup:
    """Return related records as a small table, with the ways to see all and to write one."""
    read = [one for one in found.columns if one.slot is not Slot.NONE or one.code[0] == "$"]
    writer = RowWriter(found.access, found.columns, read, scene)
    app = found.access.app.code
    heads = Markup().join(
        Markup('<th scope="col">{}</th>').format(one.title(scene.language)) for one in found.columns
    )
    table = Markup(
        '<div class="table-wrap"><table class="data data--stack"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    )
    parts = [table.format(heads, writer.rows(found.page.rows))] if found.page.rows else []
    link = Markup('<a class="button button--small button--{}" href="{}">{}</a>')
    acts = []
    if found.page.later:
        narrowed: dict[str, Any] = {
            "view": "all",
            "f.0.field": trait.match,
            "f.0.op": "in",
            "f.0.value": found.key,
        }
        every = sentence(
            message("すべて見る({n})", n=counted(found.count.number, more=found.count.more))
        )
        acts.append(link.format("secondary", url_for("lists.index", app=app, **narrowed), every))
    if found.access.may("add") and found.access.may_write(trait.match):
        fresh: dict[str, Any] = {f"f.{trait.match}": found.key}
        acts.append(
            link.format(
                "tertiary",
                url_for("records.new", app=app, **fresh),
                sentence(message("新しく書く")),
            )
        )
    if not found.page.rows:
        parts.append(
            Markup('<p class="muted">{}</p>').format(sentence(message("まだありません。")))
        )
    return Markup().join(
        [*parts, Markup('<p class="cluster no-print">{}</p>').format(Markup(" ").join(acts))]
    )


def counted(number: int, *, more: bool) -> str:
    """Return an honest count: 「1,000件以上」 where counting stopped."""
    if more:
        return sentence(message("{number}件以上", number=f"{number:,}"))
    return sentence(message("{number}件", number=f"{number:,}"))
