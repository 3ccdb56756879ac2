"""Tables of the audit log: entries in a chain, the chain's head, and texts kept beside it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table

from tsuzuri.storage.tables import ID, TEXT, metadata

entries = Table(
    "audit_entries",
    metadata,
    # 1, 2, 3, … without a gap.
    Column("seq", ID, primary_key=True, autoincrement=False),
    Column("at", TEXT, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("agency", TEXT, nullable=False),
    Column("door", TEXT, nullable=False),
    Column("address", TEXT, nullable=False),
    Column("session", TEXT, nullable=False),
    Column("action", TEXT, nullable=False),
    Column("app", TEXT, nullable=False),
    Column("record", ID, nullable=False, server_default="0"),
    # Codes of fields, counts and references as canonical JSON; never what a record says.
    Column("detail", TEXT, nullable=False),
    # HMAC-SHA256 over the hash before and everything above, in hexadecimal.
    Column("hash", TEXT, nullable=False),
    Index("ix_audit_entries_record", "record", "seq"),
    Index("ix_audit_entries_user", "user", "seq"),
    Index("ix_audit_entries_action", "action", "seq"),
)

named = Table(
    "audit_named",
    metadata,
    # A record that some entry of a block names in a list; see audit_index.
    Column("record", ID, primary_key=True, autoincrement=False),
    Column("block", ID, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

values = Table(
    "audit_values",
    metadata,
    # Texts people gave (reasons), named by their keyed hash so that they can be erased without
    # breaking the chain.
    Column("hash", TEXT, primary_key=True),
    Column("value", TEXT, nullable=False),
)

head = Table(
    "audit_head",
    metadata,
    # One row: the writer of the next entry holds it.
    Column("id", Integer, primary_key=True),
    Column("seq", ID, nullable=False),
    Column("hash", TEXT, nullable=False),
)
