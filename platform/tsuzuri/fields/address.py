"""A Japanese address in its parts, so that people of one town can be found."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Control, Family, Field, Keywords, Sample, Scene, Widget, Wire
from tsuzuri.fields.documents import Document, read, write

PARTS = (
    ("prefecture", "都道府県"),
    ("city", "市区町村"),
    ("town", "町名"),
    ("street", "番地"),
    ("building", "建物名・部屋番号"),
)
_KEYS = tuple(key for key, _ in PARTS)
_BETWEEN = "\u3000"
_PART = {"type": "string", "minLength": 1, "maxLength": 200, "not": {"pattern": "[\u3000\n\r\t]"}}
_CODE = {"type": "string", "maxLength": 6, "pattern": "^[0-9]{6}"}
_PREFECTURE = re.compile("北海道|東京都|京都府|大阪府|(?:神奈川|和歌山|鹿児島|[^ ]{2})県")


class Address(Document):
    """``code`` is the municipality's six digits (全国地方公共団体コード), where it is known.

    A cell shows the parts with full-width spaces between them, which no part contains; an
    address without a prefecture is JSON there, since its first part would be anyone's guess.
    """

    name = "address"
    family = Family.WRITTEN
    label = message("住所")
    about = message("都道府県から建物名までを分けて書く")
    shape: ClassVar[Keywords] = MappingProxyType(
        {
            "type": "object",
            "properties": {**dict.fromkeys(_KEYS, _PART), "code": _CODE},
            "additionalProperties": False,
            "minProperties": 1,
        }
    )
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            accepted=(
                {
                    "prefecture": "京都府",
                    "city": "京都市左京区",
                    "town": "吉田本町",
                    "street": "36-1",
                },
                {
                    "prefecture": "奈良県",
                    "city": "葛󠄀城市",
                    "building": "綴荘 201",
                    "code": "292117",
                },
                {"city": "=札幌市"},
                {"prefecture": "東京都", "code": "130001"},
            ),
            rejected=(
                {},
                {"zip": "601"},
                {"city": ""},
                {"code": "１"},
                {"town": "a\n"},
                "京都府",
                [],
            ),
            typed=(
                (
                    "京都府　京都市左京区　　36-1",
                    {"prefecture": "京都府", "city": "京都市左京区", "street": "36-1"},
                ),
                (
                    "和歌山県和歌山市一番丁3",
                    {"prefecture": "和歌山県", "street": "和歌山市一番丁3"},
                ),
                ('{"city": "笛吹市", "town": " "}', {"city": "笛吹市"}),
            ),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.PARTS, parts=PARTS)

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        """Read the parts, JSON, or one line: then only the prefecture is told from the rest."""
        found = read(text)
        if isinstance(found, dict):
            return self.normal(field, found)
        head, *tail = text.strip().split(_BETWEEN)
        if not tail and (match := _PREFECTURE.match(head)):
            return self.normal(field, {"prefecture": match[0], "street": head[match.end() :]})
        keys = (*_KEYS, "code")
        if not tail or len(tail) >= len(keys):
            return text
        return self.normal(field, dict(zip(keys, (head, *tail), strict=False)))

    def normal(self, field: Field, wire: Wire) -> Wire:
        """Drop empty parts and bring inner spaces to single half-width ones."""
        if not isinstance(wire, dict):
            return wire
        tidy = {
            key: " ".join(part.split()) if isinstance(part, str) else part
            for key, part in wire.items()
        }
        return {key: part for key, part in tidy.items() if part not in ("", None)}

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        front = "".join(wire.get(key, "") for key in _KEYS[:-1])
        return " ".join(filter(None, (front, wire.get("building"))))

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        parts = [wire.get(key, "") for key in (*_KEYS, "code")]
        text = _BETWEEN.join(parts).rstrip(_BETWEEN)
        return text if self.parse(field, text, scene) == wire else write(wire)
