"""A moment, typed on the local clock in either calendar."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Field, Keywords, Sample, Widget
from tsuzuri.fields.moments import STAMP, Instant, initially, typed_line


class DateTime(Instant):
    """UTC with a Z on the wire; ``initial`` may be ``"now"``.

    One line of text rather than the browser's control, which knows no 令和.
    """

    name = "datetime"
    family = Family.TIMES
    label = message("日時")
    about = message("年月日と時刻")
    options: ClassVar[Keywords] = MappingProxyType(
        {"unique": {"type": "boolean"}, "initial": initially("now", STAMP)}
    )
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"initial": "now"},
            accepted=("2026-11-21T06:05:00Z", "2024-02-29T15:00:09Z", "9999-12-31T23:59:59Z"),
            rejected=(
                *("2026-02-29T06:05:00Z", "2026-11-21T24:00:00Z", "2026-11-21T06:05:00z"),
                *("2026-11-21 15:05", "2026-11-21T06:05:00", "2026-11-21T06:05:00Z\n", "夕方", 1),
            ),
            typed=(
                ("2026-11-21 15:05", "2026-11-21T06:05:00Z"),
                ("R8.11.21 15:05", "2026-11-21T06:05:00Z"),
                ("令和8年11月21日 午後3時5分", "2026-11-21T06:05:00Z"),
                ("2026-11-21 15:05:09", "2026-11-21T06:05:09Z"),
                ("2026-11-21T15:05:09.9+09:00", "2026-11-21T06:05:09Z"),
            ),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return typed_line("R8.11.21 15:05")
