"""The operators of a formula, by the sign they are written with."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal

from tsuzuri.formula.values import (
    LONGEST_STRING,
    NUMBERS,
    WIDE,
    Nonsense,
    Settings,
    Value,
    equal,
    number,
    rounded,
    text,
)

Operator = Callable[[Value, Value, Settings], Value]


def _arithmetic(compute: Callable[[Decimal, Decimal], Decimal]) -> Operator:
    # The result is judged as well: to the decimal module, 0 ^ -1 is quietly infinite.
    return lambda left, right, _: number(compute(number(left), number(right)))


def _ordering(compare: Callable[[Decimal, Decimal], bool]) -> Operator:
    return lambda left, right, _: compare(number(left), number(right))


def _quotient(left: Value, right: Value, settings: Settings) -> Decimal:
    exact = WIDE.divide(number(left), number(right))
    return rounded(exact, settings.decimals, rounding=settings.rounding)


def _joined(left: Value, right: Value, _: Settings) -> str:
    result = text(left) + text(right)
    if len(result) > LONGEST_STRING:
        raise Nonsense
    return result


def _differs(left: Value, right: Value, _: Settings) -> bool:
    return not equal(left, right)


OPERATORS: Mapping[str, Operator] = {
    "+": _arithmetic(NUMBERS.add),
    "-": _arithmetic(NUMBERS.subtract),
    "*": _arithmetic(NUMBERS.multiply),
    "/": _quotient,
    "^": _arithmetic(NUMBERS.power),
    "&": _joined,
    "=": lambda left, right, _: equal(left, right),
    "!=": _differs,
    "<>": _differs,
    "<": _ordering(operator.lt),
    "<=": _ordering(operator.le),
    ">": _ordering(operator.gt),
    ">=": _ordering(operator.ge),
}
