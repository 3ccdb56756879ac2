"""Telling open pages what happened: one thread a process that follows what was done.

It asks the gate for each reader anew, at the moment something happened, and writes down what is
about to be shown before any of it leaves.  What it hands on are sights, not texts: how they look
is the pages' business.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from tsuzuri.access.actors import Actor
from tsuzuri.services import live
from tsuzuri.services.live import Sight
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, deeds
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.deeds import Deed
from tsuzuri.storage.threads import Said
from tsuzuri.storage.watching import Watch, watch

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds between two looks whether there is anything left to do."""
PER_SESSION = 6
"""Pages of one session that are told at once; the others ask now and then."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as its reader would see it now."""

    sight: Sight


@dataclass(frozen=True, slots=True)
class Gone:
    """The record is not there for the reader any more."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A list is not as it was, or what changed could not be told: the page is to ask again."""


@dataclass(frozen=True, slots=True)
class Over:
    """The reader is signed in no more, or the server is about to stop."""


Word = Shown | Gone | Moved | Over


@dataclass(eq=False, slots=True)
class Follower:
    """One open page: of a record, or of an app's list where ``record`` is 0.

    ``eyes`` tells who looks at it now, None once nobody may.
    """

    app: str
    record: int
    session: str
    eyes: Callable[[], Actor | None]
    mark: str = ""
    words: SimpleQueue[Word] = field(default_factory=SimpleQueue)


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

    def _look(self) -> None:
        while True:
            with self._platform.database.platform() as connection:
                found = deeds.after(connection, self._seq)
            if not found:
                return
            self._tell(found)
            self._seq = found[-1].seq

    def _tell(self, found: Sequence[Deed]) -> None:
        """Tell everybody whom these deeds concern; what is shown is noted first."""
        touched: dict[str, set[int]] = defaultdict(set)
        for deed in found:
            touched[deed.app].update(deed.records)
        said: dict[tuple[str, int], Said] = {}
        words: list[tuple[Follower, Actor | None, Word]] = []
        for one in self._present():
            records = touched.get(one.app, set())
            if one.record in records or (records and not one.record):
                words.extend(self._word(one, records, said))
        self._note(words)
        for follower, _, word in words:
            follower.words.put(word)

    def _word(
        self, one: Follower, records: Iterable[int], said: dict[tuple[str, int], Said]
    ) -> Iterator[tuple[Follower, Actor | None, Word]]:
        """Yield what to tell a follower, and in whose name; nothing if all is as it was."""
        actor = one.eyes()
        if actor is None:
            yield one, None, Over()
        elif not one.record:
            if live.concerns(self._platform, actor, one.app, tuple(records)):
                yield one, None, Moved()
        else:
            seen = self._sight(actor, one, said)
            if seen is None:
                yield one, None, Gone()
            elif seen.mark != one.mark:
                one.mark = seen.mark
                yield one, actor, Shown(seen)

    def _sight(
        self, actor: Actor, one: Follower, known: dict[tuple[str, int], Said]
    ) -> Sight | None:
        """Return what a follower would see; what was said is read once for all of them."""
        found = live.seen_again(
            self._platform, actor, one.app, one.record, known.get((one.app, one.record))
        )
        if found is not None:
            known[one.app, one.record] = found.said
        return found

    def _note(self, words: Sequence[tuple[Follower, Actor | None, Word]]) -> None:
        """Write down who is about to be shown what, all in one transaction."""
        shown: Mapping[Follower, Actor] = {
            follower: actor
            for follower, actor, word in words
            if actor is not None and isinstance(word, Shown)
        }
        if not shown:
            return
        with self._platform.database.platform(writing=True) as connection:
            for follower, actor in shown.items():
                # The ledger of the request that opened the page was sealed with its answer.
                origin = replace(actor.origin, ledger=None)
                with self._platform.trailing(connection, replace(actor, origin=origin)):
                    entry = Entry(action="read.live", app=follower.app, record=follower.record)
                    audit.note(connection, entry)
