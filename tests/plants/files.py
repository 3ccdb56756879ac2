"""Bugs of files that leave or come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plants.planting import plant, replaced
from plants.sight import all_of
from tsuzuri.services.import_rows import Intake
from tsuzuri.wire import csv


@plant("cells of an export")
def cells_are_not_shielded() -> Iterator[None]:
    """Cells are written as they are, and a spreadsheet runs what looks like a formula."""

    def bare(cell: str) -> str:
        return cell

    with replaced(csv, "shield", bare):
        yield


@plant("imports")
def imports_change_whatever_they_name() -> Iterator[None]:
    """A row of a file finds its record by number or key among all records, and changes it."""
    take = Intake.take

    def taking(self: Intake, batch: Any) -> Any:
        self._records = all_of(self._records)
        return take(self, batch)

    with replaced(Intake, "take", taking):
        yield
