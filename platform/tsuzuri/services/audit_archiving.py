"""Old entries of the audit log move to files, and both are proved to belong together.

First the file is written and on the disk, then one transaction seals its row and lets the entries
go.  Whoever was interrupted in between begins again and loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Busy, Invalid, Message, Problem, message
from tsuzuri.services.auditing import Anchor
from tsuzuri.services.platform import Platform
from tsuzuri.storage import alarms, audit, audit_archives, audit_files, audit_index
from tsuzuri.storage.audit import START, Entry
from tsuzuri.storage.audit_archives import Archive
from tsuzuri.storage.audit_files import Written
from tsuzuri.storage.guard import Errand

ERRAND = Errand("the audit log is archived")
MOST = 20_000
"""Entries of one file; others wait no longer than their leaving takes."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the archives: a file that is missing (``bad`` is 0) or its first entry."""

    name: str
    bad: int = 0


@dataclass(frozen=True, slots=True)
class FilesProof:
    """What the check of files found: how many were whole, faults, anchors they could tell of."""

    whole: int
    faults: tuple[Fault, ...]
    anchors: int


def latest(platform: Platform) -> date:
    """Return the day before which entries may leave: so many years ago as the settings say."""
    today = date.fromisoformat(platform.today)
    year = today.year - platform.config.audit_years
    # Of 29 February the day before stands in a year without one.
    return today.replace(year=year, day=28 if (today.month, today.day) == (2, 29) else today.day)


def archive(
    platform: Platform, actor: Actor, folder: Path, before: date | None = None
) -> Iterator[Archive]:
    """Move entries from before a day into files in ``folder``; yield each file once it is done.

    Raises ``Invalid`` for a day that is too late, entries that no watch has judged yet and a log
    that is not as it was written; ``Busy`` if somebody else archives meanwhile.
    """
    most = latest(platform)
    day = before or most
    if day > most:
        allowed = message("監査ログは{day}より前のものだけを書庫に移せます。", day=most.isoformat())
        raise _refused(allowed)
    begins = datetime.combine(day, time(), tzinfo=platform.config.zone).astimezone(UTC)
    while True:
        written = _written(platform, folder, begins.strftime("%Y-%m-%dT%H:%M:%SZ"))
        if written is None:
            break
        yield _moved(platform, actor, written)
    _forget(platform)


def _forget(platform: Platform) -> None:
    """Take what left out of the index; rows that are left over name nothing, and go next time."""
    record = 1
    while record:
        with platform.database.platform(writing=True) as connection:
            through = audit_archives.through(connection)
            record = audit_index.forget(connection, through, record) if through else 0


def _refused(sentence: Message) -> Invalid:
    return Invalid([Problem("", sentence)])


def _written(platform: Platform, folder: Path, before: str) -> Written | None:
    """Write the next file; None if nothing is old enough."""
    key = platform.config.key("audit")
    with platform.database.read(ERRAND) as connection:
        after, through = audit_files.movable(connection, before, MOST)
        if through == after:
            return None
        if alarms.watched_to(connection).seq < through:
            unwatched = message(
                "まだ調べていない操作があります。先に tsuzuri audit watch を実行してください。"
            )
            raise _refused(unwatched)
        written = audit_files.write(connection, key, folder, after=after, through=through)
    if written is not None:
        return written
    with platform.database.read(ERRAND) as connection:
        if audit_archives.through(connection) != after:
            raise Busy
        bad = audit.first_bad(connection, key)
    seq = bad or after + 1
    raise _refused(message("監査ログの{seq}番が書かれたときと違うため、移せません。", seq=seq))


def _moved(platform: Platform, actor: Actor, written: Written) -> Archive:
    made = written.archive
    with platform.changing(actor) as connection:
        audit.hold(connection)
        if audit_archives.through(connection) != made.after:
            raise Busy
        audit_files.let_go(connection, platform.config.key("audit"), written)
        detail = {"through": made.through, "count": made.entries}
        audit.note(connection, Entry(action="audit.archive", detail=detail))
    return made


def verify(
    platform: Platform, folders: Sequence[Path], anchors: Sequence[Anchor] = ()
) -> FilesProof:
    """Check the file of every archive, wherever among ``folders`` it lies.

    Heads that were kept elsewhere are compared with the entries of the files.
    """
    with platform.database.read(ERRAND) as connection:
        archives = [row.archive for row in audit_archives.rows(connection)]
    key, last = platform.config.key("audit"), START
    expected = dict(anchors)
    faults, broken = [], set()
    for one in archives:
        found = [folder / one.name for folder in folders if (folder / one.name).is_file()]
        if not found:
            faults.append(Fault(one.name))
            broken.add(one.name)
        for path in found:
            bad = audit_files.first_bad(path, key, one, last=last, anchors=expected)
            if bad is not None:
                faults.append(Fault(str(path), bad))
                broken.add(one.name)
        last = one.hash
    told = len(dict(anchors)) - len(expected)
    return FilesProof(len(archives) - len(broken), tuple(faults), told)
