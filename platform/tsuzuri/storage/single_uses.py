"""Tokens that work once: kept as hashes, taken by whoever comes first, gone after their time."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from tsuzuri.storage.account_tables import once as table

LINK = "link"
"""The kind of links by which a person sets a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleUse:
    """A token by its hash: what it is for, whose it is, what is kept with it, until when."""

    hash: str
    kind: str
    user: str
    value: str
    expires_at: str


def put(connection: Connection, token: SingleUse, at: str) -> None:
    """Add a token, and take away what is past its time at ``at``."""
    connection.execute(delete(table).where(table.c.expires_at < at))
    connection.execute(insert(table).values(**asdict(token)))


def take(connection: Connection, hashed: str, kind: str, at: str) -> tuple[str, str] | None:
    """Use up a token; return its user and what was kept with it, None if it does not work (now).

    Of two at once one gets it: the row is changed and asked in one statement.
    """
    row = connection.execute(
        update(table)
        .where(*_living(hashed, kind, at))
        .values(used_at=at)
        .returning(table.c.user, table.c.value)
    ).first()
    return (row.user, row.value) if row else None


def find(connection: Connection, hashed: str, kind: str, at: str) -> tuple[str, str] | None:
    """Return what ``take`` would, and leave the token as it is."""
    row = connection.execute(
        select(table.c.user, table.c.value).where(*_living(hashed, kind, at))
    ).first()
    return (row.user, row.value) if row else None


def end(connection: Connection, user: str, kind: str, at: str) -> int:
    """End a person's tokens of one kind that were not used; return how many still worked."""
    mine = (table.c.user == user, table.c.kind == kind, table.c.used_at == "")
    living = update(table).where(*mine, table.c.expires_at >= at)
    return connection.execute(living.values(used_at=at)).rowcount


def open_until(connection: Connection, kind: str, at: str) -> dict[str, str]:
    """Return by person until when their token of a kind works."""
    living = (table.c.kind == kind, table.c.used_at == "", table.c.expires_at >= at)
    rows = connection.execute(select(table.c.user, table.c.expires_at).where(*living))
    return {row.user: row.expires_at for row in rows}


def _living(hashed: str, kind: str, at: str) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.hash == hashed,
        table.c.kind == kind,
        table.c.used_at == "",
        table.c.expires_at >= at,
    )
