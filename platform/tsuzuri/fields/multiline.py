"""Text on several lines: what was seen, said and agreed."""

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
    Slot,
    Widget,
    Wire,
)
from tsuzuri.fields.wording import LENGTHS, unix_lines


class Multiline(FieldKind):
    """Several lines, kept as typed with LF between them.

    ``template`` is the text a new record begins with, such as the headings of a report.
    """

    name = "multiline"
    family = Family.WRITTEN
    label = message("文章")
    about = message("何行でも書ける")
    slot = Slot.LONG
    operators = ops.LONG_TEXT
    options: ClassVar[Keywords] = MappingProxyType(
        {
            **LENGTHS,
            "rows": {"type": "integer", "minimum": 1, "maximum": 50},
            "template": {"type": "string", "minLength": 1, "maxLength": 10_000},
        }
    )
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"maxLength": 40, "template": "【状況】\n【対応】"},
            accepted=(
                "玄関先で面談。\n\n本人は落ち着いていた。",
                "  字下げ\n",
                '葛󠄀城市,"引用";\t=1+1',
            ),
            rejected=("あ" * 41, 7, ["a"], {"ja": "a"}),
            typed=(("一行\r\n二行\r三行", "一行\n二行\n三行"),),
        ),
    )

    def widget(self, field: Field) -> Widget:
        """Return a text area as high as the author wants it."""
        limit = field.schema.get("maxLength")
        attributes = {
            "rows": field.schema.get("rows", 5),
            **({"maxlength": limit} if limit else {}),
        }
        return Widget(control=Control.TEXTAREA, attributes=attributes)

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return unix_lines(text)

    def normal(self, field: Field, wire: Wire) -> Wire:
        return unix_lines(wire) if isinstance(wire, str) else wire
