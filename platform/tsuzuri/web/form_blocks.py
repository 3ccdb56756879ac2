"""From a form's values to the blocks, rows and items that its template prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from tsuzuri.definitions.model import App, Group
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Problem, message
from tsuzuri.fields.base import Control, Field, Slot, Widget
from tsuzuri.fields.files import size
from tsuzuri.fields.traits import Copied, Files, Heading, People, Pointed
from tsuzuri.services import related
from tsuzuri.web import choices
from tsuzuri.web.controls import Row, row_wire, shown
from tsuzuri.web.form_items import Attributes, Block, FormItem, RowItem
from tsuzuri.web.forms import PREFIX, Sheet, empty_row
from tsuzuri.web.render import MASK, sentence
from tsuzuri.web.shown import title_of

# Parts of controls are named in Japanese by their kinds; here the catalogue learns of them.
PARTS = (
    *(message("都道府県"), message("市区町村"), message("町名"), message("番地")),
    *(message("建物名・部屋番号"), message("時刻"), message("話した人"), message("内容")),
)
WIDE = frozenset({Slot.LONG, Slot.ROWS, Slot.DOCUMENT})
Summary = list[tuple[str, str, str]]
"""What to mend: id of the control (or nothing), label, sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a control stands: its id and name in the page, and its JSON pointer."""

    id: str
    name: str
    pointer: str


def layout(app: App) -> Iterator[Group | tuple[str, ...]]:
    """Yield the form's parts; fields that the author placed nowhere follow at the end."""
    yield from app.form
    placed = {code for item in app.form for row in _rows(item) for code in row}
    yield from ((one.code,) for one in app.fields if one.code not in placed)


def _rows(item: Group | tuple[str, ...]) -> Sequence[tuple[str, ...]]:
    return item.rows if isinstance(item, Group) else (item,)


