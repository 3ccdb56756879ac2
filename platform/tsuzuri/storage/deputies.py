"""Who stands in for whom, and on which days."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select

from tsuzuri.storage.tables import deputies


@dataclass(frozen=True, slots=True, kw_only=True)
class Deputy:
    """``deputy`` acts for ``user`` from the first day to the last (ISO dates, both count)."""

    id: int
    user: str
    deputy: str
    starts_on: str
    ends_on: str


def of(connection: Connection, user: str) -> list[Deputy]:
    """Return whom somebody named, the earliest first."""
    rows = connection.execute(
        select(deputies).where(deputies.c.user == user).order_by(deputies.c.starts_on)
    )
    return [Deputy(**row) for row in rows.mappings()]


def stands_in_for(connection: Connection, deputy: str, day: str) -> list[str]:
    """Return for whom somebody acts on a day."""
    table = deputies
    holds = (table.c.starts_on <= day, table.c.ends_on >= day)
    rows = connection.execute(
        select(table.c.user).where(table.c.deputy == deputy, *holds).order_by(table.c.user)
    )
    return list(dict.fromkeys(rows.scalars()))


def add(connection: Connection, one: Deputy) -> None:
    """Store that somebody stands in."""
    connection.execute(insert(deputies).values(**asdict(one)))


def remove(connection: Connection, user: str, number: int) -> Deputy | None:
    """Forget one that ``user`` named; return it, None if there is none."""
    mine = (deputies.c.user == user, deputies.c.id == number)
    row = connection.execute(select(deputies).where(*mine)).mappings().first()
    connection.execute(delete(deputies).where(*mine))
    return None if row is None else Deputy(**row)
