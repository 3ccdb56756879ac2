"""Telling open pages what happened: one thread a process that follows what was done.

It asks the gate for each reader anew, at the moment something happened, and writes down what is
about to be shown before any of it leaves.  What it hands on are sights, not texts: how they look
is the pages' business.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tsuzuri.access.actors import Actor
from tsuzuri.services.audience import (
    Audience,
    Editing,
    Follower,
    Gone,
    Moved,
    Over,
    Shown,
    Touched,
    Word,
)
from tsuzuri.services.platform import Platform
from tsuzuri.services.presence import known, since
from tsuzuri.storage import audit, deeds, presence
from tsuzuri.storage.audit import Entry, Trail
from tsuzuri.storage.deeds import Deed
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.watching import Watch, watch

log = logging.getLogger(__name__)

TELLING = Errand("open pages are told")
PATIENCE = 1.0
"""Seconds between two looks whether there is anything left to do."""
PER_SESSION = 6
"""Pages of one session that are told at once; the others ask now and then."""

Told = tuple[Follower, Actor | None, Word]
"""A word for somebody, and whose name it is noted under if it shows anything."""


class Hub:
    """The followers of one process, and the thread that tells them."""

    def __init__(self, platform: Platform, most: int) -> None:
        self._platform = platform
        self._most = most
        self._followers: set[Follower] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._seq = 0

    def join(self, follower: Follower) -> bool:
        """Tell ``follower`` from now on; False where this session or server has no room."""
        with self._lock:
            mine = sum(one.session == follower.session for one in self._followers)
            if len(self._followers) >= self._most or mine >= PER_SESSION:
                return False
            if self._stopped.is_set():
                return False
            self._followers.add(follower)
            if self._thread is None:
                # Before the follower looks at anything: what is done later is told.
                with self._platform.database.platform() as connection:
                    self._seq, _ = audit.head(connection)
                self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
                self._thread.start()
        return True

    def leave(self, follower: Follower) -> None:
        """Tell ``follower`` nothing more."""
        with self._lock:
            self._followers.discard(follower)

    def stop(self, *, wait: float = 0.0) -> None:
        """Let every follower go, and give the thread ``wait`` seconds to end."""
        self._stopped.set()
        for one in self._present():
            one.words.put(Over())
        if wait and self._thread is not None:
            self._thread.join(wait)

    def _present(self) -> list[Follower]:
        with self._lock:
            return list(self._followers)

    def _run(self) -> None:
        while not self._stopped.is_set():
            watcher: Watch | None = None
            try:
                watcher = watch(self._platform.database)
                self._follow(watcher)
            except Exception:
                # The database may be away for a while; open pages outlast that.
                log.exception("hub")
                self._stopped.wait(PATIENCE)
            finally:
                if watcher is not None:
                    watcher.close()

    def _follow(self, watcher: Watch) -> None:
        # What was done before the watcher stood is waited for by nobody else.
        self._look()
        while not self._stopped.is_set():
            if watcher.wait(PATIENCE):
                self._look()
            self._look_who_edits()

    def _look_who_edits(self) -> None:
        """Tell the pages of records who began to write there, or stopped; no entry says so."""
        followers = [one for one in self._present() if one.record]
        if not followers:
            return
        with self._platform.database.platform() as connection:
            found = presence.everywhere(connection, since=since(self._platform))
        if not found and not any(one.writers for one in followers):
            return
        numbers = {code: app.number for code, app in self._platform.apps.items()}
        concerned = []
        for one in followers:
            writers = found.get((numbers.get(one.app, 0), one.record), frozenset())
            if writers != one.writers:
                one.writers = writers
                concerned.append(one)
        if concerned:
            self._tell_editing(concerned)

    def _tell_editing(self, concerned: Sequence[Follower]) -> None:
        """Tell followers whom they may know; to whom nobody is new, nothing at all is said."""
        with self._platform.database.read(TELLING) as connection:
            audience = Audience(self._platform, connection, concerned)
            for one in concerned:
                actor = audience.actor(one)
                access = audience.access(actor, one.app) if actor else None
                if actor and access and audience.sees_any(access, [one.record]):
                    users = known(self._platform, actor, one.writers)
                    if users != one.editing:
                        one.editing = users
                        one.words.put(Editing(users))

    def _look(self) -> None:
        while True:
            with self._platform.database.platform() as connection:
                found = deeds.after(connection, self._seq)
            if not found:
                return
            self._tell(_touched(found))
            self._seq = found[-1].seq

    def _tell(self, touched: Touched) -> None:
        """Tell everybody whom deeds concern; what is shown is noted first."""
        concerned = [
            one
            for one in self._present()
            if one.app in touched and (not one.record or one.record in touched[one.app])
        ]
        if not concerned:
            return
        with self._platform.database.read(TELLING) as connection:
            audience = Audience(self._platform, connection, concerned)
            told = [one for follower in concerned if (one := _word(audience, follower, touched))]
        self._note(told)
        for follower, _, word in told:
            if isinstance(word, Shown):
                follower.sight = word.sight
            follower.words.put(word)

    def _note(self, told: Iterable[Told]) -> None:
        """Write down who is about to be shown what, all in one transaction."""
        at = self._platform.stamp()
        trails = [
            Trail(actor, at, [Entry(action="read.live", app=one.app, record=one.record)])
            for one, actor, word in told
            if actor is not None and isinstance(word, Shown)
        ]
        if trails:
            with self._platform.database.platform(writing=True) as connection:
                audit.seal(connection, self._platform.config.key("audit"), *trails)


def _touched(found: Sequence[Deed]) -> Touched:
    touched: dict[str, dict[int, bool]] = defaultdict(dict)
    for deed in found:
        records = touched[deed.app]
        for record in deed.records:
            records[record] = records.get(record, False) or deed.action.startswith(CHANGING)
    return touched


CHANGING = ("record.", "status.")
"""How actions begin after which a record's values may be others."""


def _word(audience: Audience, follower: Follower, touched: Touched) -> Told | None:
    """Return what to tell a follower, and in whose name; None if all is as it was."""
    actor = audience.actor(follower)
    if actor is None:
        return follower, None, Over()
    records = touched[follower.app]
    access = audience.access(actor, follower.app)
    if not follower.record:
        if access is None or not audience.sees_any(access, records):
            return None
        return follower, None, Moved()
    changed = records[follower.record]
    seen = access and audience.sight(access, follower, changed=changed)
    if not seen:
        return follower, None, Gone()
    if follower.sight is not None and seen.mark == follower.sight.mark:
        return None
    return follower, actor, Shown(seen, audience.drawn(follower))
