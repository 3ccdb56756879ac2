"""Between a wire value and what a control shows and sends, by control alone.

A control's *value* is what stands in it: a text, a list of texts, a mapping of parts, rows.
It is made from a stored wire value or from what was posted, and after an error the posted
one is shown again, exactly as it was typed.  Only then is it read: ``to_wire`` hands typed
text to the field's kind, which knows 令和 and full-width digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from werkzeug.datastructures import MultiDict

from tsuzuri.fields.base import Control, Field, Scene, Wire
from tsuzuri.wire.record import is_empty

MOST_ROWS = 1000
"""Rows of one table that a form takes in; an import is the way for more."""


@dataclass(slots=True)
class Row:
    """One row as it stands in the form: its key there, its stored id, a value per column."""

    key: str
    id: str = ""
    cells: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """What was posted, with the stored files (``name`` → wire values) already taken in."""

    texts: MultiDict[str, str]
    files: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the last text under ``name``; unchecked boxes send their default first."""
        found = self.texts.getlist(name)
        return found[-1] if found else ""

    def below(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield (row, rest) of every ``name.ROW.rest``, in order of appearance."""
        start = f"{name}."
        for key in (*self.texts, *self.files):
            if key.startswith(start):
                row, dot, rest = key[len(start) :].partition(".")
                if dot:
                    yield row, rest


class Form(Protocol):
    """How one sort of control holds a value."""

    def shown(self, field: Field, wire: Wire, scene: Scene) -> Any:
        """Return the value that stands for a stored wire; None is empty."""

    def posted(self, field: Field, name: str, body: Body) -> Any:
        """Return the value that was posted under ``name``."""

    def to_wire(self, field: Field, value: Any, scene: Scene) -> Wire | None:
        """Return what the value means; None is empty."""


class Text:
    """One text: typed, or chosen from options that are their own names."""

    def shown(self, field: Field, wire: Wire, scene: Scene) -> str:
        return "" if wire is None else field.kind.cell(field, wire, scene)

    def posted(self, field: Field, name: str, body: Body) -> str:
        return body.text(name)

    def to_wire(self, field: Field, value: str, scene: Scene) -> Wire | None:
        return field.kind.parse(field, value, scene) if value.strip() else None


class Many:
    """Several texts, each chosen."""

    def shown(self, field: Field, wire: Wire, scene: Scene) -> list[str]:
        return [str(one) for one in wire or ()]

    def posted(self, field: Field, name: str, body: Body) -> list[str]:
        return [text for text in body.texts.getlist(name) if text]

    def to_wire(self, field: Field, value: list[str], scene: Scene) -> Wire | None:
        return field.kind.parse(field, "\n".join(value), scene) if value else None


class Switch:
    """On, off, or not answered."""

    def shown(self, field: Field, wire: Wire, scene: Scene) -> str:
        return "" if wire is None else str(wire).lower()

    def posted(self, field: Field, name: str, body: Body) -> str:
        return body.text(name)

    def to_wire(self, field: Field, value: str, scene: Scene) -> Wire | None:
        return {"": None, "true": True, "false": False}.get(value, value)


class Parts:
    """Texts by part.  Parts that no input shows are kept while the shown ones stand."""

    def shown(self, field: Field, wire: Wire, scene: Scene) -> dict[str, str]:
        keys = [key for key, _ in field.kind.widget(field).parts]
        return {key: str((wire or {}).get(key, "")) for key in keys}

    def posted(self, field: Field, name: str, body: Body) -> dict[str, str]:
        keys = [key for key, _ in field.kind.widget(field).parts]
        return {key: body.text(f"{name}.{key}") for key in keys}

    def to_wire(self, field: Field, value: dict[str, str], scene: Scene) -> Wire | None:
        given = {key: text for key, text in value.items() if text.strip()}
        return given or None


class Files:
    """Stored files: what was there and stays, and what has just come."""

    def shown(self, field: Field, wire: Wire, scene: Scene) -> list[Mapping[str, Any]]:
        return list(wire or ())

    def posted(self, field: Field, name: str, body: Body) -> list[Mapping[str, Any]]:
        return list(body.files.get(name, ()))

    def to_wire(self, field: Field, value: list[Mapping[str, Any]], scene: Scene) -> Wire | None:
        return [dict(one) for one in value] or None


class Rows:
    """Rows of controls."""

    def shown(self, field: Field, wire: Wire, scene: Scene) -> list[Row]:
        rows = []
        for place, stored in enumerate(wire or ()):
            cells = {c.code: shown(c, stored.get(c.code), scene) for c in field.inner}
            rows.append(Row(str(place), str(stored.get("id", "")), cells))
        return rows

    def posted(self, field: Field, name: str, body: Body) -> list[Row]:
        rows: dict[str, Row] = {}
        for key, _rest in body.below(name):
            if key not in rows and len(rows) < MOST_ROWS and len(key) < 20:
                rows[key] = self._row(field, f"{name}.{key}", key, body)
        return [row for key, row in rows.items() if not body.text(f"{name}.{key}._remove")]

    def _row(self, table: Field, name: str, key: str, body: Body) -> Row:
        cells = {c.code: posted(c, f"{name}.{c.code}", body) for c in table.inner}
        return Row(key, body.text(f"{name}._id"), cells)

    def to_wire(self, field: Field, value: list[Row], scene: Scene) -> Wire | None:
        return [wire for row in value if (wire := row_wire(field, row, scene))] or None


class Log:
    """Entries of a time, perhaps a speaker, and what was said."""

    def shown(self, field: Field, wire: Wire, scene: Scene) -> list[dict[str, str]]:
        keys = [key for key, _ in field.kind.widget(field).parts]
        return [{key: str(entry.get(key, "")) for key in keys} for entry in wire or ()]

    def posted(self, field: Field, name: str, body: Body) -> list[dict[str, str]]:
        keys = [key for key, _ in field.kind.widget(field).parts]
        places = dict.fromkeys(place for place, _rest in body.below(name))
        rows = list(places)[:MOST_ROWS]
        entries = [{key: body.text(f"{name}.{row}.{key}") for key in keys} for row in rows]
        return [entry for entry in entries if any(text.strip() for text in entry.values())]

    def to_wire(self, field: Field, value: list[dict[str, str]], scene: Scene) -> Wire | None:
        return [entry for one in value for entry in self._entries(field, one, scene)] or None

    def _entries(self, field: Field, entry: Mapping[str, str], scene: Scene) -> list[Any]:
        """Return an entry as its line reads, so that ３時５分 is a time; unread, as it is."""
        at, *middle, text = entry.values()
        marks = "".join(f"【{mark}】" for mark in middle if mark.strip())
        line = " ".join(f"{at} {marks}{text}".split("\n"))
        read = field.kind.parse(field, line, scene) if at.strip() else None
        if isinstance(read, list) and len(read) == 1:
            return read
        return [{key: text for key, text in entry.items() if text.strip()}]


class Nothing:
    """Shown, never sent."""

    def shown(self, field: Field, wire: Wire, scene: Scene) -> str:
        return "" if wire is None else field.kind.show(field, wire, scene)

    def posted(self, field: Field, name: str, body: Body) -> str:
        return ""

    def to_wire(self, field: Field, value: str, scene: Scene) -> Wire | None:
        return None


_TEXT, _MANY = Text(), Many()
_FORMS: Mapping[Control, Form] = {
    Control.INPUT: _TEXT,
    Control.TEXTAREA: _TEXT,
    Control.RICH: _TEXT,
    Control.SELECT: _TEXT,
    Control.RADIOS: _TEXT,
    Control.LOOKUP: _TEXT,
    Control.CHECKBOXES: _MANY,
    Control.PICKER: _MANY,
    Control.SWITCH: Switch(),
    Control.PARTS: Parts(),
    Control.FILES: Files(),
    Control.ROWS: Rows(),
    Control.LOG: Log(),
    Control.STATIC: Nothing(),
}


def form_of(field: Field) -> Form:
    """Return how the field's control holds its value."""
    widget = field.kind.widget(field)
    return _MANY if "multiple" in widget.attributes else _FORMS[widget.control]


def shown(field: Field, wire: Wire | None, scene: Scene) -> Any:
    """Return what stands in the field's control for a stored value."""
    return form_of(field).shown(field, wire, scene)


def posted(field: Field, name: str, body: Body) -> Any:
    """Return what stood in the field's control when the form was sent."""
    return form_of(field).posted(field, name, body)


def read(field: Field, value: Any, before: Wire | None, scene: Scene) -> Wire | None:
    """Return what a control's value means.

    What still reads as the stored value *is* the stored value: a control may show less than
    is stored, and looking at a record must not change it.
    """
    if isinstance(value, list) and value and isinstance(value[0], Row):
        return _rows(field, value, before, scene)
    form = form_of(field)
    if form is _MANY:
        value = _as_stored(value, before or ())
    if before is not None and value == form.shown(field, before, scene):
        return before
    wire = form.to_wire(field, value, scene)
    tidy = None if wire is None else field.kind.normal(field, wire)
    return None if is_empty(tidy) else wire


def _as_stored(chosen: Sequence[str], before: Sequence[str]) -> list[str]:
    """Return what is chosen in the order it was stored in; boxes are sent in the page's order."""
    kept = [one for one in before if one in chosen]
    return [*kept, *(one for one in chosen if one not in kept)]


def _rows(table: Field, rows: Sequence[Row], before: Wire | None, scene: Scene) -> Wire | None:
    stored = {str(one.get("id", "")): one for one in before or ()}
    wires = (row_wire(table, row, scene, stored.get(row.id)) for row in rows)
    return [wire for wire in wires if wire] or None


def row_wire(
    table: Field, row: Row, scene: Scene, before: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return a row's wire with its id; None for a row in which nothing stands."""
    found = {
        column.code: read(
            column, row.cells.get(column.code), (before or {}).get(column.code), scene
        )
        for column in table.inner
    }
    cells = {code: wire for code, wire in found.items() if wire is not None}
    if not cells:
        return None
    return {**({"id": row.id} if row.id else {}), **cells}
