"""Which records a statement may touch: the gate's row conditions, applied the cheapest way.

A person who may see three of a million records must wait no longer than one who sees all.
So a list first asks how many records name the person among their readers, up to a limit:
few, and the statement starts from those; many, and it walks the order of the list and asks
of each record.  Either way the answer is the same.
"""

from __future__ import annotations

from enum import Enum

from sqlalchemy import ColumnElement, Connection, and_, exists, false, literal, select, true

from tsuzuri.access.gate import Access
from tsuzuri.storage import starts
from tsuzuri.storage.app_tables import AppTables
from tsuzuri.storage.compile import Compiler, compiled
from tsuzuri.storage.readers import Principals


class Way(Enum):
    """How a statement finds the records of a reader."""

    ALL = "all"  # nothing to ask
    FEW = "few"  # start from the reader's own records
    MANY = "many"  # walk, and ask of each
    NONE = "none"  # there is nothing
    RULES = "rules"  # walk, and ask the rules of each


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
        self.compiler = Compiler(tables, self.dialect)
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
        reader = self.tables.readers
        own = select(reader.c.record).where(reader.c.principal.in_(self.numbers))
        return Way.FEW if starts.is_few(connection, self.tables, own) else Way.MANY

    def condition(self) -> ColumnElement[bool]:
        """Return "the reader may see this living record"."""
        living = self.tables.records.c.deleted_at.is_(None)
        residual = self.access.visible.residual
        parts = [living, self._listed()]
        if residual is not None:
            parts.append(compiled(self.tables, self.dialect, residual))
        return and_(*parts)

    def _listed(self) -> ColumnElement[bool]:
        """Return "the record lists the reader", in the form that suits how many do."""
        if self.way in {Way.ALL, Way.RULES}:
            return true()
        if self.way is Way.NONE:
            return false()
        reader = self.tables.readers
        record = self.tables.records.c.id
        mine = reader.c.principal.in_(self.numbers)
        if self.way is Way.FEW:
            return starts.among(record, select(reader.c.record).where(mine), self.dialect)
        one = select(literal(1)).where(reader.c.record == record, mine)
        if self.dialect == "sqlite":
            return exists(one)
        # A scalar subquery cannot be turned into a join over the whole table, and of "is not
        # null" the planner expects that nearly every record passes, as it does here.
        return one.limit(1).scalar_subquery().is_not(None)

    @property
    def starts_from_readers(self) -> bool:
        """Whether an order must not tempt the database to walk its index instead."""
        return self.way is Way.FEW

    def action(self, action: str) -> ColumnElement[bool]:
        """Return "the reader may do ``action`` with this record"."""
        return self.compiler.condition(self.access.rows[action])
