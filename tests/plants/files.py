"""Bugs of files that leave or come in."""

from __future__ import annotations

from collections.abc import Iterator

from plants.planting import plant, replaced
from tsuzuri.wire import csv


@plant("cells of an export")
def cells_are_not_shielded() -> Iterator[None]:
    """Cells are written as they are, and a spreadsheet runs what looks like a formula."""

    def bare(cell: str) -> str:
        return cell

    with replaced(csv, "shield", bare):
        yield
