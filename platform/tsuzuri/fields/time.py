"""A time of day, in hours and minutes."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Family, Field, FieldKind, Keywords, Sample, Scene, Widget, Wire
from tsuzuri.fields.moments import CLOCK, initially, typed_line
from tsuzuri.japanese.calendar import parse_time


class Time(FieldKind):
    """``HH:MM`` on the wire; ``initial`` may be ``"now"``."""

    name = "time"
    family = Family.TIMES
    label = message("時刻")
    about = message("時と分")
    shape: ClassVar[Keywords] = CLOCK
    options: ClassVar[Keywords] = MappingProxyType({"initial": initially("now", CLOCK)})
    operators = ops.TIME
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            accepted=("15:05", "00:00", "23:59"),
            rejected=("24:00", "9:05", "15:60", "15:05\n", "15:05:00", "１５:05", "夕方", 905),
            typed=(("9:05", "09:05"), ("午後3時5分", "15:05"), ("１５時半", "15:30")),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return typed_line("15:05")

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        at = parse_time(text)
        return text if at is None else f"{at:%H:%M}"
