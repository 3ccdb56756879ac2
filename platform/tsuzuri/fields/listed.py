"""What the kinds share whose value is several texts that no list of options bounds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Control, Field, FieldKind, Keywords, Scene, Slot, Widget, Wire
from tsuzuri.fields.traits import People, Trait
from tsuzuri.fields.wording import lines

TEXTS: Keywords = MappingProxyType(
    {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
)
SIZES: Mapping[str, Any] = {
    "minItems": {"type": "integer", "minimum": 1, "maximum": 1000},
    "maxItems": {"type": "integer", "minimum": 1, "maximum": 1000},
}
CODES: Mapping[str, Any] = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"type": "string"},
}


class Listed(FieldKind):
    """Texts, each once, in the order they were chosen; one a line in a cell."""

    slot = Slot.LIST
    shape: ClassVar[Keywords] = TEXTS
    operators = ops.CHOICE

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return list(dict.fromkeys(line.strip() for line in lines(text)))

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        return "、".join(wire)

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        return "\n".join(wire)


class Named(Listed):
    """Codes of one ``entity``, chosen in a picker and shown by name."""

    entity: ClassVar[str]

    def widget(self, field: Field) -> Widget:
        """Return the picker; ``maxItems`` of 1 makes it a choice of one."""
        return Widget(control=Control.PICKER, attributes={"data-entity": self.entity})

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        return "、".join(scene.name(self.entity, code) for code in wire)

    def trait(self, field: Field) -> Trait | None:
        return People(self.entity)
