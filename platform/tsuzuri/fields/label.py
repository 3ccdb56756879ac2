"""A guide in the form: what to write below, whom to ask."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.fields.base import Field, Keywords, Scene, Wire
from tsuzuri.fields.unstored import Furniture
from tsuzuri.fields.wording import words


class LabelKind(Furniture):
    """``text`` in Japanese, or in both languages; without it the title alone."""

    name = "label"
    options: ClassVar[Keywords] = MappingProxyType({"text": words(10_000)})

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        return field.text("text", scene.language) or field.title(scene.language)
