"""Backup archives: a tar of plain files behind one manifest, encrypted to age recipients.

The manifest comes first and names everything that follows, in order, with size and SHA-256.  A
reader takes exactly that and nothing else: no other name, no link, no folder, no second copy, no
byte more.  Headers are read one block at a time, so a hostile archive cannot make us fetch a
gigabyte of name.  Both ways stream; memory stays flat.
"""

from __future__ import annotations

import json
import os
import re
import tarfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from tsuzuri.errors import Invalid, Message, Problem, TsuzuriError, message
from tsuzuri.storage.files import sync

BLOCK = 256 * 1024
TAR = tarfile.BLOCKSIZE
MANIFEST = "manifest.json"
MANIFEST_BYTES = 256 * 1024 * 1024
NAME = re.compile(r"database|rows|secret-key|definitions/[a-z0-9-]{1,64}\.json|files/[0-9a-f]{64}")
PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)


class Damaged(TsuzuriError):
    """An archive, or what was restored from it, is not what was put in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive."""

    name: str
    size: int
    sha256: str


def recipients(texts: Sequence[str]) -> list[Any]:
    """Read age public keys.  Raises ``Invalid``."""
    try:
        return [pyrage.x25519.Recipient.from_str(text.strip()) for text in texts]
    except pyrage.RecipientError:
        raise Invalid([Problem("", message("ageの公開鍵として読めません。"))]) from None


def identities(text: str) -> list[Any]:
    """Read the secret keys of an age identity file.  Raises ``Invalid`` where there is none."""
    lines = [line.strip() for line in text.splitlines()]
    try:
        found = [pyrage.x25519.Identity.from_str(one) for one in lines if one and one[0] != "#"]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise Invalid([Problem("", message("ageの秘密鍵として読めません。"))])
    return found


def measured(name: str, path: Path) -> Member:
    """Return a file as a member."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return Member(name=name, size=path.stat().st_size, sha256=digest.hexdigest())


class Pouring:
    """Something to read from that pours out one chunk after the other."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""
        # The encryption tells of a failure in words of its own only.
        self.failure: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes; nothing at the end."""
        while not self._rest:
            try:
                found = next(self._chunks, None)
            except Exception as error:
                self.failure = error
                raise
            if found is None:
                return b""
            self._rest = found
        part = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(part) :]
        return part


def write(
    target: Path, manifest: bytes, files: Sequence[tuple[Member, Path]], *, to: Sequence[Any]
) -> None:
    """Write an archive beside its place and move it there; one that is there is never replaced.

    Raises ``Damaged`` where a file is not what its member says.
    """
    partial = target.with_name(f".{target.name}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            chunks = _poured(manifest, files)
            if to:
                _encrypt(Pouring(chunks), out, to)
            else:
                out.writelines(chunks)
            out.flush()
            os.fsync(out.fileno())
        # A link, unlike a rename, refuses a name that is taken.
        os.link(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    sync(target.parent)


def _encrypt(source: Pouring, out: BinaryIO, recipients: Sequence[Any]) -> None:
    try:
        pyrage.encrypt_io(source, out, list(recipients))
    except (pyrage.EncryptError, OSError):
        if source.failure is not None:
            raise source.failure from None
        raise


def _poured(manifest: bytes, files: Sequence[tuple[Member, Path]]) -> Iterator[bytes]:
    yield _header(MANIFEST, len(manifest))
    yield manifest
    yield _padding(len(manifest))
    for member, path in files:
        yield _header(member.name, member.size)
        digest, size = sha256(), 0
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
                yield block
        if (size, digest.hexdigest()) != (member.size, member.sha256):
            raise Damaged(message("ファイルの中身が名前と合いません: {name}", name=member.name))
        yield _padding(member.size)
    yield bytes(2 * TAR)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % TAR)


@contextmanager
def opened(path: Path, identities: Sequence[Any]) -> Iterator[BinaryIO]:
    """Give an archive's bytes, decrypted on the way.

    Raises ``Damaged`` without the key, for the wrong one, and for what was changed or cut off.
    """
    with path.open("rb") as source:
        encrypted = source.read(len(MAGIC)) == MAGIC
        source.seek(0)
        if encrypted and not identities:
            raise Damaged(message("暗号化された控えです。鍵のファイルを指定してください。"))
        if identities and not encrypted:
            raise Damaged(message("暗号化されていない控えです。鍵を使うものではありません。"))
        if not encrypted:
            yield source
            return
        with _decrypted(source, identities) as file:
            yield file


@contextmanager
def _decrypted(source: BinaryIO, identities: Sequence[Any]) -> Iterator[BinaryIO]:
    """Decrypt in a thread of its own, into a pipe that is read here."""
    reading, writing = os.pipe()
    pipe = _Pipe(writing)
    failed: list[Exception] = []

    def decrypt() -> None:
        try:
            pyrage.decrypt_io(source, pipe, list(identities))
        except (pyrage.DecryptError, OSError) as error:
            failed.append(error)
        finally:
            os.close(writing)

    worker = threading.Thread(target=decrypt, name="decrypt", daemon=True)
    worker.start()
    try:
        with os.fdopen(reading, "rb") as file:
            yield file
            # To the end, so that the seal of the last part is checked too.
            while file.read(BLOCK):
                pass
    finally:
        worker.join()
        if failed and not pipe.left:
            raise Damaged(
                message("控えを開けません。鍵が違うか、控えが壊れているか書き換えられています。")
            )


class _Pipe:
    """The writing end of a pipe; knows whether it was the reader who left."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.left = False

    def write(self, data: bytes) -> int:
        try:
            return os.write(self._handle, data)
        except BrokenPipeError:
            self.left = True
            raise

    def flush(self) -> None:
        """Nothing waits here."""


