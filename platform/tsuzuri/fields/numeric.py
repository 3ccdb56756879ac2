"""Numbers on the wire and for people, whether typed or computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from types import MappingProxyType
from typing import ClassVar

from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Field, FieldKind, Keywords, Scene, Slot, Wire
from tsuzuri.fields.wording import words
from tsuzuri.japanese.width import narrow, parse_number

EXACT = 2**53
"""From here on a double skips integers."""

LONGEST_PLAIN = 40

APPEARANCE: Keywords = MappingProxyType(
    {
        "unit": words(20),
        "unitPosition": {"enum": ["before", "after"]},
        "digits": {"type": "boolean"},
        "decimals": {"type": "integer", "minimum": 0, "maximum": 10},
    }
)
"""How a number looks: its unit, separated thousands, places after the point."""

_WIDE = Context(prec=LONGEST_PLAIN + 20)
_POWER = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d{1,3}", re.ASCII)


def plain(number: float) -> int | float:
    """Return a whole number as an integer as far as doubles are exact, as JSON writes it."""
    try:
        double = float(number)
    except OverflowError:
        return number
    return int(double) if double.is_integer() and abs(double) <= EXACT else double


def digits(number: float) -> str:
    """Return the number in plain digits; with a power of ten where that would be endless."""
    text = format(Decimal(repr(number)), "f")
    return text if len(text) <= LONGEST_PLAIN else repr(float(number))


def read(text: str) -> int | float | None:
    """Read a number as people and machines write it; None if it could not be kept exactly."""
    number = parse_number(text)
    if number is None and _POWER.fullmatch(text):
        double = float(text)
        number = double if Decimal(repr(double)) == Decimal(text) else None
    return None if number is None or plain(number) != number else plain(number)


def looks(field: Field, number: float, *, grouped: bool) -> str:
    """Return the number in digits, rounded to the places that the author wants to see."""
    places = field.schema.get("decimals")
    written = digits(number)
    if "e" in written:
        return written
    value = Decimal(written)
    if places is not None:
        value = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)
    return format(value, ",f" if grouped else "f")


def with_unit(field: Field, text: str, *, language: str) -> str:
    """Put the unit where the author wants it."""
    unit = field.text("unit", language)
    return unit + text if field.schema.get("unitPosition") == "before" else text + unit


def _narrow(text: str) -> str:
    """Return half-width text without outer spaces; ￥ has a half-width form of its own."""
    return narrow(text).replace("￥", "¥").strip()


class Numeric(FieldKind):
    """A double: whole numbers travel as integers, so 3 and 3.0 are one value."""

    slot = Slot.NUMBER
    shape: ClassVar[Keywords] = MappingProxyType({"type": "number"})
    operators = ops.NUMBER

    def parse(self, field: Field, text: str, scene: Scene) -> Wire:
        """Read a number in any width, with or without its unit."""
        bare = _narrow(text)
        unit = field.schema.get("unit", "")
        for one in unit.values() if isinstance(unit, Mapping) else (unit,):
            bare = bare.removeprefix(_narrow(one)).removesuffix(_narrow(one)).strip()
        number = read(bare)
        return text if number is None else number

    def normal(self, field: Field, wire: Wire) -> Wire:
        if isinstance(wire, bool) or not isinstance(wire, int | float):
            return wire
        return plain(wire)

    def show(self, field: Field, wire: Wire, scene: Scene) -> str:
        grouped = field.schema.get("digits", False)
        return with_unit(field, looks(field, wire, grouped=grouped), language=scene.language)

    def cell(self, field: Field, wire: Wire, scene: Scene) -> str:
        return digits(wire)
