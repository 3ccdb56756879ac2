"""Who somebody is at an identity provider: its name for them, linked to one of our accounts."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select

from tsuzuri.storage.account_tables import identities as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One link.  ``at`` is UTC ISO text."""

    issuer: str
    subject: str
    user: str
    at: str


def put(connection: Connection, identity: Identity) -> None:
    """Add a link."""
    connection.execute(insert(table).values(**asdict(identity)))


def find(connection: Connection, issuer: str, subject: str) -> Identity | None:
    """Return the link of somebody at a provider."""
    row = connection.execute(
        select(table).where(table.c.issuer == issuer, table.c.subject == subject)
    ).mappings()
    found = row.first()
    return Identity(**found) if found else None


def of_user(connection: Connection, user: str) -> list[Identity]:
    """Return an account's links, in the order in which they were made."""
    statement = select(table).where(table.c.user == user).order_by(table.c.at, table.c.subject)
    return [Identity(**row) for row in connection.execute(statement).mappings()]


def linked(connection: Connection) -> set[str]:
    """Return the accounts that have a link."""
    return set(connection.execute(select(table.c.user).distinct()).scalars())


def remove(connection: Connection, user: str, issuer: str, subject: str) -> bool:
    """Take a link of an account away; tell whether there was one."""
    mine = (table.c.user == user, table.c.issuer == issuer, table.c.subject == subject)
    return connection.execute(delete(table).where(*mine)).rowcount == 1
