"""Everybody whose page is open, at one moment: who looks, and what they would see now.

Asking for each of five hundred readers by themselves would take seconds.  Here sessions, people
and apps are read once for all of them; each reader's own rules are asked of the database still.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from threading import Lock
from typing import Any

from tsuzuri.access.actors import Actor, Origin
from tsuzuri.access.gate import Access, admit
from tsuzuri.services import interview, sessions, viewing
from tsuzuri.services.live import Sight
from tsuzuri.services.platform import Platform
from tsuzuri.storage import revisions, threads
from tsuzuri.storage.database import Connection
from tsuzuri.storage.imports import meeting
from tsuzuri.storage.records import Records
from tsuzuri.storage.threads import Said


class Drawn:
    """What was drawn of a record, kept for everybody to whom it looks the same."""

    def __init__(self) -> None:
        self._texts: dict[Any, str] = {}
        self._lock = Lock()

    def once(self, key: Hashable, draw: Callable[[], str]) -> str:
        """Return what ``draw`` gives, which is asked only once for each ``key``.

        Hundreds of pages ask in the same moment; without the lock each would draw by itself.
        """
        with self._lock:
            if key not in self._texts:
                self._texts[key] = draw()
            return self._texts[key]


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as its reader would see it now; ``drawn`` is shared by all who are told of it."""

    sight: Sight
    drawn: Drawn


@dataclass(frozen=True, slots=True)
class Gone:
    """The record is not there for the reader any more."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A list is not as it was, or what changed could not be told: the page is to ask again."""


@dataclass(frozen=True, slots=True)
class Editing:
    """Others write in a record now, or do no more: those whom the reader may know."""

    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """The reader is signed in no more, or the server is about to stop."""


Word = Shown | Gone | Moved | Editing | Over


@dataclass(eq=False, slots=True, kw_only=True)
class Follower:
    """One open page: of a record, or of an app's list where ``record`` is 0.

    ``draft``: of one that is still being written.

    ``session`` is the hash of its reader's session, ``origin`` from where they look, ``sight`` what
    the page shows, ``editing`` who writes in the record as far as the page was told, ``writers``
    who does at all.
    """

    app: str
    record: int
    session: str
    draft: bool = False
    origin: Origin = field(default=Origin())
    sight: Sight | None = None
    editing: tuple[str, ...] = ()
    writers: frozenset[str] = frozenset()
    words: SimpleQueue[Word] = field(default_factory=SimpleQueue)


class Audience:
    """The readers of some open pages, as they are now."""

    def __init__(
        self, platform: Platform, connection: Connection, followers: Iterable[Follower]
    ) -> None:
        self._platform = platform
        self._connection = connection
        self._now = platform.clock()
        self._apps = platform.apps
        self._directory = platform.directory
        self._sessions = sessions.living(platform, {one.session for one in followers})
        self._accesses: dict[tuple[str, str, str], Access | None] = {}
        self._said: dict[tuple[str, int], Said] = {}
        self._sights: dict[tuple[int, int, int, bool], Sight | None] = {}
        self._drawn: dict[tuple[str, int], Drawn] = {}

    def actor(self, follower: Follower) -> Actor | None:
        """Return who looks at a page; None once they are signed in no more."""
        kept = self._sessions.get(follower.session)
        if kept is None:
            return None
        found = self._directory.actor(kept.user, self._platform.config.zone)
        if found is None:
            return None
        real = replace(found, origin=follower.origin)
        return viewing.eyes(self._platform, real, kept)

    def access(self, actor: Actor, code: str) -> Access | None:
        """Return what somebody may do in an app that they may view; None for any other."""
        onlooker = actor.onlooker.user if actor.onlooker else ""
        key = (actor.user, onlooker, code)
        if key not in self._accesses:
            app = self._apps.get(code)
            found = admit(actor, app, self._now) if app else None
            self._accesses[key] = found if found is not None and found.may("view") else None
        return self._accesses[key]

    def sees_any(self, access: Access, records: Collection[int]) -> bool:
        """Tell whether somebody sees one of these records."""
        return bool(meeting(self._records(access), list(records), access.rows["view"]))

    def sight(self, access: Access, follower: Follower, *, changed: bool) -> Sight | None:
        """Return what somebody would see of a record; None where it is not there for them.

        Values are asked for only where they were ``changed``.
        """
        before = follower.sight
        values = before.values if before is not None and not changed else 0
        key = (id(access), follower.record, values, follower.draft)
        if key not in self._sights:
            self._sights[key] = (
                interview.sight(self._connection, access, follower.record)
                if follower.draft
                else self._look(access, follower.record, values)
            )
        return self._sights[key]

    def _look(self, access: Access, record: int, values: int) -> Sight | None:
        records = self._records(access)
        if not records.sees(record):
            return None
        if not values:
            with records.searching():
                values = revisions.of(records, records.get(record))
        place = (access.app.code, record)
        if place not in self._said:
            self._said[place] = threads.said(self._connection, access.whole, record)
        return Sight(self._said[place], values)

    def drawn(self, follower: Follower) -> Drawn:
        """Return what is drawn of a record for everybody who is told now."""
        return self._drawn.setdefault((follower.app, follower.record), Drawn())

    def _records(self, access: Access) -> Records:
        return Records(self._connection, access, self._platform.principals)


Touched = Mapping[str, Mapping[int, bool]]
"""By app: the records that something happened to, and whether their values may have changed."""
