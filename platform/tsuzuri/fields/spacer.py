"""Empty room in a row of the form."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.errors import message
from tsuzuri.fields.base import Family, Keywords
from tsuzuri.fields.unstored import Furniture


class Spacer(Furniture):
    """Takes the place of a field; ``width`` is in columns of the form's row."""

    name = "spacer"
    family = Family.LAYOUT
    label = message("空き")
    about = message("フォームの中に置く空白")
    options: ClassVar[Keywords] = MappingProxyType(
        {"width": {"type": "integer", "minimum": 1, "maximum": 12}}
    )