class FormBlocks:
    """Builds the items of one form with the problems that were found in it."""

    def __init__(
        self, sheet: Sheet, values: Mapping[str, Any], problems: Sequence[Problem] = ()
    ) -> None:
        self.sheet = sheet
        self.values = values
        self.problems = problems
        self.summary: Summary = []
        self._met: set[int] = set()

    def blocks(self) -> list[Block]:
        """Return the form's blocks; neighbouring rows without a group share one."""
        found: list[Block] = []
        for item in layout(self.sheet.access.app):
            rows = [row for codes in _rows(item) if (row := self._row(codes))]
            if isinstance(item, Group):
                if rows:
                    title = item.title.text(self.sheet.scene.language)
                    found.append(Block(title=title, rows=rows, open=item.open))
            elif found and not found[-1].title:
                found[-1].rows = [*found[-1].rows, *rows]
            elif rows:
                found.append(Block(title="", rows=rows))
        self._rest()
        return found

    def _row(self, codes: Sequence[str]) -> list[FormItem]:
        fields = [self.sheet.access.app.by_code[code] for code in codes]
        return [item for one in fields if (item := self._item(one)) is not None]

    def _item(self, field: Field) -> FormItem | None:
        value = self.values.get(field.code)
        place = Place(f"f-{field.code}", PREFIX + field.code, f"/{escape(field.code)}")
        if field.code in self.sheet.writable:
            return self.item(field, value, place)
        return self._closed(field, place)

    def _closed(self, field: Field, place: Place) -> FormItem | None:
        """Return what a person reads but does not write; nothing where there is nothing."""
        scene = self.sheet.scene
        wire = self.sheet.copied.get(field.code, self.sheet.stored.get(field.code))
        label = field.title(scene.language)
        if isinstance(field.trait, Heading):
            text = field.kind.show(field, None, scene)
            return text and FormItem(  # type: ignore[return-value]  # an empty text is no item
                id=place.id, name=place.name, label=label, control="static", value=text
            )
        if field.code in self.sheet.masked:
            text = MASK
        elif wire is None or isinstance(field.trait, Files):
            return None
        else:
            text = field.kind.show(field, wire, scene)
        return FormItem(
            id=place.id,
            name=place.name,
            label=label,
            control="static",
            readonly=text,
            wide=field.slot in WIDE,
        )

    def item(self, field: Field, value: Any, place: Place) -> FormItem:
        """Return the item of one control, at the top of the form or in a row."""
        language = self.sheet.scene.language
        widget = field.kind.widget(field)
        item = FormItem(
            id=place.id,
            name=place.name,
            label=field.title(language),
            control=_control(field, widget, value),
            help=field.text("help", language),
            required=field.required,
            attributes=self._attributes(field, widget),
            choices=choices.choices_of(field, self.sheet.scene),
            parts=[(key, sentence(message(label))) for key, label in widget.parts],
            value=value,
            wide=field.slot in WIDE,
            suffix=field.text("unit", language),
        )
        self._fill(item, field, place)
        item.error = self._error(item, place)
        return item

    def _fill(self, item: FormItem, field: Field, place: Place) -> None:
        """Put in what only some controls have."""
        sheet, value = self.sheet, item.value
        if isinstance(field.trait, People):
            directory = sheet.platform.directory_for(sheet.access.actor)
            groups = choices.people(directory, field, sheet.scene)
            item.groups = choices.with_chosen(groups, value, field, sheet.scene)
        elif isinstance(field.trait, Files):
            item.value = [file_item(sheet, field, one) for one in value]
        elif isinstance(field.trait, Copied | Pointed) and value:
            item.chosen = self._named(field.trait, value)
        elif "data-echo" in item.attributes:
            wire = sheet.stored.get(field.code)
            same = wire is not None and value == shown(field, wire, sheet.scene)
            item.chosen = field.kind.show(field, wire, sheet.scene) if same else ""
        elif field.inner:
            item.columns = [
                {"label": one.title(sheet.scene.language), "required": one.required}
                for one in field.inner
            ]
            item.value = list(self._row_items(field, value, place))
            item.blank = self._row_item(field, empty_row(field, "__ROW__", sheet.scene), "-")
        elif item.choices:
            chosen = [value] if isinstance(value, str) else value
            listed = choices.with_chosen([("", list(item.choices))], chosen, field, sheet.scene)
            item.choices = [choice for _, some in listed for choice in some]

    def _named(self, trait: Copied | Pointed, key: str) -> str:
        """Return the title of the record that a look-up holds."""
        sheet = self.sheet
        actor = sheet.access.actor
        if isinstance(trait, Copied):
            target = related.source(sheet.platform, actor, trait, key)
        else:
            target = related.pointed(sheet.platform, actor, trait, [key]).get(key)
        return title_of(target.access, target.state, sheet.scene) if target else ""

    def _row_items(self, table: Field, rows: Sequence[Row], place: Place) -> Iterator[RowItem]:
        """Yield the rows; empty ones are not sent on, so problems count without them."""
        sent = 0
        for row in rows or [empty_row(table, "0", self.sheet.scene)]:
            says = row_wire(table, row, self.sheet.scene) is not None
            yield self._row_item(table, row, f"{place.pointer}/{sent}" if says else "-")
            sent += says

    def _row_item(self, table: Field, row: Row, pointer: str) -> RowItem:
        cells = []
        for column in table.inner:
            place = Place(
                f"f-{table.code}-{row.key}-{column.code}",
                f"{PREFIX}{table.code}.{row.key}.{column.code}",
                f"{pointer}/{escape(column.code)}",
            )
            cells.append(self.item(column, row.cells.get(column.code), place))
        error = self._collect(pointer, cells[0].id, table.title(self.sheet.scene.language))
        return RowItem(key=row.key, id=row.id, cells=cells, error=error)

    def _attributes(self, field: Field, widget: Widget) -> Attributes:
        """Return the control's attributes with the addresses that only a page knows."""
        found = Attributes(widget.attributes)
        app, trait = self.sheet.access.app.code, field.trait
        if "placeholder" in found:
            found["data-echo"] = url_for("lookup.echo", app=app, field=field.code)
            found["data-now"] = _clock(field)
        if isinstance(trait, Copied | Pointed):
            found["data-lookup"] = url_for("lookup.offers", app=app, field=field.code)
        if field.schema.get("maxItems"):
            found["data-max"] = field.schema["maxItems"]
        return found

    def _error(self, item: FormItem, place: Place) -> str:
        """Return every sentence about the control, and note each for the summary."""
        exact = self._collect(place.pointer, item.id, item.label)
        if item.blank is not None:
            return exact
        return " ".join(filter(None, (exact, self._below(item, place))))

    def _collect(self, pointer: str, control: str, label: str) -> str:
        found = [one for one in self.problems if one.pointer == pointer]
        # A date that is no date breaks three rules at once; the first says it best.
        self._met.update(id(one) for one in found[1:])
        self._note(found[:1], control, label)
        return sentence(found[0].message) if found else ""

    def _below(self, item: FormItem, place: Place) -> str:
        inside = [one for one in self.problems if one.pointer.startswith(place.pointer + "/")]
        self._note(inside, item.id, item.label)
        return " ".join(sentence(one.message) for one in inside)

    def _note(self, problems: Sequence[Problem], control: str, label: str) -> None:
        for one in problems:
            if id(one) not in self._met:
                self._met.add(id(one))
                self.summary.append((control, label, sentence(one.message)))

    def _rest(self) -> None:
        """Note what belongs to no control that is shown, so that no problem goes untold."""
        for one in self.problems:
            if id(one) not in self._met:
                self.summary.append(("", "", sentence(one.message)))


def _control(field: Field, widget: Widget, value: Any) -> str:
    """Return the name of the control's macro.

    A switch has two positions, so "not answered" asks with three buttons instead.
    """
    if widget.control is Control.SWITCH and not (value and "initial" in field.schema):
        return Control.RADIOS.value
    return widget.control.value


def _clock(field: Field) -> str:
    form = {**field.kind.shape, **field.schema}.get("format")
    return {"date": "date", "date-time": "datetime"}.get(str(form), "time")


def file_item(sheet: Sheet, field: Field, file: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored file for a control; one without a record yet has no address."""
    held = sheet.stored.get(field.code) or ()
    kept = sheet.record is not None and any(one["key"] == file["key"] for one in held)
    return {
        "key": file["key"],
        "name": file["name"],
        "size": size(file["size"]),
        **(
            addresses(field, file, app=sheet.access.app.code, record=sheet.record)
            if kept
            else NOWHERE
        ),
    }


NOWHERE: Mapping[str, str] = {"url": "", "preview_url": ""}


def addresses(
    field: Field, file: Mapping[str, Any], *, app: str, record: int | None
) -> dict[str, str]:
    """Return where a record's file can be had, and its preview if it has one."""
    at = {"app": app, "record": record, "field": field.code, "key": file["key"]}
    shows = str(file["type"]).startswith("image/")
    return {
        "url": url_for("files.download", **at),
        "preview_url": url_for("files.preview", **at) if shows else "",
    }
