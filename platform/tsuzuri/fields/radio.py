"""One of a few options, all in sight."""

from __future__ import annotations

from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Control, Family, Field, Sample, Widget
from tsuzuri.fields.choices import OneOf


class Radio(OneOf):
    """For up to about six options; more fit a dropdown."""

    name = "radio"
    family = Family.CHOSEN
    label = message("ラジオボタン")
    about = message("一つだけ選ぶ。選択肢がすべて見える")
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"enum": ["訪問", "面談", "電話", "ＡＢＣ会議"]},
            accepted=("訪問", "ＡＢＣ会議"),
            rejected=("来所", "ABC会議", "訪問\n", 1, ["訪問"]),
            typed=((" 面談　", "面談"), ("abc会議", "ＡＢＣ会議")),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.RADIOS, choices=tuple(field.schema["enum"]))
