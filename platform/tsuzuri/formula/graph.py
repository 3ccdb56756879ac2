"""The formulas of one app seen together: which must come first, and which never end."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from tsuzuri.errors import FormulaError, message
from tsuzuri.formula.tree import Formula


def cycle(formulas: Mapping[str, Formula]) -> tuple[str, ...] | None:
    """Return the codes of one cycle, each using the next and the last the first, or ``None``."""
    try:
        _sorter(formulas).prepare()
    except CycleError as error:
        # The library lists a code after those it needs and repeats the first at the end.
        return tuple(reversed(error.args[1]))[:-1]
    return None


def order(formulas: Mapping[str, Formula]) -> tuple[str, ...]:
    """Return the codes so that each comes after the formulas it uses.

    Raises ``FormulaError`` naming the cycle, should there be one.
    """
    circle = cycle(formulas)
    if circle:
        raise FormulaError(
            message(
                "計算式が循環しています({codes})。どれかの式から、ほかの式への参照を外してください。",
                codes=" → ".join((*circle, circle[0])),
            )
        )
    return tuple(_sorter(formulas).static_order())


def _sorter(formulas: Mapping[str, Formula]) -> TopologicalSorter[str]:
    # Sorted, because a set's order changes from one start of the program to the next.
    return TopologicalSorter(
        {code: sorted(formulas[code].fields & formulas.keys()) for code in formulas}
    )
