"""Wire values to and from columns, by slot alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from markupsafe import Markup

from tsuzuri.fields.base import Field, Scene, Slot, Wire
from tsuzuri.japanese.folding import fold
from tsuzuri.storage.app_tables import JSON_SLOTS

EXACT = 2**53
"""Integers up to here are exact in a double; larger ones stay floating."""


def number(value: float) -> int | float:
    """Return a stored double as JSON writes it: 3, not 3.0."""
    return int(value) if abs(value) <= EXACT and value == int(value) else value


def _as_json(wire: Wire) -> Any:
    return orjson.dumps(wire).decode()


def _as_is(wire: Wire) -> Any:
    return wire


def writer(field: Field) -> Callable[[Wire], Any]:
    """Return what turns a wire value of ``field`` into what its column holds."""
    if field.slot in JSON_SLOTS:
        return _as_json
    return float if field.slot is Slot.NUMBER else _as_is


def to_column(field: Field, wire: Wire | None) -> Any:
    """Return what the field's column holds for ``wire``; None is empty."""
    return None if wire is None else writer(field)(wire)


_READ: Mapping[Slot, Callable[[Any], Wire]] = {
    Slot.LIST: orjson.loads,
    Slot.ROWS: orjson.loads,
    Slot.DOCUMENT: orjson.loads,
    Slot.NUMBER: number,
    Slot.FLAG: bool,
}


def reader(field: Field) -> Callable[[Any], Wire] | None:
    """Return how a column value becomes wire, or None where it is wire already."""
    return _READ.get(field.slot)


_RAW: Mapping[Slot, Callable[[Any], Any]] = {
    **_READ,
    Slot.LIST: orjson.Fragment,
    Slot.ROWS: orjson.Fragment,
    Slot.DOCUMENT: orjson.Fragment,
}


def raw_reader(field: Field) -> Callable[[Any], Any] | None:
    """Return the same for values that go out as JSON again: stored JSON stays as it is."""
    return _RAW.get(field.slot)


def from_column(field: Field, value: Any) -> Wire | None:
    """Return the wire value of a column, None where it is empty."""
    read = _READ.get(field.slot)
    return value if value is None or read is None else read(value)


PLAIN = Scene()
"""The index reads values without knowing anybody's language or the names behind codes."""


def is_searched(field: Field) -> bool:
    """Tell whether people find records by this field's text."""
    if field.slot is Slot.ROWS:
        return any(map(is_searched, field.inner))
    return "like" in field.kind.operators


def folded(field: Field, wire: Wire | None) -> str:
    """Return what the search index holds for a value; nothing for what is not searched."""
    if wire is None or not is_searched(field):
        return ""
    if field.slot is Slot.ROWS:
        # A character that folding never yields keeps hits from reaching across cells.
        cells = (
            folded(inner, row[inner.code])
            for row in wire
            for inner in field.inner
            if inner.code in row
        )
        return "\x1f".join(cell for cell in cells if cell)
    shown = field.kind.show(field, wire, PLAIN)
    if isinstance(shown, Markup):
        # Two paragraphs do not become one word.
        shown = shown.replace("><", "> <").striptags()
    return fold(shown)
