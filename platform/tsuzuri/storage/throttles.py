"""Token buckets in the database, one for every process: what is left of each, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update
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


def left(connection: Connection, buckets: Iterable[Bucket], now: float) -> Mapping[str, float]:
    """Return what is left in each bucket at ``now`` (seconds since 1970)."""
    found = list(buckets)
    rows = connection.execute(
        select(table.c.key, table.c.left, table.c.at).where(
            table.c.key.in_([one.key for one in found])
        )
    )
    known = {row.key: (row.left, row.at) for row in rows}
    return {one.key: _refilled(one, *known.get(one.key, (one.holds, now)), now) for one in found}


def take(connection: Connection, buckets: Iterable[Bucket], now: float) -> None:
    """Take one out of each bucket, in one order for everybody."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(delete(table).where(table.c.at < now - FORGOTTEN))
    for one in sorted(buckets, key=lambda bucket: bucket.key):
        full = dialect.insert(table).values(key=one.key, left=one.holds, at=now)
        connection.execute(full.on_conflict_do_nothing())
        held = select(table.c.left, table.c.at).where(table.c.key == one.key).with_for_update()
        row = connection.execute(held).one()
        rest = max(0.0, _refilled(one, row.left, row.at, now) - 1)
        connection.execute(
            update(table).where(table.c.key == one.key).values(left=rest, at=max(now, row.at))
        )


def _refilled(bucket: Bucket, left_: float, at: float, now: float) -> float:
    # A clock that was set back brings nothing back, and takes nothing away.
    return min(float(bucket.holds), left_ + max(0.0, now - at) / bucket.seconds)
