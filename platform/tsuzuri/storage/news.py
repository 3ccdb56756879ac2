"""What happened lately: the newest records, comments and thanks of an app."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import literal, or_, select, union_all

from tsuzuri.query.bound import Order, Test
from tsuzuri.storage.records import Listing, Records
from tsuzuri.storage.tables import comments, thanks
from tsuzuri.storage.visible import seen
from tsuzuri.storage.writing import RecordState

SAID = 30
"""Remarks of one app that one look takes in."""


@dataclass(frozen=True, slots=True)
class Said:
    """A comment or thanks under some record."""

    record: int
    event: str
    at: str
    by: str
    text: str


def lately(records: Records, *, since: str, limit: int) -> list[RecordState]:
    """Return the records changed after ``since`` that the reader may see, newest first."""
    updated = records.access.app.by_code["$updated"]
    page = records.page(
        Listing(
            where=Test(updated, ">", (since,)), order=(Order(updated, descending=True),), size=limit
        )
    )
    states = records.many([row[0] for row in page.rows])
    return [states[row[0]] for row in page.rows if row[0] in states]


def said_lately(records: Records, user: str, since: str) -> list[Said]:
    """Return what others said after ``since`` about records the reader sees, newest first.

    Thanks count where the reader wrote the record.  Unseen records are left out before the limit:
    however much is said about them, nothing of what the reader may know is crowded out.
    """
    number, table = records.access.whole.number, records.tables.records
    remarks = union_all(
        select(
            comments.c.record,
            literal("comment").label("event"),
            comments.c.at,
            comments.c.author.label("by"),
            comments.c.body.label("text"),
        ).where(
            comments.c.app == number,
            comments.c.at > since,
            comments.c.author != user,
            comments.c.withdrawn_at == "",
        ),
        select(
            thanks.c.record,
            literal("thanks").label("event"),
            thanks.c.at,
            thanks.c.user.label("by"),
            thanks.c.phrase.label("text"),
        ).where(thanks.c.app == number, thanks.c.at > since, thanks.c.user != user),
    ).subquery()
    statement = (
        select(remarks)
        .join(table, table.c.id == remarks.c.record)
        .where(
            or_(remarks.c.event == "comment", table.c.created_by == user),
            seen(records.tables, records.compiler.dialect, records.visible.sight),
        )
        .order_by(remarks.c.at.desc(), *(remarks.c[name] for name in ("record", "by", "text")))
        .limit(SAID)
    )
    return [Said(*row) for row in records.connection.execute(statement)]
