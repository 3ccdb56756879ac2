"""A file on its way into an app: checked in full, shown, then written whole or not at all.

Checking writes nothing.  Writing checks everything once more inside its one transaction, which
also says that the file is done; so whatever dies in between leaves nothing behind, and a
second press of the button finds the file done or under way.  Work that nobody holds any more
(``tsuzuri.storage.running``) can be started again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import BinaryIO

from tsuzuri.access.gate import Access
from tsuzuri.errors import Denied, Invalid, Message, Problem, Unknown, message
from tsuzuri.fields.base import Field
from tsuzuri.query.bound import NEVER
from tsuzuri.services import lookups, records
from tsuzuri.services.attachments import tidy_name
from tsuzuri.services.desk import Desk
from tsuzuri.services.import_rows import Draft, Intake, out_of_reach
from tsuzuri.services.platform import Platform
from tsuzuri.storage import history, imports
from tsuzuri.storage.database import Connection
from tsuzuri.storage.files import FileStore
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.imports import (
    CHECKING,
    DONE,
    DROPPED,
    READY,
    REFUSED,
    WRITING,
    Bad,
    Job,
    Tally,
    Verdict,
)
from tsuzuri.storage.running import Hold, Progress, Running
from tsuzuri.storage.seen import Seen
from tsuzuri.wire import csv_reading
from tsuzuri.wire.csv_reading import HeaderReader, Unreadable

BATCH = 1000
KEPT_DAYS = 7
SMALL_ROWS = 300
SMALL_BYTES = 64 * 1024
"""Up to here the answer waits for the work; nobody wants to watch a bar for half a second."""

log = logging.getLogger(__name__)

Sink = Callable[[Desk, Sequence[Draft]], Sequence[Bad]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as its owner sees it; ``progress`` is None where nobody works on it."""

    job: Job
    progress: Progress | None

    @property
    def interrupted(self) -> bool:
        """Whether work was begun and nobody goes on with it: nothing of it has been kept."""
        return self.progress is None and self.job.state in {CHECKING, WRITING}


def store(platform: Platform) -> FileStore:
    """Return where files on their way in are kept, apart from attachments."""
    return FileStore(platform.config.files / "imports")


def running(platform: Platform) -> Running:
    """Return where work under way is seen."""
    return Running(platform.config.files / "imports" / "running")


def keys(access: Access) -> list[Field]:
    """Return the fields by which rows may find their record: unique, and readable everywhere."""
    return [
        one
        for one in access.app.fields
        if one.schema.get("unique") and one.guard is None and access.may_write(one.code)
    ]


def receive(
    platform: Platform, access: Access, name: str, source: BinaryIO, *, match: str = ""
) -> int:
    """Store a file and begin to check it; return the number by which its owner finds it.

    Raises ``Denied`` without the right to import, ``TooLarge``, ``Invalid`` for an empty file.
    """
    job = arrived(platform, access, name, source, match=match)
    add(platform, access, job)
    check(platform, access, job.id)
    return job.id


def arrived(
    platform: Platform, access: Access, name: str, source: BinaryIO, *, match: str = ""
) -> Job:
    """Store the content of a file, of which nothing is known yet."""
    if not access.may("import"):
        raise Denied
    if match and match not in {one.code for one in keys(access)}:
        raise Invalid([Problem("/match", message("選択肢にない値です。"))])
    stored = store(platform).put(source, platform.config.request_bytes)
    if stored.size == 0:
        raise Invalid([Problem("/file", message("ファイルが空です。"))])
    return Job(
        id=new_ids.new(),
        app=access.whole.number,
        user=access.actor.user,
        name=tidy_name(name),
        key=stored.key,
        size=stored.size,
        match=match,
        at=platform.stamp(),
    )


def add(platform: Platform, access: Access, job: Job) -> None:
    """Make a file known whose content has arrived."""
    with platform.changing(access.actor) as connection:
        imports.add(connection, job)


def check(platform: Platform, access: Access, job_id: int) -> None:
    """Begin to check a file that nobody has looked at yet; else it stays as it is."""
    _drop_forgotten(platform)
    hold = running(platform).hold(str(job_id))
    if hold is None:
        return
    job = shown(platform, access, job_id).job
    if job.state == CHECKING:
        _begin(platform, access, job, hold)
        return
    hold.release()
    # The same file sent again arrived again, after it was done with.
    _forget_content(platform, job)


