"""Empty room in a row of the form."""

from __future__ import annotations

from types import MappingProxyType
from typing import ClassVar

from tsuzuri.fields.base import Keywords
from tsuzuri.fields.unstored import Furniture


class Spacer(Furniture):
    """Takes the place of a field; ``width`` is in columns of the form's row."""

    name = "spacer"
    options: ClassVar[Keywords] = MappingProxyType(
        {"width": {"type": "integer", "minimum": 1, "maximum": 12}}
    )
