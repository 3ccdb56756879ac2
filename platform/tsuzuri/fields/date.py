"""A day, typed in either calendar and shown in both."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Family, Field, FieldKind, Keywords, Sample, Scene, Widget, Wire
from tsuzuri.fields.moments import DAY, initially, typed_line
from tsuzuri.japanese.calendar import both_calendars, one_calendar, parse_date


class Date(FieldKind):
    """ISO 8601 on the wire; ``initial`` may be ``"today"``."""

    name = "date"
    family = Family.TIMES
    label = message("日付")
    about = message("年月日。和暦でも書ける")
    shape: ClassVar[Keywords] = DAY
    options: ClassVar[Keywords] = MappingProxyType(
        {"unique": {"type": "boolean"}, "initial": initially("today", DAY)}
    )
    operators = ops.TIME
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"initial": "today"},
            accepted=("2026-11-21", "2024-02-29", "2000-02-29", "1000-01-01", "9999-12-31"),
            rejected=(
                *("2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "0999-01-01"),
                *("2026/11/21", "2026-11-21\n", "20261121", "２０２６-11-21", "昨日", 20261121),
            ),
            typed=(
                ("R8.11.21", "2026-11-21"),
                ("令和８年１１月２１日", "2026-11-21"),
                ("2026/11/21", "2026-11-21"),
                ("平成元年1月8日", "1989-01-08"),
            ),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return typed_line("R8.11.21")

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        day = parse_date(text)
        return text if day is None else day.isoformat()

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        write = one_calendar if scene.brief else both_calendars
        return write(date.fromisoformat(wire), scene.language)
