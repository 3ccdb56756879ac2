"""A telephone number that can be dialled from the page."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from markupsafe import Markup

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
from tsuzuri.fields.links import anchor
from tsuzuri.japanese.width import phone


def _dialled(text: str) -> str:
    """Return the number in half width, or the text as it is."""
    found = phone(text)
    return found.strip("-") if found else text


class Phone(FieldKind):
    """Digits with the hyphens that were typed; ``+`` for abroad, ``#`` for short numbers."""

    name = "phone"
    family = Family.WRITTEN
    label = message("電話番号")
    about = message("押すと電話をかけられる")
    shape: ClassVar[Keywords] = MappingProxyType(
        {
            "type": "string",
            "minLength": 3,
            "maxLength": 25,
            "pattern": "^[+#0-9]",
            "not": {"pattern": "[^-+#0-9]|--|-$"},
        }
    )
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            accepted=("075-123-4567", "09012345678", "+81-75-123-4567", "189", "#8000"),
            rejected=("０７５-123-4567", "075 123 4567", "075-123-4567\n", "内線12", "-1", 75),
            typed=(("０７５－１２３－４５６７", "075-123-4567"), ("075(123)4567", "075-123-4567")),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.INPUT, attributes={"inputmode": "tel"})

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return _dialled(text)

    def normal(self, field: Field, wire: Wire) -> Wire:
        return _dialled(wire) if isinstance(wire, str) else wire

    def show(self, field: Field, wire: Wire, scene: Scene) -> Markup:
        return anchor("call", wire)
