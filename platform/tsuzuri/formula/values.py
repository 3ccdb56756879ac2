"""The values a formula meets, and what an empty one stands for.

Types do not turn into each other: a text that looks like a number is no number, as in
kintone.  Only *empty* adapts: it is 0 among numbers, "" among texts, false among truth values
and no choices at all among choices.  Whatever does not fit raises ``Nonsense``, which ends the
evaluation with ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import TypeAlias

Scalar: TypeAlias = Decimal | str | bool | None
Value: TypeAlias = Scalar | tuple[Scalar, ...]
"""A tuple holds the choices of a multi-choice field or a table's whole column."""

Result: TypeAlias = Scalar

ZERO = Decimal(0)
DIGITS = 30
LONGEST_STRING = 65_535

_TRAPS = [DivisionByZero, InvalidOperation, Overflow]
# A number of up to 30 digits before the point; a larger one overflows, so no power can hang.
NUMBERS = Context(prec=DIGITS, Emax=DIGITS - 1, Emin=-2 * DIGITS, traps=_TRAPS)
# Wide enough that a value can be rounded at any allowed place without losing a digit first.
# A quotient of two 30-digit numbers, rounded to so many digits, is never a false tie.
WIDE = Context(prec=3 * DIGITS, traps=_TRAPS)


class Nonsense(ArithmeticError):  # it never leaves the package, so it is no error
    """A value of the wrong type or size; like the decimal signals, an ``ArithmeticError``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an app counts: places and rounding of a quotient, and the zone called "system".

    ``rounding`` is one of the ``decimal`` module's names; kintone offers HALF_EVEN, UP, DOWN.
    """

    decimals: int = 4
    rounding: str = ROUND_HALF_EVEN
    zone: str = "Asia/Tokyo"


def admitted(value: Value) -> Value:
    """Return a value from outside with its numbers brought within bounds, or raise."""
    if isinstance(value, tuple):
        return tuple(number(each) if isinstance(each, Decimal) else each for each in value)
    return number(value) if isinstance(value, Decimal) else value


def number(value: Value) -> Decimal:
    """Return the value as a finite number of at most 30 digits, empty as 0, or raise."""
    if value is None:
        return ZERO
    if not isinstance(value, Decimal) or not value.is_finite():
        raise Nonsense
    return NUMBERS.plus(value)


def truth(value: Value) -> bool:
    """Return the value as a truth value, empty as false, or raise."""
    if value is None:
        return False
    if not isinstance(value, bool):
        raise Nonsense
    return value


def text(value: Value) -> str:
    """Return a text as it is, a number in plain digits, empty as "", or raise."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{plain(value):f}"
    if not isinstance(value, str):
        raise Nonsense
    return value


def plain(value: Decimal) -> Decimal:
    """Drop zeros that say nothing and the sign of zero: 1.50 is 1.5, 1E+3 is 1000."""
    shortest = NUMBERS.plus(value).normalize(NUMBERS)
    if not shortest:
        return ZERO
    exponent = shortest.as_tuple().exponent
    return shortest.quantize(Decimal(1), context=NUMBERS) if int(exponent) > 0 else shortest


def rounded(value: Decimal, places: int, *, rounding: str) -> Decimal:
    """Round to ``places`` after the point (before it, if negative); exact values stay."""
    if int(value.as_tuple().exponent) >= -places:
        return NUMBERS.plus(value)
    return NUMBERS.plus(value.quantize(Decimal(1).scaleb(-places), rounding, WIDE))


def equal(left: Value, right: Value) -> bool:
    """Compare two values of one type; raise for two types, because neither answer is right."""
    for kind, read in ((Decimal, number), (str, text), (bool, truth)):
        if isinstance(left, kind) or isinstance(right, kind):
            if isinstance(left, kind) and isinstance(right, kind):
                return left == right
            other = right if isinstance(left, kind) else left
            if other is not None:
                raise Nonsense
            return read(left) == read(right)
    if left is None and right is None:
        return True
    raise Nonsense
