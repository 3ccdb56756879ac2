"""The order of a form as an author moves it: blocks of rows, some of them groups with a title.

Before, between and behind the groups there is always a free block, empty or not, so that there is
a place to move to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tsuzuri.errors import Unknown

Row = list[str]
WIDEST = 12
"""Fields in one row, as the schema has it."""


@dataclass(slots=True)
class Part:
    """A block of the form; a group where ``about`` has its title and how it opens."""

    rows: list[Row]
    about: dict[str, Any] = field(default_factory=dict)


def parts_of(document: Mapping[str, Any]) -> list[Part]:
    """Return the form of a definition; fields that were placed nowhere stand at its end."""
    found = [Part([])]
    for item in document.get("form", ()):
        if isinstance(item, Mapping):
            about = {key: value for key, value in item.items() if key != "rows"}
            found += [Part([[*row] for row in item["rows"]], about), Part([])]
        else:
            found[-1].rows.append([*item])
    placed = {code for part in found for row in part.rows for code in row}
    found[-1].rows += [[code] for code in document["record"]["properties"] if code not in placed]
    return found


def form_of(parts: Sequence[Part]) -> list[Any]:
    """Return the form that a definition has, without the rows that were emptied."""
    form: list[Any] = []
    for part in parts:
        rows = [row for row in part.rows if row]
        form += [{**part.about, "rows": rows}] if part.about else rows
    return form


@dataclass(slots=True)
class Spot:
    """Where a field stands."""

    parts: list[Part]
    at: int
    place: int
    code: str

    @property
    def rows(self) -> list[Row]:
        """The rows of the block."""
        return self.parts[self.at].rows

    @property
    def row(self) -> Row:
        """The row."""
        return self.rows[self.place]


def find(parts: list[Part], code: str) -> Spot:
    """Return where a field stands.  Raises ``Unknown``."""
    for at, part in enumerate(parts):
        for place, row in enumerate(part.rows):
            if code in row:
                return Spot(parts, at, place, code)
    raise Unknown


def _vertically(spot: Spot, step: int) -> None:
    """Leave a shared row for one of its own; move a whole row past the next, or out of a group."""
    if len(spot.row) > 1:
        spot.row.remove(spot.code)
        spot.rows.insert(spot.place + (step > 0), [spot.code])
    elif 0 <= spot.place + step < len(spot.rows):
        row = spot.rows.pop(spot.place)
        spot.rows.insert(spot.place + step, row)
    elif 0 <= spot.at + step < len(spot.parts):
        row = spot.rows.pop(spot.place)
        other = spot.parts[spot.at + step].rows
        other.insert(0 if step > 0 else len(other), row)


def _sideways(spot: Spot, step: int) -> None:
    """Change places with the neighbour; at the edge, join the row above or below."""
    at = spot.row.index(spot.code) + step
    if 0 <= at < len(spot.row):
        spot.row.remove(spot.code)
        spot.row.insert(at, spot.code)
        return
    beside = spot.place + step
    if 0 <= beside < len(spot.rows) and len(spot.rows[beside]) < WIDEST:
        spot.row.remove(spot.code)
        other = spot.rows[beside]
        other.insert(0 if step > 0 else len(other), spot.code)


TURNS: Mapping[str, Callable[[Spot], None]] = {
    "up": lambda spot: _vertically(spot, -1),
    "down": lambda spot: _vertically(spot, 1),
    "left": lambda spot: _sideways(spot, -1),
    "right": lambda spot: _sideways(spot, 1),
}
"""Steps that a field can take; those that lead nowhere leave it where it is."""


def arranged(parts: Sequence[Part], layout: Any) -> list[Part]:
    """Return the blocks with their rows as somebody dragged them: rows of codes for each block.

    Raises ``Unknown`` unless every field stands in it exactly once.
    """
    if not _is_layout(layout) or len(layout) != len(parts):
        raise Unknown
    before = sorted(code for part in parts for row in part.rows for code in row)
    if sorted(code for rows in layout for row in rows for code in row) != before:
        raise Unknown
    return [
        Part([[*row] for row in rows], part.about) for part, rows in zip(parts, layout, strict=True)
    ]


def _is_layout(layout: Any) -> bool:
    return isinstance(layout, list) and all(
        isinstance(rows, list) and all(_is_row(row) for row in rows) for rows in layout
    )


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, list) and len(row) <= WIDEST and all(isinstance(code, str) for code in row)
    )
