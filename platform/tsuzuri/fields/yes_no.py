"""Yes or no, where "not asked" is a third answer: an empty field."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import (
    Control,
    Family,
    Field,
    FieldKind,
    Keywords,
    Sample,
    Scene,
    Slot,
    Widget,
    Wire,
)
from tsuzuri.japanese.folding import fold

_WORDS = {
    True: ("はい", "いいえ"),
    False: ("Yes", "No"),
}
_MEANING = {
    **dict.fromkeys(map(fold, ("はい", "1", "true", "yes", "on", "有", "○", "〇", "◯", "✓")), True),
    **dict.fromkeys(map(fold, ("いいえ", "0", "false", "no", "off", "無", "×", "✕")), False),
}


class YesNo(FieldKind):
    """A JSON boolean.  Cells and conditions say はい and いいえ: ``confirmed in ("はい")``."""

    name = "yes_no"
    family = Family.CHOSEN
    label = message("はい・いいえ")
    about = message("はいか、いいえか、未回答")
    slot = Slot.FLAG
    shape: ClassVar[Keywords] = MappingProxyType({"type": "boolean"})
    options: ClassVar[Keywords] = MappingProxyType({"initial": {"type": "boolean"}})
    operators = ops.CHOICE
    samples: ClassVar[tuple[Sample, ...]] = (
        Sample(
            accepted=(True, False),
            rejected=("はい", 1, 0, "true", [True]),
            typed=(("はい", True), ("ＮＯ", False), ("○", True), ("1", True), ("０", False)),
        ),
    )

    def widget(self, field: Field) -> Widget:
        return Widget(control=Control.SWITCH, choices=("はい", "いいえ"))

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        return _MEANING.get(fold(text), text)

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        yes, no = _WORDS[scene.language == "ja"]
        return yes if wire is True else no

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        return "はい" if wire is True else "いいえ"
