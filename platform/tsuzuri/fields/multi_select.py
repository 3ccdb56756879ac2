"""Any of many options, chosen from a list."""

from __future__ import annotations

from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Control, Family, Field, Sample, Widget
from tsuzuri.fields.choices import SomeOf


class MultiSelect(SomeOf):
    """The same as boxes to tick, for a longer list."""

    name = "multi_select"
    family = Family.CHOSEN
    label = message("複数選択")
    about = message("いくつでも選ぶ。選択肢が多いときに")
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"items": {"enum": ["虐待", "不登校", "DV", "経済"]}},
            accepted=(["虐待"], ["経済", "DV"]),
            rejected=(["ＤＶ"], ["虐待", "虐待"], "DV", {}),
            typed=(("ＤＶ", ["DV"]), ("不登校,経済", ["不登校", "経済"]), ("DV\nDV", ["DV"])),
        ),
    )

    def widget(self, field: Field) -> Widget:
        choices = tuple(self.options_of(field))
        return Widget(control=Control.SELECT, choices=choices, attributes={"multiple": "multiple"})
