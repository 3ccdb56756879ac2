"""Telling people of what was done to records that concern them.

The audit log is the record of what was done; a row remembers the last entry dealt with.  Notices
are written in the transaction that moves it, so a kill neither loses nor doubles any, and of two
processes at the same entries one writes nothing.

Who is told: of a comment, a change or a step of a record, whoever wrote the record or a comment
under it.  Nobody is told of their own deed, or of what they would not see at that moment.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from tsuzuri.access.actors import Actor
from tsuzuri.definitions.model import App
from tsuzuri.errors import Unknown
from tsuzuri.services import history
from tsuzuri.services.platform import Platform
from tsuzuri.storage import deeds, notices
from tsuzuri.storage.deeds import Deed
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.imports import meeting
from tsuzuri.storage.notices import Notice
from tsuzuri.storage.people import Directory
from tsuzuri.storage.watching import watch

log = logging.getLogger(__name__)

NAME = "notices"
KINDS: Mapping[str, str] = {
    "comment.add": "comment",
    "record.change": "change",
    "status.change": "status",
}
"""What is told of, as notices call it."""
STEP = 100
"""Entries dealt with in one transaction."""
NEAR = timedelta(seconds=5)
"""A change is written down in the history this long before its entry is sealed, at most."""
PATIENCE = 1.0
ERRAND = Errand("who has to do with a record")


def run(platform: Platform) -> None:
    """Deal with everything that was done since the last time."""
    while _step(platform):
        pass


def _step(platform: Platform) -> bool:
    """Deal with the next entries; tell whether there were any."""
    with platform.database.platform() as connection:
        seq = notices.dealt_with(connection, NAME)
        found = deeds.after(connection, seq, STEP)
    if not found:
        return False
    apps, directory = platform.apps, platform.directory
    told = [
        notice
        for deed in found
        if deed.action in KINDS and deed.app in apps
        for record in deed.records
        for notice in _told(platform, directory, apps[deed.app], deed, record)
    ]
    with platform.database.platform(writing=True) as connection:
        if notices.move(connection, NAME, was=seq, to=found[-1].seq):
            notices.add(connection, told)
    return True


def _told(
    platform: Platform, directory: Directory, app: App, deed: Deed, record: int
) -> Iterator[Notice]:
    with platform.database.read(ERRAND) as connection:
        involved = notices.involved(connection, app, record)
    for user in involved:
        actor = directory.actor(user, platform.config.zone)
        if user == deed.by or actor is None:
            continue
        about = _about(platform, actor, deed, record)
        if about:
            yield Notice(
                id=new_ids.new(),
                user=user,
                app=app.number,
                record=record,
                kind=KINDS[deed.action],
                about=about,
                by=deed.by,
                at=deed.at,
            )


def _about(platform: Platform, actor: Actor, deed: Deed, record: int) -> int:
    """Return the id of what somebody sees of a deed; 0 if they see nothing of it."""
    try:
        access = platform.admit(actor, deed.app)
        if deed.comment:
            with platform.reading(access) as reading, reading.searching():
                seen = meeting(reading, [record], access.rows["view"])
            return deed.comment if seen else 0
        past = history.changes(platform, access, record)
    except Unknown:
        return 0
    # A hidden change right after an open one finds the open one, of which they were told.
    until = datetime.fromisoformat(deed.at)
    since = (until - NEAR).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for one in past:
        if one.action != "create" and one.by == deed.by and since <= one.at <= deed.at:
            return one.id
    return 0


class Noticer:
    """The thread of a server that tells people, whichever process did what they are told of."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="noticer", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self, *, wait: float = 0.0) -> None:
        """End after what is at hand, and give the thread ``wait`` seconds for it."""
        self._stopped.set()
        if wait:
            self._thread.join(wait)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
            except Exception:
                # The database may be away for a while; what was done meanwhile is in the log.
                log.exception("noticer")
                self._stopped.wait(PATIENCE)

    def _follow(self) -> None:
        watcher = watch(self._platform.database)
        try:
            run(self._platform)
            while not self._stopped.is_set():
                if watcher.wait(PATIENCE):
                    run(self._platform)
        finally:
            watcher.close()
