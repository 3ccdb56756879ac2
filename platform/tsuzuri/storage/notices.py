"""Notices in the database: written once each, read newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, delete, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from tsuzuri.definitions.model import App
from tsuzuri.query.bound import Condition
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.notice_tables import consumers, notices
from tsuzuri.storage.records import Records
from tsuzuri.storage.tables import comments
from tsuzuri.storage.writing import chunks

BOXES = ("unread", "mine", "later", "all")
"""``mine``: what was addressed to its reader, read or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """``user`` is told that ``by`` did something to a record at ``at`` (UTC ISO text).

    ``app`` is the app's number; ``about`` the id of the comment or of the change in the history.
    A reminder is done ``by`` nobody; ``rule`` is its code.
    """

    id: int
    user: str
    app: int
    record: int
    kind: str
    about: int
    by: str
    at: str
    read_at: str = ""
    later_at: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """The values of a field from ``first`` on, before ``end``."""

    field: str
    first: str
    end: str


def dealt_with(connection: Connection, name: str) -> int:
    """Return the number of the last entry of the audit log that a consumer dealt with."""
    statement = select(consumers.c.seq).where(consumers.c.name == name)
    return int(connection.execute(statement).scalar_one())


def move(connection: Connection, name: str, *, was: int, to: int) -> bool:
    """Move a consumer on; False if another process did so since it stood at ``was``."""
    moved = connection.execute(
        update(consumers).where(consumers.c.name == name, consumers.c.seq == was).values(seq=to)
    )
    return moved.rowcount == 1


def add(connection: Connection, found: Sequence[Notice]) -> None:
    """Store notices; what somebody was told of before is left as it is."""
    if not found:
        return
    rows = [asdict(one) for one in found]
    if connection.dialect.name == "sqlite":
        connection.execute(sqlite.insert(notices).on_conflict_do_nothing(), rows)
    else:
        connection.execute(postgresql.insert(notices).on_conflict_do_nothing(), rows)


def involved(connection: Connection, app: App, record: int) -> list[str]:
    """Return who wrote a record or a comment under it, if the record is there at all."""
    table = tables_of(app).records
    writer = connection.execute(
        select(table.c.created_by).where(table.c.id == record, table.c.deleted_at.is_(None))
    ).scalar()
    if writer is None:
        return []
    said = connection.execute(
        select(comments.c.author)
        .distinct()
        .where(
            comments.c.app == app.number,
            comments.c.record == record,
            comments.c.withdrawn_at == "",
        )
    )
    return sorted({writer, *said.scalars()})


def living(records: Records, ids: Sequence[int], condition: Condition) -> frozenset[int]:
    """Return those of ``ids`` whose record is not deleted and meets ``condition``."""
    table = records.tables.records
    found: set[int] = set()
    for part in chunks(ids):
        met = (table.c.id.in_(part), table.c.deleted_at.is_(None))
        rows = records.connection.execute(
            select(table.c.id).where(*met, records.compiler.condition(condition))
        )
        found.update(rows.scalars())
    return frozenset(found)


def within(connection: Connection, app: App, span: Span) -> list[int]:
    """Return the records of an app that are not deleted and whose field lies in a span."""
    tables = tables_of(app)
    column = tables.column(app.field(span.field))
    rows = connection.execute(
        select(tables.records.c.id)
        .where(column >= span.first, column < span.end, tables.records.c.deleted_at.is_(None))
        .order_by(tables.records.c.id)
    )
    return list(rows.scalars())


def of(connection: Connection, user: str, box: str, *, before: int, limit: int) -> list[Notice]:
    """Return somebody's notices older than ``before`` (an id; 0: the newest), newest first."""
    older = notices.c.id < before if before else true()
    rows = connection.execute(
        select(notices)
        .where(notices.c.user == user, _in(box), older)
        .order_by(notices.c.id.desc())
        .limit(limit)
    )
    return [Notice(**row) for row in rows.mappings()]


def one(connection: Connection, user: str, number: int) -> Notice | None:
    """Return one of somebody's notices; None if it is not theirs."""
    statement = select(notices).where(notices.c.user == user, notices.c.id == number)
    row = connection.execute(statement).mappings().first()
    return None if row is None else Notice(**row)


def some(connection: Connection, user: str, numbers: Collection[int]) -> list[Notice]:
    """Return those of somebody's notices, oldest first."""
    mine = (notices.c.user == user, notices.c.id.in_(numbers))
    rows = connection.execute(select(notices).where(*mine).order_by(notices.c.id))
    return [Notice(**row) for row in rows.mappings()]


def put_read(connection: Connection, user: str, at: str, *, number: int) -> None:
    """Note that somebody opened one of their notices."""
    mine = (notices.c.user == user, notices.c.id == number, notices.c.read_at == "")
    connection.execute(update(notices).where(*mine).values(read_at=at, later_at=""))


def put_all_read(connection: Connection, user: str, at: str, *, up_to: int) -> None:
    """Note that somebody read everything up to a notice, but for what they put aside.

    What is urgent they have to open.
    """
    mine = (
        notices.c.user == user,
        notices.c.id <= up_to,
        notices.c.read_at == "",
        notices.c.kind != "urgent",
    )
    connection.execute(update(notices).where(*mine, notices.c.later_at == "").values(read_at=at))


def put_later(connection: Connection, user: str, at: str, *, number: int) -> None:
    """Put one of somebody's notices aside; it is unread again.  What is urgent does not wait."""
    mine = (notices.c.user == user, notices.c.id == number, notices.c.kind != "urgent")
    connection.execute(update(notices).where(*mine).values(read_at="", later_at=at))


def remove_read(connection: Connection, *, before: str, after: int, limit: int) -> int:
    """Remove the next notices, after id ``after``, that were read before a moment.

    Return the last of them (0: no more).  What was urgent stays: it says who was told.
    """
    old = (notices.c.read_at != "", notices.c.read_at < before, notices.c.kind != "urgent")
    chosen = (
        select(notices.c.id).where(notices.c.id > after, *old).order_by(notices.c.id).limit(limit)
    )
    ids = list(connection.execute(chosen).scalars())
    if ids:
        connection.execute(delete(notices).where(notices.c.id.in_(ids)))
    return ids[-1] if ids else 0


def _in(box: str) -> ColumnElement[bool]:
    if box == "unread":
        return notices.c.read_at == ""
    if box == "mine":
        return notices.c.kind == "mention"
    return notices.c.later_at != "" if box == "later" else true()
