"""What the kinds of choice share: the options an author lists, and finding the one meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Field, FieldKind, Keywords, Scene, Slot, Wire
from tsuzuri.fields.wording import lines
from tsuzuri.japanese.folding import fold

ENUM: Mapping[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1000,
    "uniqueItems": True,
    "items": {
        "type": "string",
        "minLength": 1,
        "maxLength": 128,
        # Several choices stand in one CSV cell, one a line.
        "not": {"pattern": "^[ \u3000\t]|[ \u3000\t]$|[\n\r]"},
    },
}
"""The list of options; an option has no outer spaces and is on one line."""


def matched(options: Sequence[str], text: str) -> str:
    """Return the option that ``text`` means: itself, else the only one that folds alike.

    People type ｱ for ア and Ａ for A.  A text that is no option is returned as it is, for the
    judge to refuse.
    """
    text = text.strip()
    if text in options:
        return text
    key = fold(text)
    alike = [option for option in options if fold(option) == key]
    return alike[0] if len(alike) == 1 else text


class OneOf(FieldKind):
    """One of the options in ``enum``."""

    slot = Slot.TEXT
    operators = ops.CHOICE
    options: ClassVar[Keywords] = MappingProxyType({"enum": ENUM, "initial": {"type": "string"}})
    needs = ("enum",)

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return matched(field.schema.get("enum", ()), text)


class SomeOf(FieldKind):
    """Any number of the options in ``items.enum``, each once."""

    slot = Slot.LIST
    operators = ops.CHOICE
    shape: ClassVar[Keywords] = MappingProxyType({"type": "array", "uniqueItems": True})
    options: ClassVar[Keywords] = MappingProxyType(
        {
            "items": {
                "type": "object",
                "required": ["enum"],
                "properties": {"type": {"const": "string"}, "enum": ENUM},
                "additionalProperties": False,
            },
            "minItems": {"type": "integer", "minimum": 1, "maximum": 1000},
            "maxItems": {"type": "integer", "minimum": 1, "maximum": 1000},
            "initial": {"type": "array", "items": {"type": "string"}},
        }
    )
    needs = ("items",)

    def options_of(self, field: Field) -> Sequence[str]:
        found: Sequence[str] = field.schema.get("items", {}).get("enum", ())
        return found

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        """Read one option a line; a line of several options joined by 、 or a comma is theirs."""
        options = self.options_of(field)
        found: list[str] = []
        for line in lines(text):
            whole = matched(options, line)
            parts = [matched(options, part) for part in line.replace(",", "、").split("、")]
            found += parts if whole not in options and all(p in options for p in parts) else [whole]
        return list(dict.fromkeys(found))

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        return "、".join(wire)

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        return "\n".join(wire)
