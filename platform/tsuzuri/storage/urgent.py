"""Urgent notices: whom they still wait for, and what was opened of them."""

from __future__ import annotations

from sqlalchemy import Connection, delete, literal_column, select, update

from tsuzuri.storage.notice_tables import notices
from tsuzuri.storage.notices import Notice
from tsuzuri.storage.tables import comments

URGENT = "urgent"
COMMENT = "comment"
"""The ``rule`` of a notice of an urgent comment; of an urgent record it is nothing."""
_URGENT = notices.c.kind == literal_column("'urgent'")
# Spelled as the index has it, which is only used for what says the same.
_UNREAD = notices.c.read_at == literal_column("''")


def unopened(connection: Connection, user: str, limit: int) -> list[Notice]:
    """Return the urgent notices that somebody has not opened, newest first."""
    rows = connection.execute(
        select(notices)
        .where(notices.c.user == user, _URGENT, _UNREAD)
        .order_by(notices.c.id.desc())
        .limit(limit)
    )
    return [Notice(**row) for row in rows.mappings()]


def of_record(connection: Connection, app: int, record: int) -> list[Notice]:
    """Return everybody's urgent notices of a record."""
    rows = connection.execute(
        select(notices).where(notices.c.app == app, notices.c.record == record, _URGENT)
    )
    return [Notice(**row) for row in rows.mappings()]


def put_opened(connection: Connection, user: str, app: int, record: int, at: str) -> None:
    """Note that somebody has a record before their eyes, whichever way they came to it."""
    mine = (notices.c.app == app, notices.c.record == record, notices.c.user == user)
    connection.execute(
        update(notices).where(*mine, _URGENT, _UNREAD).values(read_at=at, later_at="")
    )


def forget_comment(connection: Connection, app: int, record: int, comment: int) -> None:
    """Take the notices of an urgent comment back along with it."""
    about = (notices.c.app == app, notices.c.record == record, notices.c.about == comment)
    connection.execute(delete(notices).where(*about, _URGENT))


def stands(connection: Connection, comment: int) -> bool:
    """Tell whether a comment was not taken back."""
    found = select(comments.c.id).where(comments.c.id == comment, comments.c.withdrawn_at == "")
    return connection.execute(found).first() is not None
