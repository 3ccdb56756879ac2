"""Alarms as they are stored, and the entries of the audit log that they are raised from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from sqlalchemy import Connection, Select, case, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tsuzuri.storage import patience
from tsuzuri.storage.alarm_tables import alarms, usual, watched
from tsuzuri.storage.audit_tables import entries

FAILED = frozenset({"session.refuse", "token.refuse"})
"""Ways of not getting in."""
SHOWN = 100
"""Alarms on one page."""
FEW = 200
"""People whose earlier entries are asked for by name; for more of them all are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that is worth a look; ``noticed_by`` is empty until somebody said so."""

    id: int
    rule: str
    subject: str
    day: str
    step: int
    count: int
    most: int
    at: str
    noticed_by: str = ""
    noticed_at: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """The last entry that was looked at, and when (UTC ISO text)."""

    seq: int
    at: str


def watched_to(connection: Connection) -> Watched:
    """Return how far the log was watched."""
    row = connection.execute(select(watched.c.seq, watched.c.at)).one()
    return Watched(row.seq, row.at)


def first_at(connection: Connection, after: int) -> str:
    """Return when the first entry after ``after`` was written; nothing if there is none."""
    found = select(entries.c.at).where(entries.c.seq > after).order_by(entries.c.seq).limit(1)
    return connection.execute(found).scalar() or ""


def people_since(connection: Connection, after: int, most: int) -> set[str]:
    """Return who did something in the entries after ``after`` up to ``most``."""
    found = select(entries.c.user).distinct()
    within = entries.c.seq.between(after + 1, most)
    return set(connection.execute(found.where(within)).scalars())


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules ask of an entry."""

    seq: int
    at: str
    user: str
    address: str
    action: str
    app: str
    record: int
    detail: str


def stretch(
    connection: Connection, after: int, to: int, *, since: str, users: Collection[str]
) -> Iterator[Seen]:
    """Yield the entries after ``after``, led by those of ``users`` from ``since`` on, in order."""
    # The latest entry before a moment is found by walking back from here: a day at the most.
    start = connection.execute(
        select(entries.c.seq)
        .where(entries.c.seq <= after, entries.c.at < since)
        .order_by(entries.c.seq.desc())
        .limit(1)
    ).scalar()
    columns = [entries.c[name] for name in Seen.__slots__]
    base: Select[Any] = select(*columns).order_by(entries.c.seq)
    before = base.where(entries.c.seq.between((start or 0) + 1, after))
    if len(users) <= FEW:
        # Failures count for where they come from too, whoever was tried.
        failed = entries.c.action.in_(FAILED)
        before = before.where(or_(entries.c.user.in_(users), failed))
    for statement in (before, base.where(entries.c.seq.between(after + 1, to))):
        for row in patience.streamed(connection, statement, 1000):
            yield Seen(*row)


def keep(
    connection: Connection,
    raised: Iterable[Alarm],
    counts: Mapping[tuple[str, str], tuple[int, int]],
    to: Watched,
) -> list[Alarm]:
    """Store what was raised, the counts of people's days and how far the log was watched.

    Returns the alarms that nobody had raised before.
    """
    put = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    fresh = []
    for one in raised:
        new = put(alarms).values(**asdict(one)).on_conflict_do_nothing().returning(alarms.c.id)
        if connection.execute(new).first() is not None:
            fresh.append(one)
    for (user, day), (opened, seen) in counts.items():
        row = put(usual).values(user=user, day=day, opened=opened, seen=seen)
        key = [usual.c.user, usual.c.day]
        # Two may watch at once, and the later one has counted more.
        larger = {
            name: case(
                (row.excluded[name] > usual.c[name], row.excluded[name]), else_=usual.c[name]
            )
            for name in ("opened", "seen")
        }
        connection.execute(row.on_conflict_do_update(index_elements=key, set_=larger))
    connection.execute(update(watched).where(watched.c.seq <= to.seq).values(seq=to.seq, at=to.at))
    return fresh


def usually(
    connection: Connection, users: Collection[str], *, since: str, before: str
) -> Mapping[str, tuple[int, int]]:
    """Return what people's usual day was: how many records opened, and shown at all."""
    found: dict[str, list[tuple[int, int]]] = {}
    statement = select(usual).where(usual.c.day >= since, usual.c.day < before)
    if len(users) <= FEW:
        statement = statement.where(usual.c.user.in_(users))
    for row in connection.execute(statement):
        found.setdefault(row.user, []).append((row.opened, row.seen))
    return {
        user: (int(median(one for one, _ in days)), int(median(one for _, one in days)))
        for user, days in found.items()
    }


def unnoticed(connection: Connection) -> list[Alarm]:
    """Return the alarms that nobody took note of, the latest first."""
    return _found(connection, select(alarms).where(alarms.c.noticed_at == ""))


def noticed(connection: Connection) -> list[Alarm]:
    """Return the alarms that somebody took note of, the latest first."""
    return _found(connection, select(alarms).where(alarms.c.noticed_at != ""))


def get(connection: Connection, alarm: int) -> Alarm | None:
    """Return an alarm; None where there is none of that number."""
    found = _found(connection, select(alarms).where(alarms.c.id == alarm))
    return found[0] if found else None


def _found(connection: Connection, statement: Select[Any]) -> list[Alarm]:
    order = statement.order_by(alarms.c.at.desc(), alarms.c.id.desc()).limit(SHOWN)
    return [Alarm(**row) for row in connection.execute(order).mappings()]


def notice(connection: Connection, alarm: int, *, by: str, at: str, said: str) -> bool:
    """Write down who took note of an alarm; tell whether nobody had before."""
    done = connection.execute(
        update(alarms)
        .where(alarms.c.id == alarm, alarms.c.noticed_at == "")
        .values(noticed_by=by, noticed_at=at, said=said)
    )
    return done.rowcount == 1


def forget(connection: Connection, before: str) -> None:
    """Forget people's counts of days before ``before``."""
    connection.execute(usual.delete().where(usual.c.day < before))
