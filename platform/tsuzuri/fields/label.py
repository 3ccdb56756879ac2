"""A guide in the form: what to write below, whom to ask."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Field, Keywords, Scene, Wire
from tsuzuri.fields.unstored import Furniture
from tsuzuri.fields.wording import words


class LabelKind(Furniture):
    """``text`` in Japanese, or in both languages; without it the title alone."""

    name = "label"
    family = Family.LAYOUT
    label = message("見出し・説明文")
    about = message("フォームの中に置く文章")
    options: ClassVar[Keywords] = MappingProxyType({"text": words(10_000)})

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        return field.text("text", scene.language) or field.title(scene.language)
