"""A record as its page shows it: the form's layout with values to read instead of controls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from markupsafe import Markup

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import Group
from tsuzuri.fields.base import Field, Scene, Slot
from tsuzuri.fields.files import size
from tsuzuri.fields.traits import Copied, Files, Heading, Pointed, Related, System
from tsuzuri.services import related
from tsuzuri.services.opening import Opened
from tsuzuri.services.platform import Platform
from tsuzuri.web.form_blocks import addresses, layout
from tsuzuri.web.form_items import Block
from tsuzuri.web.rows import related_table
from tsuzuri.web.shown import shown, title_of


@dataclass(kw_only=True, slots=True)
class ShownItem:
    """One field of a record to read; ``value`` is text or markup, empty for an empty field."""

    code: str
    label: str
    value: str = ""
    masked: bool = False
    unmask_url: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Who reads which record; ``lifted`` are values whose mask was just lifted."""

    platform: Platform
    access: Access
    opened: Opened
    scene: Scene
    lifted: Mapping[str, Any] = field(default_factory=dict)

    def blocks(self) -> list[Block]:
        """Return the record's blocks in the order of the form; empty groups are left out."""
        found: list[Block] = []
        for part in layout(self.access.app):
            if isinstance(part, Group):
                rows = [row for codes in part.rows if (row := list(self._row(codes)))]
                title = part.title.text(self.scene.language)
                if any(item.value or item.files or item.masked for row in rows for item in row):
                    found.append(Block(title=title, rows=rows, open=True))
            elif row := list(self._row(part)):
                if not found or found[-1].title:
                    found.append(Block(title="", rows=[]))
                found[-1].rows = [*found[-1].rows, row]
        return found

    def _row(self, codes: tuple[str, ...]) -> Iterator[ShownItem]:
        for code in codes:
            one = self.access.app.by_code[code]
            if not isinstance(one.trait, Heading | System):
                yield self._item(one)

    def _item(self, one: Field) -> ShownItem:
        state = self.opened.state
        item = ShownItem(code=one.code, label=one.title(self.scene.language))
        if one.code in self.lifted:
            wire = self.lifted[one.code]
            item.value = "" if wire is None else one.kind.show(one, wire, self.scene)
        elif one.code in state.masked:
            item.value, item.masked = shown(one, state, self.scene), True
            item.unmask_url = self._unmask_url(one)
        elif isinstance(one.trait, Files):
            item.files = [self._file(one, file) for file in state.values.get(one.code, ())]
        else:
            item.value = self._linked(one) or _as_markup(
                one, shown(one, state, self.scene), item.label
            )
        return item

    def _unmask_url(self, one: Field) -> str:
        if "unmask" not in self.opened.allowed:
            return ""
        where: dict[str, Any] = {"app": self.access.app.code, "record": self.opened.state.id}
        return url_for("records.unmask", **where, field=one.code)

    def _file(self, one: Field, file: Mapping[str, Any]) -> dict[str, Any]:
        where = addresses(one, file, app=self.access.app.code, record=self.opened.state.id)
        return {"name": file["name"], "size": size(file["size"]), **where}

    def _linked(self, one: Field) -> str:
        """Return what leads to other records: their titles, or a table of them."""
        trait, actor = one.trait, self.access.actor
        wire = self.opened.state.values.get(one.code)
        if isinstance(trait, Related):
            found = related.related(self.platform, actor, trait, self._known())
            return related_table(found, trait, self.scene) if found else ""
        if isinstance(trait, Copied) and wire is not None:
            target = related.source(self.platform, actor, trait, wire)
            return _link(target, str(wire)) if target else ""
        if isinstance(trait, Pointed) and wire is not None:
            target = related.pointed(self.platform, actor, trait, [wire]).get(wire)
            return (
                _link(target, title_of(target.access, target.state, self.scene)) if target else ""
            )
        return ""

    def _known(self) -> dict[str, Any]:
        state = self.opened.state
        return {code: wire for code, wire in state.known.items() if code not in state.masked}

    def system(self) -> list[tuple[str, str]]:
        """Return the small line below: who wrote it and when, its number and revision."""
        app, state = self.access.app, self.opened.state
        codes = ("$created", "$creator", "$creator_agency", "$updated", "$updater", "$id")
        fields = [app.by_code[code] for code in codes]
        return [(one.title(self.scene.language), shown(one, state, self.scene)) for one in fields]


def _link(target: related.Target, text: str) -> Markup:
    address = url_for("records.show", app=target.access.app.code, record=target.state.id)
    return Markup('<a href="{}">{}</a>').format(address, text)


def _as_markup(one: Field, text: str, label: str) -> str:
    """Put markup of a kind into the box that styles it; plain text stays text."""
    if not isinstance(text, Markup) or not text:
        return text
    if one.slot is Slot.ROWS:
        # What scrolls sideways must be within reach of the keyboard.
        frame = Markup(
            '<div class="table-wrap" role="region" tabindex="0" aria-label="{}">{}</div>'
        )
        return frame.format(label, text)
    return Markup('<div class="rich">{}</div>').format(text)
