"""The number by which people name a record."""

from __future__ import annotations

from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Family, Field, Keywords, Sample, Scene, Slot, Wire
from tsuzuri.fields.numeric import digits, read
from tsuzuri.fields.system import Column, read_only


class RecordNumber(Column):
    """The record's id: a whole number that every JSON reader keeps exact."""

    name = "record_number"
    family = Family.WORKED_OUT
    label = message("レコード番号")
    about = message("記録ごとの番号")
    column = "id"
    slot = Slot.NUMBER
    shape: ClassVar[Keywords] = read_only(
        {"type": "integer", "minimum": 1, "maximum": 9007199254740991}
    )
    operators = ops.NUMBER
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            accepted=(1, 4503599627370496, 9007199254740991),
            rejected=("12", 0, 1.5, 9007199254740992, True),
            typed=(("１２", 12),),
        ),
    )

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        number = read(text.strip())
        return text if number is None else number

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        return digits(wire)
