"""Answers kept for requests that may be sent again, found by who sent what under which key."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from tsuzuri.storage.account_tables import answers as table

AT_ONCE = 100
"""How many old answers one request takes away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One request as it can be recognised: who sent it where, its key, and a hash of its body."""

    user: str
    route: str
    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    status: int
    location: str = ""
    body: bytes = b""


def claim(connection: Connection, sending: Sending, at: str) -> bool:
    """Take a key for a request; False if somebody did before.

    Whoever comes second waits here until the first one's transaction ends.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {
        "user": sending.user,
        "route": sending.route,
        "key": sending.key,
        "body_hash": sending.body_hash,
        "status": 0,
        "body": b"",
        "at": at,
    }
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing()
    return connection.execute(statement.returning(table.c.key)).first() is not None


def keep(connection: Connection, sending: Sending, answer: Answer) -> None:
    """Keep the answer to a request that has its key."""
    connection.execute(
        update(table)
        .where(*_is(sending))
        .values(status=answer.status, location=answer.location, body=answer.body)
    )


def kept(connection: Connection, sending: Sending) -> tuple[str, Answer]:
    """Return the hash of what was sent under a taken key, and what it was answered."""
    row = connection.execute(
        select(table.c.body_hash, table.c.status, table.c.location, table.c.body).where(
            *_is(sending)
        )
    ).one()
    return row.body_hash, Answer(row.status, row.location, row.body)


def forget(connection: Connection, before: str) -> None:
    """Take answers away that are older than ``before``, some at a time."""
    key = (table.c.user, table.c.route, table.c.key)
    # Two requests that tidy up at once do not wait for each other.
    old = select(*key).where(table.c.at < before).limit(AT_ONCE).with_for_update(skip_locked=True)
    rows = [tuple(row) for row in connection.execute(old)]
    if rows:
        connection.execute(delete(table).where(tuple_(*key).in_(rows)))


def _is(sending: Sending) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.user == sending.user,
        table.c.route == sending.route,
        table.c.key == sending.key,
    )
