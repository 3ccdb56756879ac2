"""Conditions whose fields are known: what binding makes and storage compiles.

The set of nodes is small on purpose.  Negations, date functions and masks have already
become combinations of these, so each test has one meaning that holds on every database:

* a ``Test`` is true or false, never unknown; on an empty value it is false;
* ``Not`` is plain negation;
* ``SomeRow`` and ``EveryRow`` speak of the rows of a table; an empty table satisfies neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tsuzuri.fields.base import Field

Scalar: TypeAlias = str | float | int | bool


@dataclass(frozen=True, slots=True)
class Constant:
    """Always, or never."""

    value: bool


@dataclass(frozen=True, slots=True)
class Test:
    """``field operator values``, with the operators ``in``, ``<``, ``<=``, ``>``, ``>=``, ``like``.

    ``in`` takes any number of values and, for a field of several values, holds if one of them
    is among these.  The others take one.  A ``like`` value is already folded.
    """

    field: Field
    operator: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """The field has no value; white space alone is no value in long text."""

    field: Field


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


@dataclass(frozen=True, slots=True)
class SomeRow:
    """One row of ``table`` satisfies ``part``, whose fields are columns of that table."""

    table: Field
    part: Condition


@dataclass(frozen=True, slots=True)
class EveryRow:
    """The table has rows and each satisfies ``part``."""

    table: Field
    part: Condition


Condition: TypeAlias = Constant | Test | Empty | All | AnyOf | Not | SomeRow | EveryRow

ALWAYS = Constant(True)
NEVER = Constant(False)


@dataclass(frozen=True, slots=True)
class Order:
    """One key of an order."""

    field: Field
    descending: bool


def all_of(parts: Iterable[Condition]) -> Condition:
    """Join by "and" and drop what decides nothing; no parts at all hold always."""
    kept: list[Condition] = []
    for part in parts:
        if part == NEVER:
            return NEVER
        if part != ALWAYS:
            kept.append(part)
    return _joined(All, kept, ALWAYS)


def any_of(parts: Iterable[Condition]) -> Condition:
    """Join by "or" and drop what decides nothing; no parts at all hold never.

    An empty union is nothing, so a rule that grants nothing cannot grant everything.
    """
    kept: list[Condition] = []
    for part in parts:
        if part == ALWAYS:
            return ALWAYS
        if part != NEVER:
            kept.append(part)
    return _joined(AnyOf, kept, NEVER)


def _joined(join: type[All | AnyOf], parts: list[Condition], nothing: Constant) -> Condition:
    if not parts:
        return nothing
    return parts[0] if len(parts) == 1 else join(tuple(parts))


def negated(part: Condition) -> Condition:
    """Return the opposite, without a double negation."""
    if isinstance(part, Constant):
        return Constant(not part.value)
    return part.part if isinstance(part, Not) else Not(part)


def tests(condition: Condition) -> Iterator[Test | Empty]:
    """Yield every test inside, from left to right."""
    if isinstance(condition, Test | Empty):
        yield condition
    elif isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from tests(part)
    elif isinstance(condition, Not | SomeRow | EveryRow):
        yield from tests(condition.part)
