"""What the kinds share that work their value out from other fields of the record."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tsuzuri.fields.base import Field
from tsuzuri.fields.numeric import plain
from tsuzuri.fields.traits import Computed
from tsuzuri.formula import parse

EXPRESSION: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 10_000}


def as_number(result: object) -> object:
    """Return the wire of a numeric result; as in kintone, true is 1 and a text is none."""
    if isinstance(result, bool):
        return int(result)
    if not isinstance(result, Decimal):
        return None
    whole = result == result.to_integral_value()
    return plain(int(result) if whole else float(result))


def as_text(result: object) -> object:
    """Return the wire of a result as text, empty as none."""
    if isinstance(result, bool):
        return str(int(result))
    if isinstance(result, Decimal):
        return format(result, "f")
    return result or None


def computed(field: Field, finish: Any) -> Computed:
    """Return the trait; raises ``FormulaError`` for an expression that cannot be read."""
    return Computed(parse(field.schema["expression"]), finish)