def shown(platform: Platform, access: Access, job_id: int) -> Shown:
    """Return one's own file; anybody else's, or another app's, is ``Unknown``."""
    # Asked in this order, work that ends in between is seen as done and not as interrupted.
    progress = running(platform).progress(str(job_id))
    with platform.database.platform() as connection:
        job = imports.get(connection, job=job_id, app=access.whole.number, user=access.actor.user)
    return Shown(job, progress)


def latest(platform: Platform, access: Access) -> list[Job]:
    """Return one's own files of late, newest first."""
    with platform.database.platform() as connection:
        return imports.latest(connection, app=access.whole.number, user=access.actor.user)


def start(platform: Platform, access: Access, job_id: int) -> None:
    """Go on with a file: write what was checked, or take up what was interrupted.

    A file that is done, refused or under way stays as it is, however often this is asked.
    """
    if not access.may("import"):
        raise Denied
    # Only one who holds the work may look at its state, so nobody begins what another ended.
    shown(platform, access, job_id)
    hold = running(platform).hold(str(job_id))
    if hold is None:
        return
    job = shown(platform, access, job_id).job
    if job.state == READY:
        with platform.database.platform(writing=True) as connection:
            imports.turn(connection, job.id, states=(READY,), to=WRITING)
        job = replace(job, state=WRITING)
    if job.state in {CHECKING, WRITING}:
        _begin(platform, access, job, hold)
    else:
        hold.release()


def drop(platform: Platform, access: Access, job_id: int) -> None:
    """Forget a file that was not written, and its content."""
    with running(platform).holding(str(job_id)) as hold:
        job = shown(platform, access, job_id).job
        if hold is not None and job.state not in {DONE, DROPPED}:
            _drop(platform, job)


def _drop(platform: Platform, job: Job) -> None:
    """Keep that there was a file, and nothing of what it held."""
    with platform.database.platform(writing=True) as connection:
        imports.settle(connection, job.id, Verdict(state=DROPPED), state=job.state)
    _forget_content(platform, job)


def _drop_forgotten(platform: Platform) -> None:
    """Drop files that lie about unwritten for days: they hold what records say."""
    before = platform.clock() - timedelta(days=KEPT_DAYS)
    with platform.database.platform() as connection:
        forgotten = imports.unfinished(connection, before=before.strftime("%Y-%m-%dT%H:%M:%SZ"))
    for job in forgotten:
        with running(platform).holding(str(job.id)) as hold:
            if hold is not None:
                _drop(platform, job)


def _forget_content(platform: Platform, job: Job) -> None:
    """Remove a file's content once no file on its way in has it."""
    with platform.database.platform() as connection:
        if imports.is_needed(connection, job.key):
            return
    try:
        store(platform).path(job.key).unlink()
    except (FileNotFoundError, Unknown):
        return


def _begin(platform: Platform, access: Access, job: Job, hold: Hold) -> None:
    """Check or write a file, here if it is small, else beside the request."""
    small = job.size <= SMALL_BYTES if job.state == CHECKING else job.tally.total < SMALL_ROWS
    if small:
        _work(platform, access, job, hold)
        return
    worker = threading.Thread(
        target=_work, args=(platform, access, job, hold), name=f"import-{job.id}", daemon=True
    )
    worker.start()


def _work(platform: Platform, access: Access, job: Job, hold: Hold) -> None:
    """Do the work whose lock is held; whatever fails leaves the file interrupted."""
    try:
        if job.state == CHECKING:
            _check(platform, access, job, hold)
        else:
            _write(platform, access, job, hold)
    except Exception as error:  # noqa: BLE001  a thread's error has nobody else to go to
        # The error's own words may hold what a record says.
        log.error("import %s failed: %s", job.id, type(error).__name__)  # noqa: TRY400  same reason
    finally:
        hold.release()


def _check(platform: Platform, access: Access, job: Job, hold: Hold) -> None:
    with platform.database.read(access) as connection:
        verdict = _walk(Desk(platform, access, connection), job, hold, _nowhere)
    with platform.database.platform(writing=True) as connection:
        imports.settle(connection, job.id, verdict, state=CHECKING)


