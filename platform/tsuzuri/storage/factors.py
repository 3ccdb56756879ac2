"""Second factors in the database: sealed TOTP secrets and hashed recovery codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from tsuzuri.storage.account_tables import passkeys, recovery_codes, totps


@dataclass(frozen=True, slots=True, kw_only=True)
class Totp:
    """One person's authenticator: its sealed secret, and since when it counts (or nothing).

    ``step`` is the last time step of which a code was taken.
    """

    secret: bytes
    confirmed_at: str
    step: int


def totp_of(connection: Connection, user: str) -> Totp | None:
    """Return a person's authenticator; None where there is none."""
    columns = (totps.c.secret, totps.c.confirmed_at, totps.c.step)
    row = connection.execute(select(*columns).where(totps.c.user == user)).first()
    return Totp(secret=row.secret, confirmed_at=row.confirmed_at, step=row.step) if row else None


def put_totp(connection: Connection, user: str, secret: bytes) -> None:
    """Give a person an authenticator that does not count yet, in place of another such."""
    connection.execute(delete(totps).where(totps.c.user == user, totps.c.confirmed_at == ""))
    connection.execute(insert(totps).values(user=user, secret=secret))


def confirm_totp(connection: Connection, user: str, secret: bytes, at: str) -> bool:
    """Let a person's authenticator count from now on; False if it is another one, or counts."""
    mine = (totps.c.user == user, totps.c.secret == secret, totps.c.confirmed_at == "")
    return connection.execute(update(totps).where(*mine).values(confirmed_at=at)).rowcount > 0


def take_step(connection: Connection, user: str, step: int) -> bool:
    """Use up the code of a time step; False if that one or a later one was used before.

    Of two at once one gets it: the row is changed and asked in one statement.
    """
    taken = connection.execute(
        update(totps).where(totps.c.user == user, totps.c.step < step).values(step=step)
    )
    return taken.rowcount > 0


def put_codes(connection: Connection, user: str, hashes: Iterable[str]) -> None:
    """Give a person these recovery codes; earlier ones do not work any more."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user == user))
    connection.execute(insert(recovery_codes), [{"user": user, "hash": one} for one in hashes])


def take_code(connection: Connection, user: str, hashed: str, at: str) -> bool:
    """Use up a recovery code; False if there is none such, or it was used."""
    taken = connection.execute(
        update(recovery_codes)
        .where(
            recovery_codes.c.user == user,
            recovery_codes.c.hash == hashed,
            recovery_codes.c.used_at == "",
        )
        .values(used_at=at)
    )
    return taken.rowcount > 0


def codes_left(connection: Connection, user: str) -> int:
    """Return how many recovery codes a person still has."""
    return connection.execute(
        select(func.count()).where(recovery_codes.c.user == user, recovery_codes.c.used_at == "")
    ).scalar_one()


def end(connection: Connection, user: str) -> bool:
    """Take all of a person's second factors and recovery codes away; tell whether they had one."""
    gone = sum(
        connection.execute(delete(table).where(table.c.user == user)).rowcount
        for table in (totps, passkeys)
    )
    end_codes(connection, user)
    return gone > 0


def end_totp(connection: Connection, user: str) -> bool:
    """Take a person's authenticator away; tell whether it counted."""
    gone = connection.execute(delete(totps).where(totps.c.user == user, totps.c.confirmed_at != ""))
    return gone.rowcount > 0


def end_codes(connection: Connection, user: str) -> None:
    """Take a person's recovery codes away."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user == user))