MAGIC = b"age-encryption.org/v1"
DIFFERENT: Message = message("控えの中身が目録と合いません。")


class Reader:
    """Takes members out of an archive's bytes, in the manifest's order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def manifest(self) -> dict[str, Any]:
        """Return the manifest.  Raises ``Damaged`` for what is none."""
        size = self._begun(MANIFEST)
        if size > MANIFEST_BYTES:
            raise Damaged(DIFFERENT)
        text = self._exactly(size)
        self._exactly(-size % TAR)
        try:
            found = json.loads(text)
        except ValueError:
            raise Damaged(DIFFERENT) from None
        if not isinstance(found, dict):
            raise Damaged(DIFFERENT)
        return found

    def take(self, member: Member, out: BinaryIO) -> None:
        """Write the next member out; raises ``Damaged`` unless it is ``member`` to the byte."""
        if self._begun(member.name) != member.size:
            raise Damaged(DIFFERENT)
        digest, left = sha256(), member.size
        while left:
            block = self._exactly(min(left, BLOCK))
            digest.update(block)
            out.write(block)
            left -= len(block)
        self._exactly(-member.size % TAR)
        if digest.hexdigest() != member.sha256:
            raise Damaged(message("ファイルの中身が目録と合いません: {name}", name=member.name))

    def finish(self) -> None:
        """Make sure that nothing follows but the zeros that tar fills its last record with."""
        if self._exactly(2 * TAR).strip(b"\0"):
            raise Damaged(DIFFERENT)
        rest = self._file.read(tarfile.RECORDSIZE + 1)
        if len(rest) > tarfile.RECORDSIZE or rest.strip(b"\0"):
            raise Damaged(DIFFERENT)

    def _begun(self, name: str) -> int:
        """Read a header; return the size of the plain file ``name`` that it must announce."""
        try:
            info = tarfile.TarInfo.frombuf(self._exactly(TAR), "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError):
            raise Damaged(DIFFERENT) from None
        if info.name != name or info.type not in PLAIN or info.size < 0:
            raise Damaged(DIFFERENT)
        return info.size

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            part = self._file.read(size - len(found))
            if not part:
                raise Damaged(message("控えが途中で切れています。"))
            found += part
        return found
