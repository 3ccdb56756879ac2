"""Which records a statement may touch: the gate's row conditions, applied the cheapest way.

A person who may see three of a million records must wait no longer than one who sees all.
So a list first asks how many records name the person among their readers, up to a limit:
few, and the statement starts from those; many, and it walks the order of the list and asks
of each record.  Either way the answer is the same.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    false,
    literal,
    select,
    true,
)

from tsuzuri.access.gate import Access
from tsuzuri.query.bound import Condition
from tsuzuri.storage import starts
from tsuzuri.storage.app_tables import AppTables
from tsuzuri.storage.compile import compiled
from tsuzuri.storage.readers import Principals


class Way(Enum):
    """How a statement finds the records of a reader."""

    ALL = "all"  # nothing to ask
    FEW = "few"  # start from the reader's own records
    MANY = "many"  # walk, and ask of each
    NONE = "none"  # there is nothing
    RULES = "rules"  # walk, and ask the rules of each


class Sight(NamedTuple):
    """The way, the numbers under which records list the person, and what else they must meet."""

    way: Way
    numbers: tuple[int, ...]
    residual: Condition | None


class Visible:
    """The records one person may see, as a condition for statements on one connection."""

    def __init__(
        self,
        connection: Connection,
        access: Access,
        tables: AppTables,
        principals: Principals,
    ) -> None:
        self.access = access
        self.tables = tables
        self.dialect = connection.dialect.name
        visibility = access.visible
        self.numbers: list[int] = []
        if visibility.everything:
            self.way = Way.ALL
        elif visibility.keys is None:
            self.way = Way.RULES
        else:
            self.numbers = principals.numbers(connection, visibility.keys)
            self.way = self._probe(connection)

    def _probe(self, connection: Connection) -> Way:
        """Count the reader's records up to the limit."""
        if not self.numbers:
            return Way.NONE
        own = _own(self.tables, tuple(self.numbers))
        return Way.FEW if starts.is_few(connection, self.tables, own) else Way.MANY

    @property
    def sight(self) -> Sight:
        """What of the person a statement depends on."""
        return Sight(self.way, tuple(self.numbers), self.access.visible.residual)

    def condition(self) -> ColumnElement[bool]:
        """Return "the reader may see this living record"."""
        return seen(self.tables, self.dialect, self.sight)

    def listed(self, record: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return "this record lists the reader", wherever its id stands."""
        return _lists(self.tables, self.dialect, self.sight, record)


@lru_cache(maxsize=1024)
def _own(tables: AppTables, numbers: tuple[int, ...]) -> Select[Any]:
    reader = tables.readers
    return select(reader.c.record).where(reader.c.principal.in_(numbers))


@lru_cache(maxsize=1024)
def seen(tables: AppTables, dialect: str, sight: Sight) -> ColumnElement[bool]:
    """Return "the reader may see this living record"."""
    lists = _lists(tables, dialect, sight, tables.records.c.id)
    return and_(lists, living(tables, dialect, sight))


def living(tables: AppTables, dialect: str, sight: Sight) -> ColumnElement[bool]:
    """Return what a record that lists the reader must be besides: there, and allowed now."""
    there = tables.records.c.deleted_at.is_(None)
    if sight.residual is None:
        return there
    return and_(there, compiled(tables, dialect, sight.residual))


def _lists(
    tables: AppTables, dialect: str, sight: Sight, record: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Return "this record lists the reader", in the form that suits how many do."""
    if sight.way in {Way.ALL, Way.RULES}:
        return true()
    if sight.way is Way.NONE:
        return false()
    reader = tables.readers
    mine = reader.c.principal.in_(sight.numbers)
    if sight.way is Way.FEW:
        return starts.among(record, select(reader.c.record).where(mine), dialect)
    one = select(literal(1)).where(reader.c.record == record, mine)
    if dialect == "sqlite":
        return exists(one)
    # A scalar subquery cannot be turned into a join over the whole table, and of "is not
    # null" the planner expects that nearly every record passes, as it does here.
    return one.limit(1).scalar_subquery().is_not(None)
