"""What the kinds share whose value is a list of stored files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tsuzuri.config import MEBIBYTE
from tsuzuri.fields.base import Control, Field, Keywords, Scene, Widget, Wire
from tsuzuri.fields.documents import Document
from tsuzuri.fields.listed import SIZES
from tsuzuri.fields.traits import Files, Trait

LIMIT = 50 * MEBIBYTE
_UNIT = 1024

OPTIONS: Mapping[str, Any] = {**SIZES, "limit": {"type": "integer", "minimum": 1}}
"""How many files, and the bytes each may have."""


def shape(media: Keywords) -> dict[str, Any]:
    """Return the shape of a list of files whose media type is as ``media`` says.

    ``key`` is the SHA-256 of the content; a name is no path.
    """
    properties = {
        "key": {"type": "string", "maxLength": 64, "pattern": "^[0-9a-f]{64}"},
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "not": {"pattern": "[\x01-\x1f\x7f/\\\\]"},
        },
        "type": {"type": "string", **media},
        "size": {"type": "integer", "minimum": 0},
    }
    items = {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }
    return {"type": "array", "items": items, "uniqueItems": True}


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    number, unit = float(count), "B"
    for larger in ("KB", "MB", "GB"):
        if number < _UNIT:
            break
        number, unit = number / _UNIT, larger
    return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"


class Stored(Document):
    """Files by key; ``images`` alone where the kind says so."""

    images: ClassVar[bool] = False

    def widget(self, field: Field) -> Widget:
        attributes = {"accept": "image/*"} if self.images else {}
        return Widget(control=Control.FILES, attributes=attributes)

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        """Return names and sizes; the page adds the addresses, which depend on the record."""
        return "、".join(f"{file['name']} ({size(file['size'])})" for file in wire)

    def trait(self, field: Field) -> Trait | None:
        return Files(self.images, field.schema.get("limit", LIMIT))
