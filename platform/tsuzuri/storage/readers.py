"""The readers of records, written down beside them (see ``tsuzuri.access.readers``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert

from tsuzuri.access.readers import ReaderPlan, reader_keys
from tsuzuri.query.bound import ALWAYS
from tsuzuri.storage import rows
from tsuzuri.storage import tables as platform
from tsuzuri.storage.app_tables import AppTables
from tsuzuri.storage.compile import Compiler

NUMBERED = select(platform.principals.c.key, platform.principals.c.id).where(
    platform.principals.c.key.in_(bindparam("keys", expanding=True))
)

NOBODY = 0
"""The number of no name: those given begin at 1."""

UNREAD = -1
"""Stands beside a record that lists no reader; nobody's names have it, not even ``NOBODY``.

So writing a record takes as many statements whether or not hidden values give it readers.
"""


class Principals:
    """The small numbers that stand for readers' names; they never change once given."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def numbers(self, connection: Connection, keys: Iterable[str]) -> list[int]:
        """Return a number for each of ``keys``; that of one which no record ever listed is 0.

        So a statement looks alike whether or not unseen records list its reader.
        """
        wanted = set(keys)
        known = self._numbered(connection, wanted)
        return sorted(known.get(key, NOBODY) for key in wanted)

    def _numbered(self, connection: Connection, wanted: AbstractSet[str]) -> dict[str, int]:
        """Return the numbers of those ``wanted`` that have one.

        What an open transaction reads may still be undone, and the number given again to
        somebody else; so only what others can see is remembered.
        """
        known = {key: self._known[key] for key in wanted if key in self._known}
        missing = wanted - known.keys()
        if missing:
            found = {
                row[0]: row[1] for row in connection.execute(NUMBERED, {"keys": sorted(missing)})
            }
            if not connection.get_execution_options().get("writing"):
                self._known.update(found)
            known.update(found)
        return known

    def given(self, connection: Connection, keys: Iterable[str]) -> Mapping[str, int]:
        """Return the numbers of ``keys``, giving new ones within the open transaction.

        New numbers are not remembered: the transaction may still be undone.
        """
        wanted = set(keys)
        known = self._numbered(connection, wanted)
        new = sorted(wanted - known.keys())
        if new:
            known.update(_give(connection, new))
        return known


def _give(connection: Connection, keys: Sequence[str]) -> Mapping[str, int]:
    """Insert names; another transaction that gave the same one a moment ago wins."""
    table = platform.principals
    rows = [{"key": key} for key in keys]
    if connection.dialect.name == "sqlite":
        connection.execute(insert(table).prefix_with("OR IGNORE"), rows)
    else:
        connection.execute(pg_insert(table).on_conflict_do_nothing(), rows)
    found = connection.execute(select(table.c.key, table.c.id).where(table.c.key.in_(keys)))
    return {row.key: row.id for row in found}


def list_readers(
    connection: Connection,
    tables: AppTables,
    plan: ReaderPlan,
    records: Mapping[int, Mapping[str, Any]],
) -> Mapping[int, frozenset[str]]:
    """Return the readers' names of each of ``records`` (id to wire values).

    Conditions of rules are asked of the database, in which the records already stand.
    """
    conditional = [grant for grant in plan.grants if grant.where != ALWAYS]
    holding = _holding(connection, tables, [grant.where for grant in conditional], records)
    names: dict[int, frozenset[str]] = {}
    for record_id, values in records.items():
        met = {
            id(grant) for grant, ids in zip(conditional, holding, strict=True) if record_id in ids
        }
        names[record_id] = frozenset().union(
            *(
                reader_keys(tables.app, grant, values)
                for grant in plan.grants
                if grant.where == ALWAYS or id(grant) in met
            )
        )
    return names


def _holding(
    connection: Connection,
    tables: AppTables,
    conditions: Sequence[Any],
    records: Mapping[int, object],
) -> list[frozenset[int]]:
    """Return, for each condition, which of the records meet it."""
    compiler = Compiler(tables, connection.dialect.name)
    table = tables.records
    found = []
    for condition in conditions:
        met = connection.execute(
            select(table.c.id).where(table.c.id.in_(list(records)), compiler.condition(condition))
        )
        found.append(frozenset(met.scalars()))
    return found


def write(
    connection: Connection,
    tables: AppTables,
    principals: Principals,
    names: Mapping[int, frozenset[str]],
) -> None:
    """Write down the readers of records that list none yet."""
    numbers = principals.given(connection, frozenset().union(*names.values()))
    found = sorted(
        (number, record)
        for record, keys in names.items()
        for number in ([numbers[key] for key in keys] or (UNREAD,))
    )
    rows.put(connection, tables.readers.name, ("principal", "record"), found)


def erase(connection: Connection, tables: AppTables, ids: Sequence[int]) -> None:
    """Forget the readers of records."""
    connection.execute(delete(tables.readers).where(tables.readers.c.record.in_(ids)))
