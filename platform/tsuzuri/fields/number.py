"""A number that people type: a weight, an amount, a count."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Control, Family, Field, Keywords, Sample, Widget
from tsuzuri.fields.numeric import APPEARANCE, Numeric


class Number(Numeric):
    """A number within the author's bounds; ``multipleOf`` is whole, where all validators agree."""

    name = "number"
    family = Family.NUMBERS
    label = message("数値")
    about = message("人数、体重、金額など")
    options: ClassVar[Keywords] = MappingProxyType(
        {
            **APPEARANCE,
            "minimum": {"type": "number"},
            "maximum": {"type": "number"},
            "multipleOf": {"type": "integer", "minimum": 1},
            "unique": {"type": "boolean"},
            "initial": {"type": "number"},
        }
    )
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"minimum": -50, "maximum": 5000, "unit": {"ja": "人", "en": " people"}},
            accepted=(0, 12, -50, 36.5, 5000, 0.1),
            rejected=(5001, -51, "12", True, [1]),
            typed=(("１２", 12), ("1,234人", 1234), ("▲3", -3), ("３６．５", 36.5), ("12.0", 12)),
        ),
        Sample(
            options={"unit": "¥", "unitPosition": "before", "digits": True, "decimals": 0},
            accepted=(1234567, 1e300, 9007199254740992, 9007199254740994.0, 5e-324, -1.5),
            rejected=("¥1", {"yen": 1}),
            typed=(("￥1,234,567", 1234567), ("1e3", 1000)),
        ),
        Sample(options={"multipleOf": 5}, accepted=(15,), rejected=(16, 2.5)),
    )

    def widget(self, field: Field) -> Widget:
        """Return one line of text: a number control takes no full-width digits."""
        return Widget(control=Control.INPUT, attributes={"inputmode": "decimal"})
