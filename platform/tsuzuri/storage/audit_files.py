"""Files of audit entries that have left the database: one line of JSON each, with its hash.

A file is whole and on the disk before the database lets go of what it holds.  The same entries
make the same bytes, so whoever was interrupted begins again and meets their own file.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from hashlib import file_digest
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from tsuzuri.errors import Invalid, Message, Problem, message
from tsuzuri.storage import audit, audit_archives
from tsuzuri.storage.audit import REASON, Sealed
from tsuzuri.storage.audit_archives import Archive, reasons
from tsuzuri.storage.audit_tables import entries
from tsuzuri.storage.files import sync

LONGEST = 1024 * 1024
"""Bytes of a line; an entry of 500 records has some ten thousand."""
BROKEN = (OSError, EOFError, zlib.error, ValueError, TypeError, RecursionError)
"""What reading a file that is none of ours may raise."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that stands in its place, and what else is known of its entries."""

    archive: Archive
    reasons: AbstractSet[tuple[str, int, str]]


def movable(connection: Connection, before: str, most: int) -> tuple[int, int]:
    """Return after which entry and up to which one entries may leave the log.

    They are the oldest ones up to the first that is not from before a moment, ``most`` at once.
    """
    after = audit_archives.through(connection)
    stays = connection.execute(
        select(entries.c.seq).where(entries.c.at >= before).order_by(entries.c.seq).limit(1)
    ).scalar()
    last = audit.head(connection)[0] if stays is None else int(stays) - 1
    return after, min(last, after + most)


def write(
    connection: Connection, key: bytes, folder: Path, *, after: int, through: int
) -> Written | None:
    """Write entries into a file in ``folder`` and prove them; None where they are not as written.

    Raises ``Invalid`` for another file of the same name, which is never replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / audit_archives.file_name(after, through)
    handle, name = tempfile.mkstemp(prefix=".audit-", dir=folder)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            # Neither name nor time stand in it.
            with gzip.GzipFile(filename="", fileobj=out, mode="wb", mtime=0) as packed:
                written = _poured(connection, key, packed, after=after, through=through)
            out.flush()
            os.fsync(out.fileno())
        if written is None:
            return None
        digest = _digest(partial)
        if target.exists() and _digest(target) != digest:
            raise _refused(message("同じ名前の別のファイルがあります: {name}", name=str(target)))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    sync(folder)
    return replace(written, archive=replace(written.archive, sha256=digest))


def _refused(sentence: Message) -> Invalid:
    return Invalid([Problem("", sentence)])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _poured(
    connection: Connection, key: bytes, out: gzip.GzipFile, *, after: int, through: int
) -> Written | None:
    """Write the lines of entries; None where one is missing or not as it was written."""
    known = audit_archives.rows(connection)
    last = known[-1].archive.hash if known else audit.START
    seq, first_at, last_at = after, "", ""
    told: set[tuple[str, int, str]] = set()
    for sealed, stored in audit.chain(connection, after=after, through=through):
        seq += 1
        last = audit.link(key, last, sealed)
        if sealed.seq != seq or last != stored:
            return None
        first_at = min(first_at or sealed.at, sealed.at)
        last_at = max(last_at, sealed.at)
        detail = json.loads(sealed.detail)
        if REASON in detail:
            told.add((sealed.app, sealed.record, str(detail[REASON])))
        out.write(audit.canonical({**asdict(sealed), "hash": stored}).encode() + b"\n")
    if seq != through:
        return None
    archive = Archive(
        through=through, after=after, hash=last, sha256="", first_at=first_at, last_at=last_at
    )
    return Written(archive, told)


def let_go(connection: Connection, key: bytes, written: Written) -> None:
    """Note that a file holds these entries, and take them out of the database."""
    audit_archives.add(connection, key, written.archive)
    if written.reasons:
        names = ("app", "record", "hash")
        rows = [dict(zip(names, one, strict=True)) for one in sorted(written.reasons)]
        known = set(map(tuple, connection.execute(select(*(reasons.c[one] for one in names)))))
        fresh = [row for row in rows if tuple(row.values()) not in known]
        if fresh:
            connection.execute(insert(reasons), fresh)
    connection.execute(delete(entries).where(entries.c.seq <= written.archive.through))


def first_bad(
    path: Path, key: bytes, archive: Archive, *, last: str, anchors: dict[int, str]
) -> int | None:
    """Return the first entry of a file that is not as it was written; None if all are.

    ``last`` is the hash before them.  Where only the file's bytes differ, it is the first of all.
    ``anchors`` that were met are taken out.
    """
    seq = archive.after
    try:
        for sealed, stored in _lines(path):
            seq += 1
            last = audit.link(key, last, sealed)
            held = seq <= archive.through and sealed.seq == seq and stored == last
            if not held or anchors.pop(seq, last) != last:
                return min(seq, archive.through)
    except BROKEN:
        return min(seq + 1, archive.through)
    if (seq, last) != (archive.through, archive.hash):
        return min(seq + 1, archive.through)
    return None if _digest(path) == archive.sha256 else archive.after + 1


def _lines(path: Path) -> Iterator[tuple[Sealed, Any]]:
    with gzip.open(path) as lines:
        while line := lines.readline(LONGEST):
            told = json.loads(line.decode())
            stored = told.pop("hash", "") if isinstance(told, dict) else ""
            yield Sealed(**told), stored
