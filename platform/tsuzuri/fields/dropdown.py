"""One of many options, folded away until it is opened."""

from __future__ import annotations

from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Control, Family, Field, Sample, Widget
from tsuzuri.fields.choices import OneOf


class Dropdown(OneOf):
    """The same as a choice of buttons, for a longer list."""

    name = "dropdown"
    family = Family.CHOSEN
    label = message("ドロップダウン")
    about = message("一つだけ選ぶ。選択肢が多いときに")
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"enum": ["1年", "2年", "その他(本文に記入)", "-"]},
            accepted=("1年", "その他(本文に記入)", "-"),
            rejected=("3年", "１年", True, {"a": 1}),
            typed=(("１年", "1年"), ("その他（本文に記入）", "その他(本文に記入)")),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.SELECT, choices=tuple(field.schema["enum"]))
