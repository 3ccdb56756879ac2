"""Comments and thanks in the database; reached only through a record somebody may see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, true, update

from tsuzuri.definitions.model import App
from tsuzuri.storage.tables import comments, thanks

COLUMNS = (
    "id",
    "author",
    "agency",
    "at",
    "body",
    "edited_at",
    "withdrawn_at",
    "quote",
    "files",
    "mentions",
    "urgent",
)


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
    # What it answers: ``{"comment": id}`` or ``{"field": number, "value": wire}``; or nothing.
    quote: Mapping[str, Any] = field(default_factory=dict)
    # What came with it, as an attachment field holds files.
    files: tuple[Mapping[str, Any], ...] = ()
    # To whom it is addressed: ``user:CODE``, ``agency:CODE`` or ``group:CODE``.
    mentions: tuple[str, ...] = ()
    urgent: bool = False

    @property
    def version(self) -> str:
        """Changes whenever the comment reads differently, be it twice in one second.

        To whom it is addressed is no part of it: not everybody may know of all of them.
        """
        return f"{self.withdrawn_at}{self.edited_at} {crc32(self.body.encode()):08x}"


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
            "quote": _written(one.quote),
            "files": _written(one.files),
            "mentions": _written(one.mentions),
            "urgent": one.urgent,
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
    rows = connection.execute(
        select(*(comments.c[name] for name in COLUMNS))
        .where(comments.c.app == app.number, comments.c.record == record)
        .order_by(comments.c.id)
    )
    return [_read(row) for row in rows.mappings()]


def comment_of(connection: Connection, app: App, record: int, number: int) -> Comment | None:
    """Return one comment under a record, held against other writers; None if it is not there."""
    row = (
        connection.execute(
            select(*(comments.c[name] for name in COLUMNS))
            .where(
                comments.c.id == number, comments.c.app == app.number, comments.c.record == record
            )
            .with_for_update()
        )
        .mappings()
        .first()
    )
    return None if row is None else _read(row)


def change(
    connection: Connection, number: int, body: str, mentions: tuple[str, ...], *, at: str
) -> None:
    """Give a comment other words, or address it to others."""
    new = {"body": body, "mentions": _written(mentions), "edited_at": at}
    connection.execute(update(comments).where(comments.c.id == number).values(**new))


def mentions_of(connection: Connection, app: App, record: int, number: int) -> tuple[str, ...]:
    """Return to whom a comment is addressed; nobody where it is not there any more."""
    mine = (comments.c.id == number, comments.c.app == app.number, comments.c.record == record)
    found = connection.execute(select(comments.c.mentions).where(*mine)).scalar()
    return tuple(json.loads(found)) if found else ()


def withdraw(connection: Connection, number: int, at: str) -> None:
    """Take a comment back: that there was one stays, and nothing of what it said."""
    gone = {"body": "", "quote": "", "files": "", "mentions": "", "withdrawn_at": at}
    connection.execute(update(comments).where(comments.c.id == number).values(**gone))


def _read(row: RowMapping) -> Comment:
    given = dict(row)
    quote, files, mentions = given.pop("quote"), given.pop("files"), given.pop("mentions")
    return Comment(
        **given,
        quote=json.loads(quote) if quote else {},
        files=tuple(json.loads(files)) if files else (),
        mentions=tuple(json.loads(mentions)) if mentions else (),
    )


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""


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
    for place, (table, counts_it) in enumerate(
        ((comments, comments.c.withdrawn_at == ""), (thanks, true()))
    ):
        rows = connection.execute(
            select(table.c.record, func.count())
            .where(table.c.app == app.number, table.c.record.in_(records), counts_it)
            .group_by(table.c.record)
        )
        for record, number in rows:
            found[record][place] = number
    return {record: (said, thanked) for record, (said, thanked) in found.items()}


def given_by(
    connection: Connection, app: App, records: list[int], user: str
) -> Mapping[int, frozenset[str]]:
    """Return the phrases somebody gave, by record."""
    rows = connection.execute(
        select(thanks.c.record, thanks.c.phrase).where(
            thanks.c.app == app.number, thanks.c.record.in_(records), thanks.c.user == user
        )
    )
    found: dict[int, set[str]] = {}
    for record, phrase in rows:
        found.setdefault(record, set()).add(phrase)
    return {record: frozenset(phrases) for record, phrases in found.items()}
