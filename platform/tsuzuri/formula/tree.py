"""A formula once it is read: five kinds of nodes, each able to evaluate itself.

Evaluation is one method deep per node, and the parser bounds the nesting, so the recursion is
bounded as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tsuzuri.formula.functions import FUNCTIONS
from tsuzuri.formula.operators import OPERATORS
from tsuzuri.formula.values import Result, Settings, Value, admitted, plain, truth

_DEFAULTS = Settings()


@dataclass(frozen=True, slots=True)
class Scope:
    """What an evaluation is given: the record's values by field code, and how to count."""

    values: Callable[[str], Value]
    settings: Settings


class Node(Protocol):
    """Any part of a formula; ``parts`` are the smaller ones it is made of."""

    @property
    def parts(self) -> tuple[Node, ...]: ...

    def evaluate(self, scope: Scope) -> Value:
        """Return the value, or raise ``ArithmeticError`` where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or text written in the formula."""

    value: Decimal | str
    parts: tuple[Node, ...] = ()

    def evaluate(self, scope: Scope) -> Value:
        return self.value


@dataclass(frozen=True, slots=True)
class Field:
    """A field code; what stands there is asked for at each evaluation."""

    code: str
    parts: tuple[Node, ...] = ()

    def evaluate(self, scope: Scope) -> Value:
        return admitted(scope.values(self.code))


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one rank between operands, applied from left to right."""

    operators: tuple[str, ...]
    parts: tuple[Node, ...]

    def evaluate(self, scope: Scope) -> Value:
        first, *others = self.parts
        value = first.evaluate(scope)
        for operator, part in zip(self.operators, others, strict=True):
            value = OPERATORS[operator](value, part.evaluate(scope), scope.settings)
        return value


@dataclass(frozen=True, slots=True)
class Call:
    """A function of :data:`FUNCTIONS` with its arguments."""

    name: str
    parts: tuple[Node, ...]

    def evaluate(self, scope: Scope) -> Value:
        args = (part.evaluate(scope) for part in self.parts)
        return FUNCTIONS[self.name].compute(args, scope.settings)


@dataclass(frozen=True, slots=True)
class Choice:
    """``IF``: only the chosen branch is evaluated, so the other may divide by zero."""

    parts: tuple[Node, Node, Node]

    def evaluate(self, scope: Scope) -> Value:
        condition, then, otherwise = self.parts
        return (then if truth(condition.evaluate(scope)) else otherwise).evaluate(scope)


@dataclass(frozen=True, slots=True)
class Formula:
    """A readable expression: the text as written, its tree, and the field codes it uses."""

    text: str
    tree: Node
    fields: frozenset[str]

    def evaluate(self, values: Callable[[str], Value], *, settings: Settings = _DEFAULTS) -> Result:
        """Compute the result; ``None`` (shown as empty) where there is none.

        ``values`` answers for each of ``fields``: dates and times as ``Decimal`` seconds, a
        multi-choice field and a table's column as a tuple, empty as ``None``.  Never raises of
        itself.  A number comes back with at most 30 digits and without idle zeros; write it
        with ``format(n, "f")``.
        """
        try:
            result = self.tree.evaluate(Scope(values, settings))
            if isinstance(result, Decimal):
                return plain(result)
        except ArithmeticError:
            return None
        return None if isinstance(result, tuple) else result


def fields(tree: Node) -> frozenset[str]:
    """Collect the field codes; without recursion, so that depth does not matter."""
    codes, waiting = set(), [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Field):
            codes.add(node.code)
        waiting.extend(node.parts)
    return frozenset(codes)
