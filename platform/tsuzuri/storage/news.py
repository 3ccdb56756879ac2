"""What happened lately: the newest records, comments and thanks of an app."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, literal, select, union_all

from tsuzuri.definitions.model import App
from tsuzuri.query.bound import Order, Test
from tsuzuri.storage.records import Listing, Records
from tsuzuri.storage.tables import comments, thanks
from tsuzuri.storage.writing import RecordState

SAID = 200
"""Remarks read per app before asking which of their records the reader may see."""


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


def said_lately(connection: Connection, app: App, user: str, since: str) -> list[Said]:
    """Return what others said in an app after ``since``, newest first.

    The caller must still ask which of the records the reader may see.
    """
    remarks = union_all(
        select(
            comments.c.record,
            literal("comment").label("event"),
            comments.c.at,
            comments.c.author.label("by"),
            comments.c.body.label("text"),
        ).where(comments.c.app == app.number, comments.c.at > since, comments.c.author != user),
        select(
            thanks.c.record,
            literal("thanks").label("event"),
            thanks.c.at,
            thanks.c.user.label("by"),
            thanks.c.phrase.label("text"),
        ).where(thanks.c.app == app.number, thanks.c.at > since, thanks.c.user != user),
    ).subquery()
    rows = connection.execute(select(remarks).order_by(remarks.c.at.desc()).limit(SAID))
    return [Said(*row) for row in rows]
