"""The functions of a formula, by name, with how many arguments each takes.

Arguments arrive as an iterator that evaluates one at a time, so AND and OR stop at the first
that decides, and an argument that makes no sense counts only if it is needed.  IF is missing:
choosing what to evaluate is the tree's own business.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

from tsuzuri.formula.dates import date_format
from tsuzuri.formula.values import (
    DIGITS,
    NUMBERS,
    ZERO,
    Nonsense,
    Settings,
    Value,
    equal,
    number,
    plain,
    rounded,
    text,
    truth,
)

Compute = Callable[[Iterator[Value], Settings], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """How to compute it, and from ``least`` to ``most`` arguments."""

    compute: Compute
    least: int
    most: float = math.inf


def _sum(args: Iterator[Value], _: Settings) -> Decimal:
    total = ZERO
    for arg in args:
        for each in arg if isinstance(arg, tuple) else (arg,):
            total = NUMBERS.add(total, number(each))
    return total


def _and(args: Iterator[Value], _: Settings) -> bool:
    return all(map(truth, args))


def _or(args: Iterator[Value], _: Settings) -> bool:
    return any(map(truth, args))


def _not(args: Iterator[Value], _: Settings) -> bool:
    return not truth(next(args))


def _rounding(mode: str) -> Compute:
    def compute(args: Iterator[Value], _: Settings) -> Decimal:
        return rounded(number(next(args)), _places(next(args, ZERO)), rounding=mode)

    return compute


def _places(value: Value) -> int:
    places = number(value)
    if places != places.to_integral_value() or abs(places) > DIGITS:
        raise Nonsense
    return int(places)


def _yen(args: Iterator[Value], _: Settings) -> str:
    amount = number(next(args))
    places = _places(next(args))
    amount = plain(rounded(amount, places, rounding=ROUND_HALF_UP))
    sign = "-" if amount < 0 else ""
    return f"{sign}¥{abs(amount):,.{max(places, 0)}f}"


def _contains(args: Iterator[Value], _: Settings) -> bool:
    choices, wanted = next(args) or (), next(args)
    if not isinstance(choices, tuple):
        raise Nonsense
    return any(equal(choice, wanted) for choice in choices)


def _date_format(args: Iterator[Value], settings: Settings) -> str | None:
    seconds, pattern, zone = next(args), text(next(args)), text(next(args))
    if seconds is None:
        # An empty date is no date; as the number 0 it would be shown as 1970.
        return None
    zone = settings.zone if zone == "system" else zone
    return date_format(number(seconds), pattern, zone=zone)


FUNCTIONS: Mapping[str, Function] = {
    "SUM": Function(_sum, 1),
    "AND": Function(_and, 1),
    "OR": Function(_or, 1),
    "NOT": Function(_not, 1, 1),
    "ROUND": Function(_rounding(ROUND_HALF_UP), 1, 2),
    "ROUNDUP": Function(_rounding(ROUND_UP), 1, 2),
    "ROUNDDOWN": Function(_rounding(ROUND_DOWN), 1, 2),
    "YEN": Function(_yen, 2, 2),
    "DATE_FORMAT": Function(_date_format, 3, 3),
    "CONTAINS": Function(_contains, 2, 2),
}
