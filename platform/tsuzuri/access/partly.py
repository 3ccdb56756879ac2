"""Conditions for somebody who knows a part of a record: what holds surely, and what may hold.

Who else reads a record may depend on what the one who asks may not know.  The answer they get
must not tell it.  So a test of an unknown field counts once as met and once as not met; where
both come to the same, the answer is sure, and else it is "perhaps".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from tsuzuri.definitions.model import App, FieldRule, Principal, RecordRule
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import People
from tsuzuri.query.bound import (
    All,
    AnyOf,
    Condition,
    Constant,
    Empty,
    EveryRow,
    Not,
    SomeRow,
    Test,
    all_of,
    any_of,
    negated,
)
from tsuzuri.query.parse import parse_condition
from tsuzuri.query.tree import ABOUT_THE_READER, calls, fields


def limit(condition: Condition, known: frozenset[str], *, most: bool) -> Condition:
    """Return the condition with each test of a field outside ``known`` settled.

    ``most``: to whatever makes the whole more likely to hold; otherwise to what makes it less.
    """
    match condition:
        case All(parts=parts):
            return all_of(limit(one, known, most=most) for one in parts)
        case AnyOf(parts=parts):
            return any_of(limit(one, known, most=most) for one in parts)
        case Not(part=part):
            return negated(limit(part, known, most=not most))
        case Test(field=field) | Empty(field=field):
            return condition if field.code in known else Constant(most)
        case SomeRow(table=table) | EveryRow(table=table):
            return condition if table.code in known else Constant(most)
        case Constant():
            return condition


@lru_cache(maxsize=512)
def asked_by_rules(app: App) -> frozenset[str]:
    """Return the codes of the fields that decide who sees a record of ``app``."""
    return _asked(app, app.access.record)


@lru_cache(maxsize=512)
def asked_to_know(app: App, codes: frozenset[str]) -> frozenset[str]:
    """Return the codes of the fields that decide who knows which of ``codes`` on a record."""
    whole = codes.union(*(app.relies.get(code, frozenset()) for code in codes))
    return _asked(app, [rule for rule in app.access.field if whole.intersection(rule.fields)])


def asked(app: App, where: str) -> frozenset[str]:
    """Return the codes of the fields that a condition asks; for columns their tables."""
    node = parse_condition(where)
    every = () if node is None else map(app.field, fields(node))
    return frozenset((one.table or one).code for one in every)


def _asked(app: App, rules: Iterable[RecordRule | FieldRule]) -> frozenset[str]:
    found: set[str] = set()
    for rule in rules:
        found.update(asked(app, rule.where))
        found.update(named(rule.who))
    return frozenset(found)


MAKERS: Mapping[str, str] = {
    "creator": "$creator",
    "creator-agency": "$creator_agency",
    "creator-agency/*": "$creator_agency",
}


def named(who: Iterable[Principal]) -> Iterator[str]:
    """Yield the codes of the fields by which somebody is one of ``who``."""
    for one in who:
        if one.sort == "field":
            yield one.code
        elif one.sort in MAKERS:
            yield MAKERS[one.sort]


def asks_the_clock(app: App) -> bool:
    """Tell whether who sees a record of ``app`` may change by itself, as time passes."""
    nodes = (parse_condition(rule.where) for rule in app.access.record)
    return any(node is not None and calls(node) - ABOUT_THE_READER for node in nodes)


def scopes(app: App) -> list[Field]:
    """Return the fields that say with which agencies a record is shared: rules go by them."""
    named = {who.code for rule in app.access.record for who in rule.who if who.sort == "field"}
    return [
        one
        for one in app.fields
        if one.code in named and isinstance(one.trait, People) and one.trait.entity == "agency"
    ]
