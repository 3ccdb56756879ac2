"""Who has a record's form open, as far as their page said so lately."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from tsuzuri.definitions.model import App
from tsuzuri.storage.presence_tables import presences as table

Place = tuple[int, int]
"""An app's number and a record."""


def put(connection: Connection, place: Place, *, session: str, user: str, at: str) -> None:
    """Note that a form is open at ``at`` (UTC ISO text)."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    app, record = place
    statement = insert(table).values(app=app, record=record, session=session, user=user, seen_at=at)
    keys = [table.c.app, table.c.record, table.c.session]
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_={"user": user, "seen_at": at})
    )


def forget(connection: Connection, *, before: str) -> None:
    """Forget forms of which nothing was heard since ``before``."""
    connection.execute(delete(table).where(table.c.seen_at < before))


def leave(connection: Connection, place: Place, session: str) -> None:
    """Note that a form was closed."""
    app, record = place
    mine = (table.c.app == app, table.c.record == record, table.c.session == session)
    connection.execute(delete(table).where(*mine))


def of(connection: Connection, app: App, record: int, *, since: str) -> frozenset[str]:
    """Return who has a form of one record open."""
    here = (table.c.app == app.number, table.c.record == record, table.c.seen_at >= since)
    return frozenset(connection.execute(select(table.c.user).where(*here)).scalars())


def everywhere(connection: Connection, *, since: str) -> Mapping[Place, frozenset[str]]:
    """Return who has which form open."""
    rows = connection.execute(
        select(table.c.app, table.c.record, table.c.user).where(table.c.seen_at >= since)
    )
    found: dict[Place, set[str]] = {}
    for app, record, user in rows:
        found.setdefault((app, record), set()).add(user)
    return {place: frozenset(users) for place, users in found.items()}
