"""Telling people of what was done to records that concern them.

The audit log is the record of what was done; a row remembers the last entry dealt with.  Notices
are written in the transaction that moves it, so a kill neither loses nor doubles any, and of two
processes at the same entries one writes nothing.  A deed that cannot be told of is set aside and
tried again later; those after it do not wait.

Who is told: of a comment, a change or a step of a record, whoever wrote the record or a comment
under it; to whom a comment is addressed, even where that is put right later; besides them whom the
app's own rules name.  Nobody is told of their own deed, or of what they would not see at that
moment.  What is urgent is told besides (``urgency``).

The same thread writes reminders (``reminding``).
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tsuzuri.access.actors import Actor
from tsuzuri.definitions.model import App
from tsuzuri.definitions.notify import TellRule
from tsuzuri.errors import Unknown
from tsuzuri.fields.moments import stamp
from tsuzuri.services import history, mentions, outbox, reminding, urgency
from tsuzuri.services.addressees import Addressees, Asked
from tsuzuri.services.platform import Platform
from tsuzuri.storage import aside, deeds, notices, threads
from tsuzuri.storage.aside import Aside
from tsuzuri.storage.deeds import Deed
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.notices import Notice
from tsuzuri.storage.people import Directory
from tsuzuri.storage.urgent import URGENT
from tsuzuri.storage.watching import watch

log = logging.getLogger(__name__)

NAME = "notices"
KINDS: Mapping[str, str] = {
    "comment.add": "comment",
    "record.change": "change",
    "status.change": "status",
    # Of other words nobody is told again, but of being addressed.
    "comment.edit": "",
}
"""What those who have to do with a record are told of, as notices call it."""
ON: Mapping[str, tuple[str, str]] = {
    "record.create": ("added", "add"),
    "record.change": ("edited", "change"),
    "comment.add": ("commented", "comment"),
    "status.change": ("status", "status"),
    "record.import": ("imported", "import"),
}
"""What an app's rules tell of, as they call it and as notices do."""
MENTION = "mention"
STEP = 100
"""Entries dealt with in one transaction."""
PATIENCE = 1.0
BATCH = 1000
"""Old notices removed in one transaction."""
TIDY = 3600.0
"""Seconds from one removal of old notices to the next."""
FIRST_AGAIN = 60
LONGEST_AGAIN = 6 * 3600
"""Seconds until a deed that could not be told of is tried again, at first and at most."""
ERRAND = Errand("who has to do with a record")


def run(platform: Platform) -> None:
    """Deal with everything that was done since the last time."""
    while _step(platform):
        pass
    _try_again(platform)


def run_all(platform: Platform) -> None:
    """Do once what a server does all the time: tell of deeds and of days, and tidy up."""
    run(platform)
    reminding.run(platform)
    forget(platform)


def forget(platform: Platform) -> None:
    """Remove notices that were read long ago."""
    days = platform.config.notice_days
    before = platform.clock() - timedelta(days=days)
    last, more = 0, days > 0
    while more:
        with platform.database.platform(writing=True) as connection:
            last = notices.remove_read(connection, before=stamp(before), after=last, limit=BATCH)
        more = last > 0


def _step(platform: Platform) -> bool:
    """Deal with the next entries; tell whether there were any."""
    with platform.database.platform() as connection:
        seq = notices.dealt_with(connection, NAME)
        found = deeds.after(connection, seq, STEP, deeds.HEARD)
    if not found:
        return False
    told, failed = _worked_out(platform, _by_file(found))
    seqs = {one.seq: failed[_source(one)] for one in found if _source(one) in failed}
    again = int(platform.clock().timestamp()) + FIRST_AGAIN
    with platform.database.platform(writing=True) as connection:
        if notices.move(connection, NAME, was=seq, to=found[-1].seq):
            outbox.tell(platform, connection, told)
            aside.put(
                connection,
                [Aside(seq=s, tries=1, again_at=again, error=e) for s, e in seqs.items()],
            )
    return True


def _worked_out(
    platform: Platform, found: Iterable[Deed]
) -> tuple[list[Notice], dict[tuple[object, ...], str]]:
    """Return what people are told of deeds, and why of some it could not be worked out.

    Whatever goes wrong with one of them, those after it do not wait.
    """
    telling = _Telling(platform)
    told: list[Notice] = []
    failed: dict[tuple[object, ...], str] = {}
    for deed in found:
        try:
            told += telling.of(deed)
        except Exception as error:  # noqa: BLE001  it is set aside, and tried again
            failed[_source(deed)] = type(error).__name__
            log.error("notices: entry %s failed: %s", deed.seq, type(error).__name__)  # noqa: TRY400  the error's words may hold what a record says
    return told, failed


def _try_again(platform: Platform) -> None:
    """Try what was set aside once more, each for itself, ever more rarely."""
    now = int(platform.clock().timestamp())
    with platform.database.platform() as connection:
        due = aside.due(connection, now, STEP)
        found = {one.seq: one for one in deeds.these(connection, [one.seq for one in due])}
    for one in due:
        told, failed = _worked_out(platform, [found[one.seq]] if one.seq in found else [])
        pause = min(FIRST_AGAIN * 2 ** min(one.tries, 20), LONGEST_AGAIN)
        with platform.database.platform(writing=True) as connection:
            aside.forget(connection, [one.seq])
            outbox.tell(platform, connection, told)
            for error in failed.values():
                later = replace(one, tries=one.tries + 1, again_at=now + pause, error=error)
                aside.put(connection, [later])


@dataclass(frozen=True, slots=True)
class State:
    """How far people were told: up to entry ``seq``, with ``waiting`` more to come.

    Reminders are written up to the second ``reminded`` (since 1970; 0: never yet).
    """

    seq: int
    waiting: int
    reminded: int
    aside: list[Aside]


