"""The audit log read by auditors: searched, and proved to be as it was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Denied
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, audit_archives, audit_reading
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.audit_reading import Asked, Found
from tsuzuri.storage.guard import Errand

PROVING = Errand("the log is proved")
MOST = 50_000
"""Entries of one file; more are asked for by day."""
Anchor = tuple[int, str]
"""A head that was kept elsewhere: the number of an entry and its hash."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the check of the log found: ``bad`` is the first entry that is not as written."""

    entries: int
    head: str
    bad: int | None
    archives: int
    archived: int


def verify(platform: Platform, anchors: Sequence[Anchor] = ()) -> Proof:
    """Check the log in the database, and that it holds every head that was kept elsewhere.

    It begins where the last archive ends (see ``audit_archiving`` for these).
    """
    with platform.database.read(PROVING) as connection:
        entries, head = audit.head(connection)
        bad = audit.first_bad(connection, platform.config.key("audit"), anchors)
        archives = len(audit_archives.rows(connection))
        archived = audit_archives.through(connection)
    return Proof(entries, head, bad, archives, archived)


def head(platform: Platform) -> Anchor:
    """Return the number and the hash of the last entry, to be kept elsewhere."""
    with platform.database.platform() as connection:
        return audit.head(connection)


def exported(platform: Platform, actor: Actor) -> Iterator[str]:
    """Yield every entry as a line of JSON, the oldest first; that this was done is noted."""
    with platform.changing(actor) as connection:
        audit.note(connection, Entry(action="audit.export"))
    with platform.database.platform() as connection:
        for sealed, hash_ in audit.chain(connection):
            yield audit.canonical({**asdict(sealed), "hash": hash_})


def archived_to(platform: Platform) -> str:
    """Return up to when (UTC ISO text) the log was moved to files; nothing if it never was."""
    with platform.database.platform() as connection:
        return audit_archives.last_at(connection)


def search(platform: Platform, actor: Actor, asked: Asked) -> list[Found]:
    """Return entries, the newest first; that somebody looked is noted.

    Raises ``Denied`` for anybody but an auditor.
    """
    if not actor.audits:
        raise Denied
    with platform.changing(actor) as connection:
        audit.note(connection, Entry(action="audit.search", app=asked.app, record=asked.record))
    with platform.database.platform() as connection:
        return audit_reading.search(connection, asked)


def taken(platform: Platform, actor: Actor, asked: Asked) -> Iterator[Found]:
    """Yield every entry that is asked for, the newest first, up to one more than ``MOST``.

    That somebody took them is noted before the first.  Raises ``Denied`` for all but auditors.
    """
    if not actor.audits:
        raise Denied
    narrowed = [name for name in ("user", "action", "since", "until") if getattr(asked, name)]
    entry = Entry(
        action="audit.export", app=asked.app, record=asked.record, detail={"by": narrowed}
    )
    with platform.changing(actor) as connection:
        audit.note(connection, entry)
    return islice(_all(platform, asked), MOST + 1)


def _all(platform: Platform, asked: Asked) -> Iterator[Found]:
    """Yield entries page by page, so that no connection waits for a slow reader."""
    while True:
        with platform.database.platform() as connection:
            found = audit_reading.search(connection, asked)
        yield from found
        if len(found) < audit_reading.PAGE:
            return
        asked = replace(asked, before=found[-1].seq)
