"""Token buckets in the database, one for every process: what is left of each, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tsuzuri.storage.account_tables import throttles as table

FORGOTTEN = 7 * 24 * 3600
"""Seconds after which every bucket is full again, and needs no row."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket: how much it holds, and how many seconds bring one back."""

    key: str
    holds: int
    seconds: float


def take(connection: Connection, buckets: Iterable[Bucket], now: float) -> bool:
    """Take one out of each bucket at ``now`` (seconds since 1970); False where one is empty.

    Whoever asks at the same moment waits for the row, so that many at once take no more.
    """
    connection.execute(delete(table).where(table.c.at < now - FORGOTTEN))
    held = {one: _held(connection, one, now) for one in _in_order(buckets)}
    if min(held.values()) < 1:
        return False
    for one, rest in held.items():
        _put(connection, one, rest - 1, now)
    return True


def give_back(connection: Connection, buckets: Iterable[Bucket], now: float) -> None:
    """Put one back into each bucket."""
    for one in _in_order(buckets):
        _put(connection, one, min(float(one.holds), _held(connection, one, now) + 1), now)


def _in_order(buckets: Iterable[Bucket]) -> list[Bucket]:
    """Return the buckets in the one order in which everybody locks them."""
    return sorted(buckets, key=lambda bucket: bucket.key)


def _held(connection: Connection, bucket: Bucket, now: float) -> float:
    """Return what is in a bucket, whose row is locked from here on."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    full = dialect.insert(table).values(key=bucket.key, left=bucket.holds, at=now)
    connection.execute(full.on_conflict_do_nothing())
    asked = select(table.c.left, table.c.at).where(table.c.key == bucket.key).with_for_update()
    row = connection.execute(asked).one()
    return _refilled(bucket, row.left, row.at, now)


def _put(connection: Connection, bucket: Bucket, rest: float, now: float) -> None:
    # A clock that was set back moves no bucket back in time.
    at = case((table.c.at > now, table.c.at), else_=now)
    connection.execute(update(table).where(table.c.key == bucket.key).values(left=rest, at=at))


def _refilled(bucket: Bucket, left_: float, at: float, now: float) -> float:
    # A clock that was set back brings nothing back, and takes nothing away.
    return min(float(bucket.holds), left_ + max(0.0, now - at) / bucket.seconds)
