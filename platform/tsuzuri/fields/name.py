"""The name of a person, in exactly the characters that the person writes it with."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Field, FieldKind, Keywords, Sample, Scene, Wire
from tsuzuri.fields.wording import LENGTHS, one_line


class Name(FieldKind):
    """A name is never normalised: 髙 is not 高, and a variation selector is part of it.

    Only the space around it goes.  Search folds variants, so 高橋 still finds 髙橋.
    """

    name = "name"
    family = Family.WRITTEN
    label = message("氏名")
    about = message("人の名前。髙や﨑などの字をそのまま残す")
    options: ClassVar[Keywords] = LENGTHS
    shape: ClassVar[Keywords] = MappingProxyType({"type": "string"})
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"maxLength": 30},
            accepted=("髙橋　𠮷田", "葛󠄀城 花", "渡邉", "神\ufa19", "O'Brien-佐藤", "か\u3099"),
            rejected=("あ" * 31, 7, ["髙橋"]),
            typed=(("　髙橋 花　\n", "髙橋 花"), ("辻󠄀　一郎", "辻󠄀　一郎"), ("ﾀﾅｶ", "ﾀﾅｶ")),
        ),
    )

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return one_line(text.strip())

    def normal(self, field: Field, wire: Wire) -> Wire:
        return one_line(wire.strip()) if isinstance(wire, str) else wire
