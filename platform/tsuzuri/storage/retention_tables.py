"""Tables of retention: what must stay, what is to be erased, what was, and files to take away."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, PrimaryKeyConstraint, Table

from tsuzuri.storage.tables import ID, TEXT, metadata

holds = Table(
    "legal_holds",
    metadata,
    Column("app", Integer, nullable=False),
    Column("record", ID, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    PrimaryKeyConstraint("app", "record"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("app", Integer, nullable=False),
    Column("record", ID, nullable=False),
    # Who proposes it, when and why; the reason goes when the record does.
    Column("by", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False, server_default=""),
    # The second person; empty while it is a proposal.
    Column("approved_by", TEXT, nullable=False, server_default=""),
    Column("approved_at", TEXT, nullable=False, server_default=""),
    # The database file itself was cleaned since, so that nothing lingers in free space.
    Column("done", Boolean, nullable=False, server_default="0"),
    PrimaryKeyConstraint("app", "record"),
)

leftovers = Table(
    "erased_files",
    metadata,
    # Files of erased records, to be removed once that is certain; a stop in between loses none.
    Column("key", TEXT, primary_key=True),
)