def state(platform: Platform) -> State:
    """Return how far people were told."""
    with platform.database.platform() as connection:
        seq = notices.dealt_with(connection, NAME)
        return State(
            seq=seq,
            waiting=deeds.waiting(connection, seq),
            reminded=notices.dealt_with(connection, reminding.NAME),
            aside=aside.every(connection),
        )


def _by_file(found: Iterable[Deed]) -> list[Deed]:
    """Return deeds so that the entries of one file, which name some records each, are one."""
    joined: list[Deed] = []
    for deed in found:
        last = joined[-1] if joined else None
        if last and _source(last) == _source(deed):
            joined[-1] = replace(last, records=last.records + deed.records)
        else:
            joined.append(deed)
    return joined


def _source(deed: Deed) -> tuple[object, ...]:
    """Return what entries of one file have in common; another entry is by itself."""
    if deed.action == "record.import":
        return deed.action, deed.app, deed.by, deed.at
    return (deed.seq,)


class _Telling:
    """Works out who is told of deeds, as everybody is at this moment."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._apps = platform.apps
        self._addressees = Addressees(platform)

    def of(self, deed: Deed) -> Iterator[Notice]:
        """Yield what people are told of a deed; nobody is told of their own.

        Who is told that a comment is for them, or urgent, is not told of the comment as well.
        """
        told = list(self._of(deed))
        nearer = {one.user for one in told if one.kind in {MENTION, URGENT}}
        return (one for one in told if one.kind != "comment" or one.user not in nearer)

    def _of(self, deed: Deed) -> Iterator[Notice]:
        app = self._apps.get(deed.app)
        if app is None:
            return
        yield from urgency.told(self._platform, self._addressees, app, deed)
        if deed.action in KINDS:
            for record in deed.records:
                yield from self._involved(app, deed, record)
        if app.notify is not None and deed.action in ON:
            on, kind = ON[deed.action]
            for rule in app.notify.rules:
                if on in rule.on:
                    yield from self._ruled(app, deed, rule, kind)

    def _involved(self, app: App, deed: Deed, record: int) -> Iterator[Notice]:
        """Tell whoever wrote a record or a comment under it, and to whom a comment is addressed."""
        with self._platform.database.read(ERRAND) as connection:
            kinds = dict.fromkeys(notices.involved(connection, app, record), KINDS[deed.action])
            if kinds and deed.comment:
                names = threads.mentions_of(connection, app, record, deed.comment)
                kinds.update(dict.fromkeys(_reached(self._platform.directory, names), MENTION))
        for user, kind in kinds.items():
            actor = self._addressees.actor(user)
            if not kind or user == deed.by or actor is None:
                continue
            about = _about(self._platform, actor, deed, record)
            if about:
                yield _notice(app, deed, user, kind, (record, about))

    def _ruled(self, app: App, deed: Deed, rule: TellRule, kind: str) -> Iterator[Notice]:
        """Tell whom a rule names, of what they see."""
        if kind == "add" and len(deed.records) > 1:
            # Records that a program stores by the hundred are nobody's news one by one.
            return
        for access, records in self._addressees.of(app, deed.records, Asked(rule.to, rule.when)):
            user = access.actor.user
            if user == deed.by:
                continue
            if kind == "import":
                yield _notice(app, deed, user, kind, (records[0], deed.seq))
                continue
            for record in records:
                about = record
                if kind != "add":
                    about = _about(self._platform, access.actor, deed, record)
                if about:
                    yield _notice(app, deed, user, kind, (record, about))


def _notice(app: App, deed: Deed, user: str, kind: str, told: tuple[int, int]) -> Notice:
    """Return what somebody is told; ``told`` are the record and what it is about."""
    return Notice(
        id=new_ids.new(),
        user=user,
        app=app.number,
        record=told[0],
        kind=kind,
        about=told[1],
        by=deed.by,
        at=deed.at,
    )


def _reached(directory: Directory, names: Sequence[str]) -> list[str]:
    """Return who is addressed now, with everybody below an agency."""
    if not names:
        return []
    return [
        code
        for code, user in directory.users.items()
        if mentions.concern(user.code, directory.above(user.agencies), user.groups, names)
    ]


def _about(platform: Platform, actor: Actor, deed: Deed, record: int) -> int:
    """Return the id of what somebody sees of a deed; 0 if they see nothing of it."""
    try:
        access = platform.admit(actor, deed.app)
        if deed.comment:
            with platform.reading(access) as reading, reading.searching():
                seen = notices.living(reading, [record], access.rows["view"])
            return deed.comment if seen else 0
        past = history.changes(platform, access, record)
    except Unknown:
        return 0
    # A hidden change right after an open one finds the open one, of which they were told.
    until = datetime.fromisoformat(deed.at)
    since = (until - urgency.NEAR).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
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
            with self._logged():
                self._follow()
            # The database may be away for a while; what was done meanwhile is in the log.
            self._stopped.wait(PATIENCE)

    def _follow(self) -> None:
        watcher = watch(self._platform.database)
        reminded = tidied = -math.inf
        try:
            run(self._platform)
            while not self._stopped.is_set():
                now = time.monotonic()
                if now - reminded >= reminding.EVERY:
                    reminded = now
                    with self._logged():
                        _try_again(self._platform)
                        reminding.run(self._platform)
                if now - tidied >= TIDY:
                    tidied = now
                    with self._logged():
                        forget(self._platform)
                if watcher.wait(PATIENCE):
                    run(self._platform)
        finally:
            watcher.close()

    @contextmanager
    def _logged(self) -> Iterator[None]:
        """Go on after whatever goes wrong, which the server's log tells of."""
        try:
            yield
        except Exception:
            log.exception("noticer")
