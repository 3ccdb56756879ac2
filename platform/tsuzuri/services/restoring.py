"""A backup put back into an empty place, and the proof that it is what was backed up."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tsuzuri.config import Config
from tsuzuri.errors import Invalid, Problem, message
from tsuzuri.services.backup import FORMAT, Manifest
from tsuzuri.storage import archive, attached, audit, snapshot
from tsuzuri.storage.archive import Damaged, Member, Reader
from tsuzuri.storage.database import Database
from tsuzuri.storage.files import FileStore
from tsuzuri.storage.snapshot import Table

DATABASE = "tsuzuri.sqlite3"
ROWS = ".rows"
DUMP = ".database"
SECRET = "secret-key"  # noqa: S105  a file's name
FIRST = ("database", "rows")
DIALECTS = frozenset({"sqlite", "postgresql"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to: an empty folder, and for PostgreSQL the URL of an empty database."""

    folder: Path
    database: str = ""

    def file(self, name: str) -> Path:
        """Return where a member goes; its name was checked against the few there are."""
        if name.startswith("files/"):
            key = name.removeprefix("files/")
            return self.folder / "files" / key[:2] / key[2:4] / key
        hidden = {"database": DUMP if self.database else DATABASE, "rows": ROWS}
        return self.folder / hidden.get(name, name)

    @property
    def url(self) -> str:
        """The URL of the restored database."""
        return self.database or f"sqlite:///{self.folder.absolute() / DATABASE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was compared and is the same."""

    rows: int
    files: int
    audit_seq: int
    audit_hash: str


def restore(source: Path, place: Place, keys: Sequence[Any]) -> Manifest:
    """Put a backup into an empty place; whatever fails leaves the place as it was.

    Raises ``Invalid`` for a place that is not empty, ``Damaged`` for what is no whole backup.
    """
    _must_be_empty(place)
    made = not place.folder.exists()
    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        manifest = _unpacked(source, place, keys)
        if place.database:
            database = Database(place.url, pool_size=1)
            try:
                snapshot.put_back(database, place.file("database"))
            finally:
                database.close()
            place.file("database").unlink()
    except BaseException:
        for left in place.folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        if made:
            place.folder.rmdir()
        raise
    return manifest


def _must_be_empty(place: Place) -> None:
    if place.folder.exists() and any(place.folder.iterdir()):
        raise Invalid([Problem("", message("戻す先のフォルダーが空ではありません。"))])
    if place.database:
        database = Database(place.url, pool_size=1)
        try:
            if not snapshot.is_empty(database):
                raise Invalid([Problem("", message("戻す先のデータベースが空ではありません。"))])
        finally:
            database.close()


def _unpacked(source: Path, place: Place, keys: Sequence[Any]) -> Manifest:
    with archive.opened(source, keys) as file:
        reader = Reader(file)
        manifest = read(reader.manifest())
        if (manifest.dialect == "postgresql") != bool(place.database):
            wanted = message("控えのデータベースは{dialect}です。", dialect=manifest.dialect)
            raise Invalid([Problem("", wanted)])
        needed = sum(one.size for one in manifest.members)
        if needed > shutil.disk_usage(place.folder).free:
            raise Invalid([Problem("", message("戻す先の空き容量が足りません。"))])
        for member in manifest.members:
            path = place.file(member.name)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Never through a link, never over anything.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as out:
                reader.take(member, out)
                out.flush()
                os.fsync(out.fileno())
        reader.finish()
    return manifest


def read(given: Mapping[str, Any]) -> Manifest:
    """Read a manifest.  Raises ``Damaged`` for one that no backup of ours could have."""
    try:
        if given["format"] != FORMAT:
            raise Damaged(message("この控えの形式は読めません。"))
        if not all(map(_fits, given["members"])):
            raise Damaged(archive.DIFFERENT)
        members = tuple(Member(**one) for one in given["members"])
        tables = tuple(Table(**one) for one in given["tables"])
        manifest = Manifest(**{**given, "members": members, "tables": tables})
    except (KeyError, TypeError):
        raise Damaged(archive.DIFFERENT) from None
    names = [one.name for one in members]
    fits = (
        tuple(names[:2]) == FIRST
        and len(names) == len(set(names))
        and manifest.dialect in DIALECTS
        and all(isinstance(one.rows, int) for one in tables)
    )
    if not fits:
        raise Damaged(archive.DIFFERENT)
    return manifest


def _fits(given: Mapping[str, Any]) -> bool:
    """Tell whether a member has one of the few names, a size, and the hash its name says."""
    name, size = given["name"], given["size"]
    if not isinstance(name, str) or not archive.NAME.fullmatch(name):
        return False
    key = name.removeprefix("files/")
    return isinstance(size, int) and size >= 0 and key in {name, given["sha256"]}


def verify(manifest: Manifest, place: Place, config: Config) -> Proof:
    """Compare what was restored with what was backed up, row by row and file by file.

    Raises ``Damaged`` at the first difference, and where a row names a file that is not there.
    """
    database = Database(place.url, pool_size=2)
    try:
        with database.read(snapshot.ERRAND) as connection:
            with place.file("rows").open("rb") as kept:
                rows = snapshot.compare(connection, manifest.tables, kept)
            named = set(attached.every_key(connection, since="9"))
            head = (manifest.audit_seq, manifest.audit_hash)
            if audit.head(connection) != head:
                raise Damaged(message("監査ログの末尾が控えの目録と違います。"))
            bad = audit.first_bad(connection, config.key("audit"), [head])
            if bad is not None:
                raise Damaged(
                    message("監査ログの{seq}番が合いません(鍵が違うか、書き換え)。", seq=bad)
                )
    finally:
        database.close()
    files = _files(manifest, FileStore(place.folder / "files"), named)
    place.file("rows").unlink()
    return Proof(rows=rows, files=files, audit_seq=head[0], audit_hash=head[1])


def _files(manifest: Manifest, store: FileStore, named: set[str]) -> int:
    """Return how many attachments there are, each read again, and none missing."""
    wanted = {one.name.removeprefix("files/") for one in manifest.members} & set(store.keys())
    for key in sorted(wanted):
        if archive.measured(key, store.path(key)).sha256 != key:
            raise Damaged(message("添付ファイルの中身が違います: {key}", key=key))
    missing = sorted(named - wanted)
    if missing or len(wanted) != manifest.files:
        raise Damaged(message("添付ファイルがありません: {key}", key=(missing or ["?"])[0]))
    return len(wanted)


def config_of(place: Place, settings: Config, secret: str = "") -> Config:
    """Return the settings of the restored installation: its own place and key, the rest alike.

    ``secret`` is the key where the archive has none.  Raises ``Invalid`` without any.
    """
    kept = place.folder / SECRET
    if not secret and kept.is_file():
        secret = kept.read_text(encoding="utf-8").strip()
    if not secret:
        raise Invalid(
            [Problem("", message("鍵がありません。TSUZURI_SECRET_KEY で元の鍵を渡してください。"))]
        )
    return replace(settings, database=place.url, files=place.folder / "files", secret_key=secret)
