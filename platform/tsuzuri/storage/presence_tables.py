"""The table of open forms: who is writing in which record just now."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table

from tsuzuri.storage.tables import ID, TEXT, metadata

presences = Table(
    "presences",
    metadata,
    Column("app", Integer, primary_key=True),
    Column("record", ID, primary_key=True),
    # The hash of a session: somebody signed in at two places has two forms open.
    Column("session", TEXT, primary_key=True),
    Column("user", TEXT, nullable=False),
    Column("seen_at", TEXT, nullable=False),
    Index("ix_presences_seen", "seen_at"),
)
