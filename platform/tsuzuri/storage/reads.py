"""Who has opened a record, for which agency: written down with the audit log's own entry.

It holds nothing that the record says; who may know of it is for the record's readers to ask.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from tsuzuri.access.actors import Actor
from tsuzuri.storage import urgent
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.tables import apps
from tsuzuri.storage.tables import reads as table

OPENED = frozenset({"read.records.show", "read.records.printed", "read.api.show"})
"""Entries that say that somebody had a record before their eyes."""


def mark(connection: Connection, actor: Actor, at: str, entries: Iterable[Entry]) -> None:
    """Note which records ``actor`` opened; whoever looks as somebody else opens none for them."""
    if actor.origin.viewed_by:
        return
    for entry in entries:
        if entry.action in OPENED and entry.record:
            number = connection.execute(
                select(apps.c.number).where(apps.c.code == entry.app)
            ).scalar()
            if number is not None:
                _mark(connection, actor, at, (number, entry.record))
                urgent.put_opened(connection, actor.user, number, entry.record, at)


def _mark(connection: Connection, actor: Actor, at: str, opened: tuple[int, int]) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    app, record = opened
    rows = [
        {
            "app": app,
            "record": record,
            "user": actor.user,
            "agency": agency,
            "first_at": at,
            "last_at": at,
        }
        for agency in actor.agencies or ("",)
    ]
    statement = insert(table).values(rows)
    keys = [table.c.app, table.c.record, table.c.user, table.c.agency]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=keys, set_={"last_at": statement.excluded.last_at}
        )
    )


def agencies(connection: Connection, app: int, record: int) -> frozenset[str]:
    """Return the agencies for which somebody opened a record."""
    rows = connection.execute(
        select(table.c.agency)
        .where(table.c.app == app, table.c.record == record, table.c.agency != "")
        .distinct()
    )
    return frozenset(rows.scalars())
