"""Passkeys in the database: public keys, and how often each signed."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tsuzuri.storage.account_tables import passkeys as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One passkey: the id that its authenticator gave it (base64url), whose it is, its key."""

    id: str
    user: str
    public_key: bytes
    sign_count: int
    name: str
    created_at: str
    used_at: str = ""


def find(connection: Connection, credential: str) -> Passkey | None:
    """Return a passkey by its id; None where there is none."""
    row = connection.execute(select(table).where(table.c.id == credential)).first()
    return Passkey(**row._asdict()) if row else None


def of_user(connection: Connection, user: str) -> list[Passkey]:
    """Return a person's passkeys, the oldest first."""
    order = (table.c.created_at, table.c.id)
    rows = connection.execute(select(table).where(table.c.user == user).order_by(*order))
    return [Passkey(**row._asdict()) for row in rows]


def add(connection: Connection, passkey: Passkey) -> bool:
    """Add a passkey; False where its id is somebody's already, of two at once for the second."""
    new = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = new(table).values(**asdict(passkey)).on_conflict_do_nothing().returning(table.c.id)
    return connection.execute(row).first() is not None


def take_count(connection: Connection, credential: str, count: int, at: str) -> bool:
    """Write down that a passkey signed; False if its counter did not move on.

    One that counts nothing says 0 each time.  Of two at once with one count one gets it.
    """
    counts = or_(table.c.sign_count < count, (table.c.sign_count == 0) & (count == 0))
    moved = update(table).where(table.c.id == credential, counts)
    return connection.execute(moved.values(sign_count=count, used_at=at)).rowcount > 0


def remove(connection: Connection, user: str, credential: str) -> bool:
    """Take one of a person's passkeys away; tell whether it was there."""
    gone = delete(table).where(table.c.user == user, table.c.id == credential)
    return connection.execute(gone).rowcount > 0
