"""The reading of a name, in full-width katakana, so that lists sort as they are spoken."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Field, FieldKind, Keywords, Sample, Scene, Wire
from tsuzuri.fields.wording import LENGTHS
from tsuzuri.japanese.width import katakana


def _reading(text: str) -> str:
    """Return full-width katakana with one full-width space between the parts."""
    return "\u3000".join(katakana(text).split())


class Kana(FieldKind):
    """Katakana; hiragana and half-width kana become it.  ＝ stands in readings of foreign names."""

    name = "kana"
    family = Family.WRITTEN
    label = message("ふりがな")
    about = message("カタカナの読み。ひらがなや半角で書いても直す")
    shape: ClassVar[Keywords] = MappingProxyType(
        {"type": "string", "not": {"pattern": "[^ァ-ヾㇰ-ㇿ＝　]"}}
    )
    options: ClassVar[Keywords] = LENGTHS
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            options={"maxLength": 30},
            accepted=("カツラギ　ハナ", "ヴィクトリア・リー", "ジャン＝ポール", "ヅ"),
            rejected=("かつらぎ", "ｶﾂﾗｷﾞ", "葛城", "Hana", "ハナ\n", "ハナ ", 3, "ア" * 31),
            typed=(
                ("かつらぎ はな", "カツラギ　ハナ"),
                (" ｶﾂﾗｷﾞ　ﾊﾅ ", "カツラギ　ハナ"),
                ("らーめん", "ラーメン"),
            ),
        ),
    )

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return _reading(text)

    def normal(self, field: Field, wire: Wire) -> Wire:
        return _reading(wire) if isinstance(wire, str) else wire
