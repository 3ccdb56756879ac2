"""The audit log: entries that are only ever added, each sealed to the one before it.

Whoever writes notes what they do on their connection; when their transaction ends, the entries
are sealed into the chain within it, so that a change and its entry stand together or not at all.

    hash(n) = HMAC-SHA256(key, hash(n-1) || canonical JSON of entry n)

A chain alone does not tell that its end was cut off, or that all of it was written anew by
somebody with the key: for that a head is kept elsewhere (``anchors`` of ``verify``).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tsuzuri.access.actors import Actor
from tsuzuri.storage import audit_archives, audit_index, patience
from tsuzuri.storage import audit_tables as tables
from tsuzuri.storage.guard import Errand

START = "0" * 64
"""Stands for the hash before the first entry."""
NAMED = 500
"""Records one entry names; more take several entries."""
REASON = "reason"
"""The detail that names a text in ``audit_values``."""


class Untrailed(RuntimeError):
    """Something is noted on a connection that keeps no trail: a mistake in the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing somebody did.

    ``action`` is ``subject.verb`` (``record.change``, ``session.start``); ``app`` the app's code;
    ``record`` 0 where it is about none; ``detail`` holds codes, counts and ids, never values of
    fields; ``reason`` a text the person gave.
    """

    action: str
    app: str = ""
    record: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An entry as it stands in the log, without its hash."""

    seq: int
    at: str
    user: str
    agency: str
    door: str
    address: str
    session: str
    action: str
    app: str
    record: int
    detail: str


@dataclass(slots=True)
class Trail:
    """What one transaction has noted so far, in whose name, at which moment (UTC ISO text)."""

    actor: Actor
    at: str
    entries: list[Entry] = field(default_factory=list)


def note(connection: Connection, entry: Entry) -> None:
    """Note what is done on a connection; it is sealed when the transaction ends.

    Work that no person asks for (an errand) is not noted.
    """
    options = connection.get_execution_options()
    trail: Trail | None = options.get("trail")
    if trail is not None:
        trail.entries.append(entry)
    elif not isinstance(options.get("access"), Errand):
        raise Untrailed(entry.action)


def many(action: str, app: str, records: Sequence[int]) -> Iterator[Entry]:
    """Yield the entries of something done with many records, each of them named."""
    for start in range(0, len(records), NAMED):
        some = list(records[start : start + NAMED])
        yield Entry(action=action, app=app, detail={"records": some, "count": len(some)})


def seal(connection: Connection, key: bytes, *trails: Trail) -> None:
    """Add the entries of trails to the chain; the transaction holds the head until it ends."""
    entries = [(trail, entry) for trail in trails for entry in trail.entries]
    if not entries:
        return
    seq, last = hold(connection)
    audit_index.keep(
        connection, [(seq + place, one.detail) for place, (_, one) in enumerate(entries, 1)]
    )
    rows = []
    for trail, entry in entries:
        seq += 1
        sealed = _sealed(connection, key, trail, entry=entry, seq=seq)
        last = link(key, last, sealed)
        rows.append({**asdict(sealed), "hash": last})
    connection.execute(insert(tables.entries), rows)
    connection.execute(update(tables.head).where(tables.head.c.id == 1).values(seq=seq, hash=last))
    for trail in trails:
        trail.entries.clear()


def hold(connection: Connection) -> tuple[int, str]:
    """Return the chain's head, held against other writers until the transaction ends."""
    found = connection.execute(
        select(tables.head.c.seq, tables.head.c.hash).where(tables.head.c.id == 1).with_for_update()
    ).one()
    return found.seq, found.hash


def _sealed(connection: Connection, key: bytes, trail: Trail, *, entry: Entry, seq: int) -> Sealed:
    detail = dict(entry.detail)
    if entry.reason:
        detail[REASON] = _kept(connection, key, entry.reason)
    actor, origin = trail.actor, trail.actor.origin
    if origin.viewed_by:
        detail["as"] = actor.user
    return Sealed(
        seq=seq,
        at=trail.at,
        user=origin.viewed_by or actor.user,
        agency=actor.agency,
        door=origin.door,
        address=origin.address,
        session=origin.session,
        action=entry.action,
        app=entry.app,
        record=entry.record,
        detail=canonical(detail),
    )


def _kept(connection: Connection, key: bytes, text: str) -> str:
    """Keep a text beside the log and return what names it."""
    name = hmac.new(key, b"value:" + text.encode(), sha256).hexdigest()
    table = tables.values
    # Not asked for first: one statement more or less would tell that somebody wrote this before.
    insert_new = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert_new(table).values(hash=name, value=text).on_conflict_do_nothing())
    return name


def canonical(detail: Mapping[str, Any]) -> str:
    """Return the one way to write a detail as JSON."""
    return json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(key: bytes, last: str, sealed: Sealed) -> str:
    """Return the hash of an entry that follows the one whose hash is ``last``."""
    return hmac.new(key, last.encode() + canonical(asdict(sealed)).encode(), sha256).hexdigest()


def chain(
    connection: Connection, *, after: int = 0, through: int = 0
) -> Iterator[tuple[Sealed, str]]:
    """Yield the entries after ``after``, up to ``through`` if given, each with its stored hash."""
    seq = tables.entries.c.seq
    statement = select(tables.entries).where(seq > after).order_by(seq)
    if through:
        statement = statement.where(seq <= through)
    for row in patience.streamed(connection, statement, 1000):
        named = row._mapping  # noqa: SLF001  SQLAlchemy's public name
        yield Sealed(**{name: named[name] for name in Sealed.__slots__}), named["hash"]


def head(connection: Connection) -> tuple[int, str]:
    """Return the number and hash of the last entry (0 and ``START`` before the first)."""
    found = connection.execute(
        select(tables.head.c.seq, tables.head.c.hash).where(tables.head.c.id == 1)
    ).one()
    return found.seq, found.hash


def first_bad(
    connection: Connection, key: bytes, anchors: Sequence[tuple[int, str]] = ()
) -> int | None:
    """Return the number of the first entry that is not as it was written; None if all are.

    ``anchors`` are heads (number, hash) that were kept elsewhere: with one, a log that was cut
    short or written anew does not pass either.  Entries in archives are vouched for by the rows
    about these; what the files hold is proved by ``audit_files``.
    """
    expected = dict(anchors)
    archived = audit_archives.rows(connection)
    if bad := audit_archives.first_unsound(key, archived):
        return bad
    last, seq = START, 0
    for row in archived:
        seq, last = row.archive.through, row.archive.hash
        if expected.pop(seq, last) != last:
            return seq
    expected = {number: hash_ for number, hash_ in expected.items() if number > seq}
    for sealed, stored in chain(connection):
        seq += 1
        if sealed.seq != seq:
            return min(sealed.seq, seq)
        last = link(key, last, sealed)
        same = hmac.compare_digest(last.encode(), stored.encode())
        if not same or expected.pop(seq, last) != last:
            return seq
    whole = not expected and head(connection) == (seq, last)
    return None if whole else seq + 1
