"""Files and rows go together: what an erasure or a crash left is removed, what lacks is told.

A file is written before the row that names it, and removed after it.  So a stop in between can
only leave a file too many, and the sweep takes it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Unknown
from tsuzuri.services.platform import Platform
from tsuzuri.storage import attached, audit, erasure
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.running import Running

ERRAND = Errand("files follow their records")
GRACE = timedelta(hours=24)
"""For how long a file somebody sent may wait for the record it was sent for."""
AT_ONCE = 60.0
"""Seconds within which a file may be on its way into a record whose row is not there yet."""
BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many files were removed, and the keys of files that rows name and nobody has."""

    removed: int
    missing: tuple[str, ...]


def running(platform: Platform) -> Running:
    """Return where it is seen that a backup is being made; meanwhile no file is removed."""
    return Running(platform.config.files / "running")


def remove_left_files(platform: Platform) -> int:
    """Remove the files of erased records that nothing else names; tell how many are gone.

    Interrupted anywhere, or while a backup is made, the rest is left for the next time.
    """
    with running(platform).holding(BACKUP) as alone:
        if alone is None:
            return 0
        with platform.database.read(ERRAND) as connection:
            keys = erasure.left_files(connection)
        return sum(_removed(platform, key) for key in keys)


def _removed(platform: Platform, key: str) -> bool:
    with platform.database.write(ERRAND) as connection:
        if attached.named(connection, [key], _since(platform)):
            erasure.settle_file(connection, key)
            return False
        if not platform.files.remove(key, unless_since=AT_ONCE):
            return False
        erasure.forget_uploads(connection, [key])
        erasure.settle_file(connection, key)
        return True


def _since(platform: Platform) -> str:
    return (platform.clock() - GRACE).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sweep(platform: Platform) -> Swept:
    """Remove every file that nothing names any more; report rows whose file is missing."""
    removed = remove_left_files(platform)
    # Listed first: what is sent from now on is not among them.
    there = set(platform.files.keys())
    with platform.database.read(ERRAND) as connection:
        named = set(attached.every_key(connection, _since(platform)))
    with running(platform).holding(BACKUP) as alone:
        if alone is not None:
            removed += sum(_swept(platform, key) for key in sorted(there - named))
    return Swept(removed=removed, missing=tuple(sorted(_missing(platform, named - there))))


def _swept(platform: Platform, key: str) -> bool:
    try:
        young = platform.files.age(key) < GRACE.total_seconds()
    except Unknown:
        return False
    return not young and _removed(platform, key)


def _missing(platform: Platform, keys: set[str]) -> set[str]:
    """Return the keys of which there is still no file: some came while we looked."""
    return keys - set(platform.files.keys())


def clean(platform: Platform, actor: Actor) -> int:
    """Rewrite the database so that nothing of what was erased lingers in free space.

    Raises ``Busy`` where others leave no room for it; trying again is the right thing to do.
    """
    found = erasure.clean(platform.database)
    with platform.changing(actor) as connection:
        audit.note(connection, Entry(action="erasure.clean", detail={"count": found}))
    return found
