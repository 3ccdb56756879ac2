"""Tables of notices: who is told of what, and how far the log was dealt with."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint, text

from tsuzuri.storage.tables import ID, TEXT, metadata

notices = Table(
    "notices",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("user", TEXT, nullable=False),
    Column("app", Integer, nullable=False),
    Column("record", ID, nullable=False),
    # comment, mention, change, status, add, import, reminder or urgent
    Column("kind", TEXT, nullable=False),
    # The comment, or the change in the record's history, the new record, or when a file was taken
    # in, or a reminder and the day it tells of; nobody is told of one twice.
    Column("about", ID, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("read_at", TEXT, nullable=False, server_default=""),
    # Put aside to be read later; it still counts as unread.
    Column("later_at", TEXT, nullable=False, server_default=""),
    # The code of the reminder; of what is urgent "comment", or nothing for the record itself.
    Column("rule", TEXT, nullable=False, server_default=""),
    UniqueConstraint("user", "app", "record", "kind", "about", name="uq_notices_about"),
    Index("ix_notices_unread", "user", "read_at", "id"),
    Index("ix_notices_user", "user", "id"),
    Index(
        "ix_notices_urgent",
        "user",
        "id",
        sqlite_where=text("kind = 'urgent' AND read_at = ''"),
        postgresql_where=text("kind = 'urgent' AND read_at = ''"),
    ),
    Index(
        "ix_notices_urgent_record",
        "app",
        "record",
        sqlite_where=text("kind = 'urgent'"),
        postgresql_where=text("kind = 'urgent'"),
    ),
)

consumers = Table(
    "consumers",
    metadata,
    # Who follows the audit log, and the last entry they dealt with; of reminders the second (since
    # 1970) up to which they were written.
    Column("name", TEXT, primary_key=True),
    Column("seq", ID, nullable=False),
)

aside = Table(
    "notices_aside",
    metadata,
    # An entry of the audit log that could not be told of: how often, when it is tried again
    # (seconds since 1970), and the last error's type; its words may hold what a record says.
    Column("seq", ID, primary_key=True, autoincrement=False),
    Column("tries", Integer, nullable=False),
    Column("again_at", ID, nullable=False),
    Column("error", TEXT, nullable=False),
)
