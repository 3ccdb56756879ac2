"""A text put together from other fields: a file number, a full name."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Field, Keywords, Sample
from tsuzuri.fields.computing import EXPRESSION, as_text, computed
from tsuzuri.fields.system import read_only
from tsuzuri.fields.traits import Trait
from tsuzuri.fields.unstored import Written


class CalculatedText(Written):
    """The expression's result as text; numbers in plain digits."""

    name = "calculated_text"
    family = Family.WORKED_OUT
    label = message("計算（文字）")
    about = message("ほかの項目をつなげた文字")
    shape: ClassVar[Keywords] = read_only({"type": "string"})
    options: ClassVar[Keywords] = MappingProxyType({"expression": EXPRESSION})
    needs = ("expression",)
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"expression": 'a & "-" & b'},
            accepted=("R8-12", "髙橋 花"),
            rejected=(12, ["R8-12"]),
        ),
    )

    def trait(self, field: Field) -> Trait | None:
        return computed(field, as_text)
