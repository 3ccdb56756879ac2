"""Any of a few options, all in sight."""

from __future__ import annotations

from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Control, Family, Field, Sample, Widget
from tsuzuri.fields.choices import SomeOf


class Checkbox(SomeOf):
    """For what can be true at once: several signs, several people present."""

    name = "checkbox"
    family = Family.CHOSEN
    label = message("チェックボックス")
    about = message("いくつでも選ぶ。選択肢がすべて見える")
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={
                "items": {"type": "string", "enum": ["母", "父", "祖父、祖母", "=兄"]},
                "maxItems": 3,
            },
            accepted=(["母"], ["=兄", "祖父、祖母"], ["母", "父", "=兄"]),
            rejected=(["姉"], ["母", "母"], ["母", "父", "=兄", "祖父、祖母"], "母", [1]),
            typed=(
                ("母\n父", ["母", "父"]),
                ("父、母", ["父", "母"]),
                ("祖父、祖母\r\n母", ["祖父、祖母", "母"]),
            ),
        ),
    )

    def widget(self, field: Field) -> Widget:
        choices = tuple(self.options_of(field))
        return Widget(control=Control.CHECKBOXES, choices=choices)
