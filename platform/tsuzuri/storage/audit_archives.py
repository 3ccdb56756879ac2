"""Which entries of the audit log were moved to files: one row for each file, sealed by the key.

The rows vouch for where the log in the database begins.  They are only ever added; the database
lets go of entries up to the last of them and of no other (see the triggers of migration 0003).
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

from sqlalchemy import Column, Connection, Table, func, insert, select

from tsuzuri.storage.tables import ID, TEXT, metadata

archives = Table(
    "audit_archives",
    metadata,
    # The last entry of the file, and the one before its first.
    Column("through", ID, primary_key=True, autoincrement=False),
    Column("after", ID, nullable=False),
    # The hash of the last entry, with which the chain goes on.
    Column("hash", TEXT, nullable=False),
    # SHA-256 of the file.
    Column("sha256", TEXT, nullable=False),
    Column("first_at", TEXT, nullable=False),
    Column("last_at", TEXT, nullable=False),
    # HMAC-SHA256 over all of the above.
    Column("seal", TEXT, nullable=False),
)

reasons = Table(
    "audit_archived_reasons",
    metadata,
    # Records whose entry with a reason is in a file: its text is erased along with them.
    Column("app", TEXT, primary_key=True),
    Column("record", ID, primary_key=True, autoincrement=False),
    Column("hash", TEXT, primary_key=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One file of entries: those after ``after`` up to ``through``."""

    through: int
    after: int
    hash: str
    sha256: str
    first_at: str
    last_at: str

    @property
    def entries(self) -> int:
        """How many entries there are."""
        return self.through - self.after

    @property
    def name(self) -> str:
        """What the file is called."""
        return file_name(self.after, self.through)

    def seal(self, key: bytes) -> str:
        """Return what proves that the program wrote the row."""
        told = "|".join(f"{name}={value}" for name, value in asdict(self).items())
        return hmac.new(key, b"archive:" + told.encode(), sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Row:
    """An archive with the seal that stands beside it."""

    archive: Archive
    seal: str


def file_name(after: int, through: int) -> str:
    """Return what the file of these entries is called."""
    return f"audit-{after + 1:012d}-{through:012d}.jsonl.gz"


def rows(connection: Connection) -> list[Row]:
    """Return every archive in the order of the log."""
    found = connection.execute(select(archives).order_by(archives.c.through)).mappings()
    return [
        Row(Archive(**{name: one[name] for name in Archive.__slots__}), one["seal"])
        for one in found
    ]


def through(connection: Connection) -> int:
    """Return the number of the last entry that is in a file; 0 if none is."""
    return int(
        connection.execute(select(func.coalesce(func.max(archives.c.through), 0))).scalar_one()
    )


def last_at(connection: Connection) -> str:
    """Return up to when entries are in files; nothing if none is."""
    return connection.execute(select(func.max(archives.c.last_at))).scalar() or ""


def add(connection: Connection, key: bytes, archive: Archive) -> None:
    """Write down that a file holds these entries."""
    connection.execute(insert(archives).values(**asdict(archive), seal=archive.seal(key)))


def first_unsound(key: bytes, kept: Sequence[Row]) -> int | None:
    """Return the first entry for which no row vouches though one should; None if all are sound."""
    last = 0
    for row in kept:
        one = row.archive
        sealed = one.seal(key).encode()
        if one.after != last or not hmac.compare_digest(sealed, row.seal.encode()):
            return last + 1
        last = one.through
    return None
