"""Comments and thanks in the database; reached only through a record somebody may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from tsuzuri.definitions.model import App
from tsuzuri.storage.tables import comments, thanks


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody of ``agency`` wrote under a record at ``at`` (UTC ISO text)."""

    id: int
    author: str
    agency: str
    at: str
    body: str
    edited_at: str = ""
    withdrawn_at: str = ""

    @property
    def version(self) -> str:
        """Changes whenever the comment reads differently."""
        return self.withdrawn_at or self.edited_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks:
    """One phrase somebody gave with one tap."""

    user: str
    agency: str
    at: str
    phrase: str


@dataclass(frozen=True, slots=True)
class Said:
    """Everything that was said under a record, oldest first."""

    comments: list[Comment]
    thanks: list[Thanks]


def said(connection: Connection, app: App, record: int) -> Said:
    """Return everything that was said under a record."""
    return Said(comments_of(connection, app, record), thanks_of(connection, app, record))


def add(
    connection: Connection,
    app: App,
    written: Iterable[tuple[int, Comment]],
    given: Iterable[tuple[int, Thanks]] = (),
) -> None:
    """Store comments and thanks under records; nobody gives the same phrase twice."""
    said = [
        {
            "id": one.id,
            "app": app.number,
            "record": record,
            "author": one.author,
            "agency": one.agency,
            "at": one.at,
            "body": one.body,
        }
        for record, one in written
    ]
    thanked = [
        {
            "app": app.number,
            "record": record,
            "user": one.user,
            "agency": one.agency,
            "at": one.at,
            "phrase": one.phrase,
        }
        for record, one in given
    ]
    for table, rows in ((comments, said), (thanks, thanked)):
        if rows:
            connection.execute(insert(table), rows)


def comments_of(connection: Connection, app: App, record: int) -> list[Comment]:
    """Return a record's comments, oldest first."""
    names = ("id", "author", "agency", "at", "body", "edited_at", "withdrawn_at")
    rows = connection.execute(
        select(*(comments.c[name] for name in names))
        .where(comments.c.app == app.number, comments.c.record == record)
        .order_by(comments.c.id)
    )
    return [Comment(**row) for row in rows.mappings()]


def remove_thanks(connection: Connection, app: App, record: int, user: str, phrase: str) -> bool:
    """Take one's own thanks back; tell whether there were any."""
    gone = connection.execute(
        delete(thanks).where(
            thanks.c.app == app.number,
            thanks.c.record == record,
            thanks.c.user == user,
            thanks.c.phrase == phrase,
        )
    )
    return gone.rowcount > 0


def thanks_of(connection: Connection, app: App, record: int) -> list[Thanks]:
    """Return a record's thanks, oldest first."""
    columns = (thanks.c.user, thanks.c.agency, thanks.c.at, thanks.c.phrase)
    rows = connection.execute(
        select(*columns)
        .where(thanks.c.app == app.number, thanks.c.record == record)
        .order_by(thanks.c.at, thanks.c.user)
    )
    return [Thanks(user=u, agency=g, at=t, phrase=p) for u, g, t, p in rows]


def counts(connection: Connection, app: App, records: list[int]) -> Mapping[int, tuple[int, int]]:
    """Return (comments, thanks) of each of ``records``."""
    found = {record: [0, 0] for record in records}
    for place, table in enumerate((comments, thanks)):
        rows = connection.execute(
            select(table.c.record, func.count())
            .where(table.c.app == app.number, table.c.record.in_(records))
            .group_by(table.c.record)
        )
        for record, number in rows:
            found[record][place] = number
    return {record: (said, thanked) for record, (said, thanked) in found.items()}
