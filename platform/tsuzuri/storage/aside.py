"""Deeds that could not be told of: set aside, so that nothing after them waits, and tried again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select

from tsuzuri.storage.notice_tables import aside
from tsuzuri.storage.writing import chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Entry ``seq`` of the audit log, which failed ``tries`` times, the last time with ``error``.

    It is tried again after the second ``again_at`` (since 1970).
    """

    seq: int
    tries: int
    again_at: int
    error: str


def every(connection: Connection) -> list[Aside]:
    """Return what is set aside, in the order of the log."""
    rows = connection.execute(select(aside).order_by(aside.c.seq))
    return [Aside(**row) for row in rows.mappings()]


def due(connection: Connection, now: int, limit: int) -> list[Aside]:
    """Return what is to be tried again by now."""
    rows = connection.execute(
        select(aside).where(aside.c.again_at <= now).order_by(aside.c.seq).limit(limit)
    )
    return [Aside(**row) for row in rows.mappings()]


def put(connection: Connection, found: Iterable[Aside]) -> None:
    """Set entries aside, or say anew how often they failed."""
    rows = list(found)
    if rows:
        forget(connection, [one.seq for one in rows])
        connection.execute(insert(aside), [asdict(one) for one in rows])


def forget(connection: Connection, seqs: Sequence[int]) -> None:
    """Take entries back in that could be told of."""
    for part in chunks(seqs):
        connection.execute(delete(aside).where(aside.c.seq.in_(part)))
