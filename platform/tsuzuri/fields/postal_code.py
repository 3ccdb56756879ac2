"""A Japanese postal code."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
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
from tsuzuri.japanese.width import postal_code


class PostalCode(FieldKind):
    """``601-2345``, however it was typed."""

    name = "postal_code"
    family = Family.WRITTEN
    label = message("郵便番号")
    about = message("7桁の郵便番号")
    shape: ClassVar[Keywords] = MappingProxyType(
        {"type": "string", "maxLength": 8, "pattern": "^[0-9]{3}-[0-9]{4}"}
    )
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            accepted=("601-2345", "000-0000"),
            rejected=("6012345", "601-234", "601-2345\n", "６０１-2345", 6012345),
            typed=(("〒６０１－２３４５", "601-2345"), ("6012345", "601-2345")),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.INPUT, attributes={"inputmode": "numeric"})

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return postal_code(text) or text

    def normal(self, field: Field, wire: Wire) -> Wire:
        return (postal_code(wire) or wire) if isinstance(wire, str) else wire

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        return f"〒{wire}"
