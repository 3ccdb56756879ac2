"""Files on their way into an app, and the few questions they ask of many records at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update
from sqlalchemy.engine import Row

from tsuzuri.errors import Message, Unknown
from tsuzuri.fields.base import Field
from tsuzuri.query.bound import Condition
from tsuzuri.storage.records import Records
from tsuzuri.storage.tables import imports
from tsuzuri.storage.writing import chunks

CHECKING, REFUSED, READY = "checking", "refused", "ready"
WRITING, DONE, DROPPED = "writing", "done", "dropped"


@dataclass(frozen=True, slots=True)
class Bad:
    """One cell that cannot be taken in: its place as a spreadsheet shows it, what it holds, why.

    ``column`` counts from 1; 0 is no column, and ``row`` 0 no row.
    """

    row: int
    column: int
    name: str
    value: str
    why: Message


@dataclass(frozen=True, slots=True)
class Tally:
    """What a file holds: rows, and what would become of them."""

    total: int = 0
    added: int = 0
    changed: int = 0
    refused: int = 0

    @property
    def same(self) -> int:
        """Rows that change nothing."""
        return self.total - self.added - self.changed


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One file on its way in.  ``key`` names its content, ``match`` a unique field or nothing."""

    id: int
    app: int
    user: str
    name: str
    key: str
    size: int
    match: str
    at: str
    state: str = CHECKING
    encoding: str = ""
    tally: Tally = Tally()
    problems: tuple[Bad, ...] = ()
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What checking or writing a file came to."""

    state: str
    encoding: str = ""
    tally: Tally = field(default_factory=Tally)
    problems: Sequence[Bad] = ()
    notes: Sequence[Message] = ()


def add(connection: Connection, job: Job) -> None:
    """Remember a file that arrived."""
    connection.execute(
        insert(imports).values(
            id=job.id,
            app=job.app,
            user=job.user,
            name=job.name,
            key=job.key,
            size=job.size,
            match=job.match,
            state=job.state,
            at=job.at,
        )
    )


def get(connection: Connection, *, job: int, app: int, user: str) -> Job:
    """Return a file that ``user`` sent to an app; anybody else's is ``Unknown``."""
    mine = and_(imports.c.id == job, imports.c.app == app, imports.c.user == user)
    row = connection.execute(select(imports).where(mine)).first()
    if row is None:
        raise Unknown
    return _job(row)


def latest(connection: Connection, *, app: int, user: str, size: int = 10) -> list[Job]:
    """Return the files that ``user`` sent to an app last, newest first."""
    mine = and_(imports.c.app == app, imports.c.user == user, imports.c.state != DROPPED)
    rows = connection.execute(select(imports).where(mine).order_by(imports.c.id.desc()).limit(size))
    return [_job(row) for row in rows]


def is_needed(connection: Connection, key: str) -> bool:
    """Tell whether a stored file may still be read."""
    mine = and_(imports.c.key == key, imports.c.state.not_in((DONE, DROPPED)))
    found = connection.execute(select(imports.c.id).where(mine).limit(1))
    return found.first() is not None


def unfinished(connection: Connection, *, before: str) -> list[Job]:
    """Return every file that came before a moment and was neither written nor dropped."""
    old = and_(imports.c.at < before, imports.c.state.not_in((DONE, DROPPED)))
    return [_job(row) for row in connection.execute(select(imports).where(old))]


def turn(connection: Connection, job: int, *, states: Collection[str], to: str) -> bool:
    """Move a file from one of ``states`` on; False where somebody else moved it first."""
    moved = connection.execute(
        update(imports).where(imports.c.id == job, imports.c.state.in_(states)).values(state=to)
    )
    return moved.rowcount == 1


def settle(connection: Connection, job: int, verdict: Verdict, *, state: str) -> bool:
    """Write down what became of a file that is in ``state``; False where it is not any more."""
    settled = connection.execute(
        update(imports)
        .where(imports.c.id == job, imports.c.state == state)
        .values(
            state=verdict.state,
            encoding=verdict.encoding,
            total=verdict.tally.total,
            added=verdict.tally.added,
            changed=verdict.tally.changed,
            refused=verdict.tally.refused,
            problems=json.dumps([_plain_bad(one) for one in verdict.problems], ensure_ascii=False),
            notes=json.dumps([_plain(one) for one in verdict.notes], ensure_ascii=False),
        )
    )
    return settled.rowcount == 1


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        app=row.app,
        user=row.user,
        name=row.name,
        key=row.key,
        size=row.size,
        match=row.match,
        at=row.at,
        state=row.state,
        encoding=row.encoding,
        tally=Tally(row.total, row.added, row.changed, row.refused),
        problems=tuple(
            Bad(**{**one, "why": Message(one["why"]["text"], one["why"]["values"])})
            for one in json.loads(row.problems)
        ),
        notes=tuple(Message(one["text"], one["values"]) for one in json.loads(row.notes)),
    )


def _plain(sentence: Message) -> dict[str, Any]:
    return {"text": sentence.text, "values": {k: str(v) for k, v in sentence.values.items()}}


def _plain_bad(bad: Bad) -> dict[str, Any]:
    places = {key: getattr(bad, key) for key in ("row", "column", "name", "value")}
    return {**places, "why": _plain(bad.why)}


def meeting(records: Records, ids: Sequence[int], condition: Condition) -> frozenset[int]:
    """Return those of ``ids`` whose record meets ``condition``."""
    table = records.tables.records
    met: set[int] = set()
    for part in chunks(ids):
        rows = records.connection.execute(
            select(table.c.id).where(table.c.id.in_(part), records.compiler.condition(condition))
        )
        met.update(rows.scalars())
    return frozenset(met)


def owners(records: Records, field: Field, values: Collection[Any]) -> Mapping[Any, int]:
    """Return which living record has each of ``values`` in a unique field, whoever may see it."""
    table, column = records.tables.records, records.tables.column(field)
    found: dict[Any, int] = {}
    for part in chunks(list(values)):
        rows = records.connection.execute(
            select(column, table.c.id).where(column.in_(part), table.c.deleted_at.is_(None))
        )
        found.update((value, record) for value, record in rows)
    return found
