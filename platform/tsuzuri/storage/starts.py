"""Where a statement starts: from the few rows a rare value has, or along the order of a list.

A condition that few records meet is answered from those; walking a million records in order
to find them would take seconds, and neither database can know it beforehand, because values
are parameters and statistics are averages.  So each part of a condition that an index can
answer is asked how many it has, up to a limit, as ``visible`` asks it of readers.

Words are asked the same: where a word is common, each record is asked whether it holds the
word, instead of collecting every record that does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Select, any_, func, select

from tsuzuri.fields.base import Slot
from tsuzuri.query.bound import All, Condition, Test, tests
from tsuzuri.storage import indexes, search
from tsuzuri.storage.app_tables import AppTables

FEW = 4000
"""Sorting this many rows costs about as much as walking past as many that are not wanted."""


@dataclass(frozen=True, slots=True)
class Start:
    """``ids``: the few records to start from, or None; ``common``: words that many hold."""

    ids: Select[Any] | None = None
    common: frozenset[str] = frozenset()


def words(connection: Connection, tables: AppTables, condition: Condition) -> frozenset[str]:
    """Return the words of a condition that many records hold."""
    asked = {
        str(one.values[0])
        for one in tests(condition)
        if isinstance(one, Test) and one.operator == "like" and one.field.table is None
    }
    return frozenset(word for word in asked if search.is_common(connection, tables, word, FEW))


def choose(connection: Connection, tables: AppTables, condition: Condition) -> Start:
    """Return where to start for ``condition``."""
    common = words(connection, tables, condition)
    for test in _conjuncts(condition):
        ids = _ids(tables, connection.dialect.name, test, common)
        if ids is not None and is_few(connection, ids):
            return Start(ids, common)
    return Start(None, common)


def is_few(connection: Connection, ids: Select[Any]) -> bool:
    """Tell whether a statement yields few rows, reading no more than it takes to know."""
    some = ids.limit(FEW + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() <= FEW


def among(record: ColumnElement[Any], ids: Select[Any], dialect: str) -> ColumnElement[bool]:
    """Return "the record is one of these", so that the database begins with these."""
    if dialect == "sqlite":
        return record.in_(ids)
    # An array is evaluated first, whatever the planner expects of it.
    array: Any = func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger))
    return record == any_(array)


def _conjuncts(condition: Condition) -> Iterator[Test]:
    """Yield the tests that every wanted record passes.

    What a guard hides is no place to start: how long an answer takes should not tell it.
    """
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _conjuncts(part)
    elif isinstance(condition, Test) and condition.field.table is None:
        if condition.field.guard is None:
            yield condition


def _ids(tables: AppTables, dialect: str, test: Test, common: frozenset[str]) -> Select[Any] | None:
    """Return the records that pass a test, if an index knows them."""
    if test.operator == "like":
        word = str(test.values[0])
        return None if word in common else search.holding(tables, dialect, test.field.number, word)
    if test.field.slot is Slot.LIST and test.operator == "in":
        link = tables.values[test.field.number]
        return select(link.c.owner).where(link.c.value.in_(test.values))
    column = tables.column(test.field)
    if column.name not in indexes.first_columns(tables):
        return None
    compared = {
        "in": lambda: column.in_(test.values),
        "<": lambda: column < test.values[0],
        "<=": lambda: column <= test.values[0],
        ">": lambda: column > test.values[0],
        ">=": lambda: column >= test.values[0],
    }
    return select(tables.records.c.id).where(compared[test.operator]())
