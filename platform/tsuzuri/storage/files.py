"""Attachments on disk, named by the SHA-256 of what they hold.

A file is written beside its place, synced, renamed into it, and the folder is synced, all
before the transaction that mentions it commits.  So a record never names a file that is not
there; a crash can only leave a file that no record names.  Nothing is ever overwritten:
equal content is one file.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tsuzuri.errors import TooLarge, Unknown, message

BLOCK = 256 * 1024
_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored: its key (64 hex digits), its size in bytes, and its first bytes."""

    key: str
    size: int
    head: bytes


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder of files by content, two levels deep."""

    folder: Path

    def put(self, source: BinaryIO, limit: int) -> Stored:
        """Store everything ``source`` gives; raises ``TooLarge`` over ``limit`` bytes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digest, size, head = hashlib.sha256(), 0, b""
        handle, name = tempfile.mkstemp(prefix="incoming-", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                while block := source.read(BLOCK):
                    size += len(block)
                    if size > limit:
                        raise TooLarge(
                            message("ファイルが大きすぎます({limit}MBまで)。", limit=limit >> 20)
                        )
                    head = head or block[:8192]
                    digest.update(block)
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            key = digest.hexdigest()
            self._place(Path(name), key)
        finally:
            Path(name).unlink(missing_ok=True)
        return Stored(key, size, head)

    def _place(self, incoming: Path, key: str) -> None:
        """Move a synced file to its name and sync the folders that now name it."""
        target = self._path(key)
        try:
            # Whoever is about to remove it sees that it was asked for again (``remove``).
            os.utime(target)
        except FileNotFoundError:
            pass
        else:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        incoming.chmod(0o640)
        incoming.replace(target)
        for folder in (target.parent, target.parent.parent, self.folder):
            sync(folder)

    def path(self, key: str) -> Path:
        """Return where a stored file is; raises ``Unknown`` if there is none."""
        if not _KEY.fullmatch(key):
            raise Unknown
        path = self._path(key)
        if not path.is_file():
            raise Unknown
        return path

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:4] / key

    def age(self, key: str) -> float:
        """Return for how many seconds nobody sent this content; raises ``Unknown``."""
        return time.time() - self.path(key).stat().st_mtime

    def remove(self, key: str, *, unless_since: float) -> bool:
        """Remove a file unless it was sent again within so many seconds; tell whether it is gone.

        It is moved aside before it is looked at once more, so that somebody who sends the same
        content at this very moment either keeps the file or writes it anew.
        """
        target, aside = self._path(key), self.folder / f"leaving-{key}"
        try:
            target.rename(aside)
        except FileNotFoundError:
            return True
        if time.time() - aside.stat().st_mtime < unless_since:
            aside.rename(target)
            return False
        aside.unlink()
        sync(target.parent)
        return True

    def keys(self) -> Iterator[str]:
        """Yield the key of every stored file."""
        for path in self.folder.glob("??/??/*"):
            yield path.name


def sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
