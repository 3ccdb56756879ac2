"""Agencies of the directory: with whom a record is shared."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Keywords, Sample
from tsuzuri.fields.listed import CODES, SIZES, Named


class Agencies(Named):
    """``initial`` may be ``"my-agency"``; for ``presets`` and ``expects`` see "Scope"."""

    name = "agencies"
    family = Family.PEOPLE
    label = message("所属の選択")
    about = message("所属を選ぶ。公開する相手を決めるのにも使う")
    entity = "agency"
    options: ClassVar[Keywords] = MappingProxyType(
        {
            **SIZES,
            "initial": {"anyOf": [{"const": "my-agency"}, CODES]},
            # Buttons beside the field: what a look-up brings, the writer's own, as last time.
            "presets": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"enum": ["copied", "my-agency", "last"]},
            },
            # Agencies of which somebody ought to read; the form warns where nobody would.
            "expects": CODES,
        }
    )
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"initial": "my-agency"},
            accepted=(["coordination"], ["A01", "学校教育課"]),
            rejected=("A01", ["A01", "A01"], [{"code": "A01"}]),
            typed=(("A01\r\nA02", ["A01", "A02"]),),
        ),
    )
