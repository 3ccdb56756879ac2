"""Tables of mails: what waits to be sent, and who wants which notices by mail."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table

from tsuzuri.storage.tables import ID, TEXT, metadata

mails = Table(
    "mails",
    metadata,
    # The Message-ID follows from it.
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("user", TEXT, nullable=False),
    # The notice it tells of; 0: a daily mail, which tells of those that name it in ``daily``.
    Column("notice", ID, nullable=False, server_default="0"),
    Column("daily", ID, nullable=False, server_default="0"),
    # gathered, waiting, claimed, ending, or over: bundled, sent, unknown, refused, dropped
    Column("state", TEXT, nullable=False),
    # When it may be tried, or, while it is claimed, taken back from who does not finish.
    Column("due_at", TEXT, nullable=False),
    # Who is at it: a word of their own made by chance.
    Column("claim", TEXT, nullable=False, server_default=""),
    Column("tries", Integer, nullable=False, server_default="0"),
    # Where it failed and how, as in "RCPT 550"; never what the server said.
    Column("error", TEXT, nullable=False, server_default=""),
    Column("failed_at", TEXT, nullable=False, server_default=""),
    Column("made_at", TEXT, nullable=False),
    Column("done_at", TEXT, nullable=False, server_default=""),
    Index("ix_mails_due", "state", "due_at", "id"),
    Index("ix_mails_daily", "daily"),
)

wishes = Table(
    "mail_wishes",
    metadata,
    Column("user", TEXT, ForeignKey("users.code"), nullable=False),
    # A kind of notice, and how it comes: at_once, daily or none.
    Column("kind", TEXT, nullable=False),
    Column("way", TEXT, nullable=False),
    PrimaryKeyConstraint("user", "kind"),
)

quiet_hours = Table(
    "mail_quiet_hours",
    metadata,
    Column("user", TEXT, ForeignKey("users.code"), primary_key=True),
    # Full hours of the installation's day, from the first until before the second.
    Column("begins", Integer, nullable=False),
    Column("ends", Integer, nullable=False),
)