def _nowhere(desk: Desk, drafts: Sequence[Draft]) -> Sequence[Bad]:
    """Store nothing."""
    del desk, drafts
    return ()


class _Broken(Exception):
    """A file that was sound when it was checked and is not any more."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict


def _write(platform: Platform, access: Access, job: Job, hold: Hold) -> None:
    """Write a whole file in one transaction, which also says that it is done."""
    try:
        with platform.writing(access) as connection:
            if not imports.turn(connection, job.id, states=(WRITING,), to=WRITING):
                return
            _finish(connection, job, _walk(Desk(platform, access, connection), job, hold, _stored))
    except _Broken as broken:
        with platform.database.platform(writing=True) as connection:
            imports.settle(connection, job.id, broken.verdict, state=WRITING)
        return
    _forget_content(platform, job)


def _finish(connection: Connection, job: Job, verdict: Verdict) -> None:
    """Say in the transaction itself that the file is done, or undo all of it."""
    if verdict.state != READY:
        raise _Broken(verdict)
    imports.settle(connection, job.id, replace(verdict, state=DONE), state=WRITING)


def _stored(desk: Desk, drafts: Sequence[Draft]) -> Sequence[Bad]:
    """Store drafts, and return what only the stored record could show."""
    new = [draft.after for draft in drafts if draft.before is None]
    live = [trait for app in desk.platform.apps.values() for _, trait in lookups.copied_fields(app)]
    followed = any(trait.live and trait.app == desk.app.code for trait in live)
    try:
        if new:
            records.insert_new(desk, new, "import")
        for draft in drafts:
            if draft.before is not None:
                records.store(desk, draft.before, draft.after)
                states = (draft.before, draft.after)
                history.note_change(desk.connection, desk.app, states, desk.deed("import"))
                if followed:
                    lookups.follow(desk, *states)
    except Invalid as error:
        # Somebody else took a unique value between our asking and our writing.
        return [Bad(0, 0, "", "", problem.message) for problem in error.problems]
    return list(out_of_reach(desk, drafts))


def _walk(desk: Desk, job: Job, hold: Hold, sink: Sink) -> Verdict:
    """Take a file through, row by row; the verdict is ``ready`` or ``refused``."""
    with store(desk.platform).path(job.key).open("rb") as source, Seen() as seen:
        encoding, intake = "", None
        broken: list[Bad] = []
        notes: list[Message] = []
        try:
            encoding = csv_reading.encoding_of(source)
            with closing(csv_reading.rows(source, encoding)) as rows:
                header = _header_reader(desk).read(next(rows, (1, []))[1])
                notes += _notes(header.ignored)
                intake = Intake(desk, header, seen, job.match)
                for batch in _batches(rows):
                    broken += sink(desk, intake.take(batch))
                    hold.tell(Progress(intake.total, source.tell() * 100 // job.size))
                    if broken:
                        break
        except Unreadable as error:
            broken.append(Bad(error.row, 0, "", "", error.message))
    return _verdict(intake, encoding, broken, notes)


def _verdict(
    intake: Intake | None, encoding: str, broken: list[Bad], notes: list[Message]
) -> Verdict:
    tally = Tally() if intake is None else intake.tally
    found = [*(intake.problems.kept if intake else ()), *broken]
    if not found and tally.total == 0:
        found = [Bad(0, 0, "", "", message("取り込む行がありません。"))]
    return Verdict(
        state=REFUSED if found else READY,
        encoding=encoding,
        tally=replace(tally, refused=max(tally.refused + len(broken), len(found))),
        problems=sorted(found, key=lambda bad: (bad.row, bad.column)),
        notes=notes,
    )


def _notes(ignored: Sequence[str]) -> Iterator[Message]:
    if ignored:
        yield message("次の列は書き込めないため取り込みません: {names}", names="、".join(ignored))


def _header_reader(desk: Desk) -> HeaderReader:
    access = desk.access
    masked = (
        one.code for one in access.app.fields if one.guard is not None and one.guard.masked != NEVER
    )
    return HeaderReader(
        access.app,
        desk.platform.scene(access.actor),
        writable=frozenset(code for code in access.writable if access.may_write(code)),
        masked=frozenset(masked),
    )


def _batches(rows: Iterator[tuple[int, list[str]]]) -> Iterator[list[tuple[int, list[str]]]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
