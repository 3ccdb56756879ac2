"""Tables of drafts: what somebody has begun to write, and whom they asked to help."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table

from tsuzuri.storage.tables import ID, TEXT, metadata

drafts = Table(
    "record_drafts",
    metadata,
    # The number the record will have: what is said about the draft stays with it.
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("app", Integer, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("agency", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("saved_at", TEXT, nullable=False),
    Column("revision", Integer, nullable=False),
    # Which open form saved it last: that one may go on, any other must have seen this revision.
    Column("tab", TEXT, nullable=False),
    # The form as it was typed, [[name, text], …], and what of it can be read, {code: wire}.
    Column("typed", TEXT, nullable=False),
    Column("values", TEXT, nullable=False),
    Index("ix_record_drafts_author", "author", "saved_at"),
    Index("ix_record_drafts_saved_at", "saved_at"),
)

guests = Table(
    "record_draft_guests",
    metadata,
    Column("draft", ID, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    PrimaryKeyConstraint("draft", "user"),
    Index("ix_record_draft_guests_user", "user"),
)
