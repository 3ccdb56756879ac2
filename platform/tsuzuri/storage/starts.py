"""Where a statement starts: from the few rows a rare value has, or along the order of a list.

A condition that few records meet is answered from those; walking a million records in order
to find them would take seconds, and neither database can know it beforehand, because values
are parameters and statistics are averages.  So each part of a condition that an index can
answer is asked how many it has, up to a limit, as ``visible`` asks it of readers.

Words are asked the same: where a word is common, each record is asked whether it holds the
word, instead of collecting every record that does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    any_,
    func,
    select,
    text,
)

from tsuzuri.fields.base import Field, Slot
from tsuzuri.query.bound import ALWAYS, All, Condition, Order, Test, all_of, tests
from tsuzuri.storage import indexes, search
from tsuzuri.storage.app_tables import AppTables
from tsuzuri.storage.compile import COMPARISONS, is_one_of

PAGE = 100
KEPT_SECONDS = 600
LEAST = 1000
UNKNOWN = 100_000
"""How many records an app is taken to have where the database keeps no statistics."""
WORD_FACTOR = 6
"""Asking an index of words about one record costs some forty times as much as passing a hit."""

_estimates: WeakKeyDictionary[AppTables, dict[str, tuple[float, int]]] = WeakKeyDictionary()
"""Sizes and counts that only choose between ways to the same answer, so they may be old."""


@dataclass(frozen=True, slots=True)
class Start:
    """``ids``: the few records to start from, or None; ``common``: words that many hold."""

    ids: Select[Any] | None = None
    common: frozenset[str] = frozenset()


def few(connection: Connection, tables: AppTables) -> int:
    """Return how many records are few here.

    Starting from k records costs k steps, walking to a page of them costs 100 times n / k.
    """
    size = _estimate(tables, "", lambda: _size(connection, tables))
    return max(LEAST, isqrt(PAGE * size))


def _size(connection: Connection, tables: AppTables) -> int:
    """Return about how many records there are, from the database's own statistics.

    Counting would read a whole index, which takes seconds when nothing of it is in memory.
    """
    name = {"name": tables.records.name}
    if connection.dialect.name == "sqlite":
        if connection.execute(STATISTICS_KEPT).scalar() is None:
            return UNKNOWN
        stat = connection.execute(SQLITE_SIZE, name).scalar()
        return int(str(stat).split()[0]) if stat else UNKNOWN
    size = int(connection.execute(POSTGRESQL_SIZE, name).scalar() or 0)
    return size if size > 0 else UNKNOWN


STATISTICS_KEPT = text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
SQLITE_SIZE = text("SELECT stat FROM sqlite_stat1 WHERE tbl = :name LIMIT 1")
POSTGRESQL_SIZE = text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name)")


def _estimate(tables: AppTables, what: str, ask: Callable[[], int]) -> int:
    kept = _estimates.setdefault(tables, {})
    at, number = kept.get(what, (float("-inf"), 0))
    now = time.monotonic()
    if now - at > KEPT_SECONDS:
        number = ask()
        if len(kept) > LEAST:
            kept.clear()
        kept[what] = (now, number)
    return number


def words(connection: Connection, tables: AppTables, condition: Condition) -> frozenset[str]:
    """Return the words of a condition that many records hold."""
    asked = {
        str(one.values[0])
        for one in tests(condition)
        if isinstance(one, Test) and one.operator == "like" and one.field.table is None
    }
    return frozenset(word for word in asked if is_common(connection, tables, word))


def is_common(connection: Connection, tables: AppTables, word: str) -> bool:
    """Tell whether so many records hold a word that they are better asked one by one."""
    most = few(connection, tables) * WORD_FACTOR

    def hits() -> int:
        return search.count_hits(connection, tables, word, most + 1)

    return _estimate(tables, word, hits) > most


def choose(
    connection: Connection, tables: AppTables, condition: Condition, order: Sequence[Order] = ()
) -> Start:
    """Return where to start for ``condition``; a range of the order's own key is walked."""
    common = words(connection, tables, condition)
    walked = order[0].field if order else None
    for test in conjuncts(condition):
        if walked is not None and _in_order(tables, test, walked):
            continue
        ids = _ids(tables, connection.dialect.name, test, common)
        if ids is not None and is_few(connection, tables, ids):
            return Start(ids, common)
    return Start(None, common)


def _in_order(tables: AppTables, test: Test, walked: Field) -> bool:
    """Tell whether an index has what passes a test in the order of a list already."""
    if test.operator != "in":
        return test.field is walked
    single = len(test.values) == 1 and test.field.slot in indexes.SCALAR
    key = (tables.column(test.field).name, tables.column(walked).name) if single else ()
    return key in indexes.keys(tables)


def is_few(connection: Connection, tables: AppTables, ids: Select[Any]) -> bool:
    """Tell whether a statement yields few records, reading no more than it takes to know."""
    most = few(connection, tables)
    return int(connection.execute(_counting(ids, most + 1)).scalar_one()) <= most


@lru_cache(maxsize=1024)
def _counting(ids: Select[Any], most: int) -> Select[Any]:
    return select(func.count()).select_from(ids.limit(most).subquery())


def among(record: ColumnElement[Any], ids: Select[Any], dialect: str) -> ColumnElement[bool]:
    """Return "the record is one of these", so that the database begins with these."""
    if dialect == "sqlite":
        return record.in_(ids)
    # An array is evaluated first, whatever the planner expects of it.
    array: Any = func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger))
    return record == any_(array)


def conjuncts(condition: Condition) -> Iterator[Test]:
    """Yield the tests that every wanted record passes.

    What a guard hides is no place to start: how long an answer takes should not tell it.
    """
    if isinstance(condition, All):
        for part in condition.parts:
            yield from conjuncts(part)
    elif (
        isinstance(condition, Test)
        and condition.field.table is None
        and condition.field.guard is None
    ):
        yield condition


def without(condition: Condition, test: Test) -> Condition:
    """Return ``condition`` without one of its conjuncts."""
    if isinstance(condition, All):
        return all_of(without(part, test) for part in condition.parts)
    return ALWAYS if condition is test else condition


def has_own_list(test: Test) -> bool:
    """Tell whether a table of its own lists the records that pass a test."""
    return test.operator == "like" or (test.field.slot is Slot.LIST and test.operator == "in")


@lru_cache(maxsize=1024)
def passing(tables: AppTables, dialect: str, test: Test) -> Select[Any]:
    """Return the records that pass a test which has a list of its own, each once."""
    if test.operator == "like":
        held: Select[Any] = search.holding(tables, dialect, test.field.number, str(test.values[0]))
        return held
    link = tables.values[test.field.number]
    owners = select(link.c.owner).where(link.c.value.in_(test.values))
    return owners if len(test.values) == 1 else owners.distinct()


@lru_cache(maxsize=1024)
def _ids(tables: AppTables, dialect: str, test: Test, common: frozenset[str]) -> Select[Any] | None:
    """Return the records that pass a test, if an index knows them."""
    if has_own_list(test):
        return None if test.values[0] in common else passing(tables, dialect, test)
    column = tables.column(test.field)
    if column.name not in indexes.first_columns(tables):
        return None
    compared: ColumnElement[bool] = (
        is_one_of(column, test.values)
        if test.operator == "in"
        else COMPARISONS[test.operator](column, test.values[0])
    )
    return select(tables.records.c.id).where(compared)
