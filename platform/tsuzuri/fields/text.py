"""Text on one line: the plainest kind, and the pattern for those that refine it."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Field, FieldKind, Keywords, Sample, Scene, Wire
from tsuzuri.fields.wording import LENGTHS, one_line


class Text(FieldKind):
    """One line of text, kept exactly as typed except for line breaks."""

    name = "text"
    family = Family.WRITTEN
    label = message("文字（1行）")
    about = message("短い文字")
    options: ClassVar[Keywords] = MappingProxyType(
        {**LENGTHS, "pattern": {"type": "string", "maxLength": 500}, "unique": {"type": "boolean"}}
    )
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"maxLength": 12},
            accepted=("玄関先で面談", "a", "=1+1", "'\"<&>", "髙橋 𠮷田"),
            rejected=("あ" * 13, 7, ["a"]),
            typed=(("一行\n二行", "一行 二行"),),
        ),
    )

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        """Join pasted lines by spaces, because the field is one line."""
        del field, scene
        return one_line(text)

    def normal(self, field: Field, wire: Wire) -> Wire:
        """Do the same to what an API client sends, or a CSV file could not give it back."""
        del field
        return one_line(wire) if isinstance(wire, str) else wire
