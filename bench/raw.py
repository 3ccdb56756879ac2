"""The bare driver, and the best statements a person would write for it by hand.

They know what the program must find out: which fields the reader has, under which numbers
records list the reader, and whether to begin with the reader's records or with the order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench import cluster
from bench.data import Dataset
from tsuzuri.access.gate import Access
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import System
from tsuzuri.storage.database import SQLITE_PRAGMAS


class Raw:
    """One connection of the driver, with the same settings as the program's."""

    def __init__(self, connection: Any, dialect: str) -> None:
        self.connection = connection
        self.dialect = dialect
        self.mark = "?" if dialect == "sqlite" else "%s"

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return all rows of a statement written with ``?``."""
        cursor = self.connection.cursor()
        cursor.execute(statement.replace("?", self.mark), values)
        found: list[Any] = cursor.fetchall()
        cursor.close()
        return found

    def add_column(self, table: str, column: str) -> None:
        """Add a text column."""
        cursor = self.connection.cursor()
        cursor.execute(f"ALTER TABLE {table} ADD COLUMN {column} text")
        cursor.close()


@contextmanager
def driver(data: Dataset) -> Iterator[Raw]:
    """Open the database of a set with its bare driver."""
    if data.engine == "sqlite":
        connection: Any = sqlite3.connect(
            data.url.removeprefix("sqlite:///"), isolation_level=None, timeout=15
        )
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)
    else:
        connection = cluster.plain(data.url)
    try:
        yield Raw(connection, data.engine)
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Reader:
    """What hand-written statements know about one reader."""

    access: Access
    numbers: tuple[int, ...]
    sees_all: bool

    @classmethod
    def of(cls, raw: Raw, access: Access) -> Reader:
        """Find the numbers under which records list the reader."""
        keys = access.visible.keys or ()
        marks = ", ".join("?" * len(keys))
        found = raw.rows(f"SELECT id FROM principals WHERE key IN ({marks})", keys) if keys else []
        return cls(access, tuple(row[0] for row in found), access.visible.everything)

    @property
    def table(self) -> str:
        """The table of records."""
        return f"rec_{self.access.whole.number}"

    def seen(self, *, own: bool) -> str:
        """Return the condition of the reader's records, begun with them or asked of each."""
        if self.sees_all:
            return "1 = 1"
        if not self.numbers:
            return "1 = 0"
        readers = f"reader_{self.access.whole.number}"
        mine = f"principal IN ({', '.join(map(str, self.numbers))})"
        if own:
            return f"r.id IN (SELECT record FROM {readers} WHERE {mine})"
        return f"EXISTS (SELECT 1 FROM {readers} l WHERE l.record = r.id AND l.{mine})"

    def column(self, field: Field) -> str:
        """Return the column of a field; the guards of the visit log name the creator's agency."""
        trait = field.trait
        name = f"r.{trait.column}" if isinstance(trait, System) else f"r.f{field.number}"
        if field.guard is None:
            return name
        agencies = ", ".join(f"'{code}'" for code in self.access.actor.agencies)
        return f"CASE WHEN r.created_agency IN ({agencies}) THEN {name} END"
