"""Long work that is under way: a small file beside the data, locked while somebody works on it.

A transaction that writes ten thousand records lets nobody see how far it is, and on SQLite
lets nobody else write at all, so the progress of such work stands outside the database.  The
system frees the lock when the process ends, however it ends: no lock, no worker.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Progress:
    """How far: records so far, and hundredths of the whole."""

    records: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """The lock on one piece of work; whoever has it is the one who works."""

    path: Path
    handle: int

    def tell(self, progress: Progress) -> None:
        """Let others see how far the work is."""
        os.pwrite(self.handle, f"{progress.records:>15} {progress.percent:>3}\n".encode(), 0)

    def release(self) -> None:
        """Say that the work is over; nothing is left behind."""
        self.path.unlink(missing_ok=True)
        os.close(self.handle)


@dataclass(frozen=True, slots=True)
class Running:
    """The folder where work under way is seen."""

    folder: Path

    def hold(self, name: str) -> Hold | None:
        """Take the lock on a piece of work; None where somebody has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _locked(handle) or not _is_still(path, handle):
            os.close(handle)
            return None
        hold = Hold(path, handle)
        hold.tell(Progress())
        return hold

    @contextmanager
    def holding(self, name: str) -> Iterator[Hold | None]:
        """Hold a piece of work for a while; gives None where somebody has it."""
        hold = self.hold(name)
        try:
            yield hold
        finally:
            if hold is not None:
                hold.release()

    def progress(self, name: str) -> Progress | None:
        """Return how far a piece of work is; None where nobody works on it."""
        try:
            handle = os.open(self.folder / name, os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            if _locked(handle):
                return None
            told = os.pread(handle, 32, 0).split()
        finally:
            os.close(handle)
        return Progress(*map(int, told)) if len(told) == 2 else Progress()


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(path: Path, handle: int) -> bool:
    """Tell whether the file was not taken away between opening and locking it."""
    try:
        named, held = path.stat(), os.fstat(handle)
    except FileNotFoundError:
        return False
    return named.st_ino == held.st_ino
