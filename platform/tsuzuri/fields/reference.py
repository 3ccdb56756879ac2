"""A record of another app, named by its id, so that its title is always the present one."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import (
    Control,
    Family,
    Field,
    FieldKind,
    Keywords,
    Sample,
    Scene,
    Widget,
    Wire,
)
from tsuzuri.fields.pointers import APP, keyword
from tsuzuri.fields.traits import Pointed, Trait
from tsuzuri.japanese.width import narrow


class Reference(FieldKind):
    """The id in digits, as text: whatever reads it must not count with it."""

    name = "reference"
    family = Family.LINKED
    label = message("記録の参照")
    about = message("ほかのアプリの記録を一つ指す")
    shape: ClassVar[Keywords] = MappingProxyType(
        {
            "type": "string",
            "maxLength": 16,
            "pattern": "^[1-9]",
            "not": {"pattern": "[^0-9]"},
        }
    )
    options: ClassVar[Keywords] = MappingProxyType({"reference": keyword(("app",), app=APP)})
    needs = ("reference",)
    operators = ops.EQUALITY | ops.MEMBERSHIP
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"reference": {"app": "case-record"}},
            accepted=("1", "4503599627370496"),
            rejected=("0", "12\n", "１２", "R8-0012", 12, "12345678901234567"),
            typed=(("　１２ ", "12"),),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.LOOKUP)

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return narrow(text).strip()

    def trait(self, field: Field) -> Trait | None:
        return Pointed(field.schema["reference"]["app"])
