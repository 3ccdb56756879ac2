"""What the kinds share that nobody fills in: nothing to type, and mostly nothing stored."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import (
    Control,
    Field,
    FieldKind,
    Keywords,
    Sample,
    Scene,
    Slot,
    Widget,
    Wire,
)
from tsuzuri.fields.traits import Heading, Trait

NEVER: Keywords = MappingProxyType({"not": {}, "readOnly": True})
"""No value is valid: the field must be absent from every record."""

NO_VALUES = Sample(rejected=("x", 0, False, ["x"], {"x": 1}))


class Written(FieldKind):
    """The program writes the value; the form only shows it."""

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.STATIC)


class Unstored(Written):
    """There is no value at all."""

    slot = Slot.NONE
    shape: ClassVar[Keywords] = NEVER
    operators = ops.NOTHING
    samples: ClassVar[tuple[Sample, ...]] = (NO_VALUES,)

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        return ""

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        return ""


class Furniture(Unstored):
    """A part of the form that is no question."""

    def trait(self, field: Field) -> Trait | None:
        return Heading()
