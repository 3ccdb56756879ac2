"""Sessions in the database: what a cookie's token opens, until it ends or is ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tsuzuri.storage.account_tables import sessions as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in browser.  Times are UTC ISO text; ``hash`` names the token in its cookie."""

    hash: str
    user: str
    created_at: str
    seen_at: str
    proved_at: str
    ended_at: str = ""
    address: str = ""
    device: str = ""
    method: str = "password"
    viewing_as: str = ""


def put(connection: Connection, session: Session) -> None:
    """Add a session."""
    connection.execute(insert(table).values(**asdict(session)))


def find(connection: Connection, hashed: str) -> Session | None:
    """Return the session of a token, ended ones too."""
    row = connection.execute(select(table).where(table.c.hash == hashed)).mappings().first()
    return Session(**row) if row else None


def many(connection: Connection, hashes: Collection[str]) -> dict[str, Session]:
    """Return sessions by the hash of their token, ended ones too."""
    rows = connection.execute(select(table).where(table.c.hash.in_(hashes))).mappings()
    return {row["hash"]: Session(**row) for row in rows}


def of_user(connection: Connection, user: str) -> list[Session]:
    """Return a person's living sessions, the last used first."""
    statement = (
        select(table)
        .where(table.c.user == user, table.c.ended_at == "")
        .order_by(table.c.seen_at.desc(), table.c.hash)
    )
    return [Session(**row) for row in connection.execute(statement).mappings()]


def change(connection: Connection, hashed: str, **values: Any) -> None:
    """Change columns of a session."""
    connection.execute(update(table).where(table.c.hash == hashed).values(**values))


def end(connection: Connection, user: str, at: str, *, but: str = "", only: str = "") -> int:
    """End a person's living sessions (all, all ``but`` one, or ``only`` one); return how many."""
    statement = update(table).where(table.c.user == user, table.c.ended_at == "")
    if but:
        statement = statement.where(table.c.hash != but)
    if only:
        statement = statement.where(table.c.hash == only)
    return connection.execute(statement.values(ended_at=at)).rowcount
