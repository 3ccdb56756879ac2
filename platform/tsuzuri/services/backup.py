"""Backups made while people work, and restoring them with proof that nothing is missing.

A backup is one archive: a manifest, the database at one moment, a hash of each of its rows, the
definitions for people to read, every attachment, and, where it is encrypted, the installation's
key, without which neither the audit log nor the second factors are of use.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tsuzuri import __version__
from tsuzuri.access.actors import Actor
from tsuzuri.errors import Busy
from tsuzuri.services.platform import Platform
from tsuzuri.services.sweeping import BACKUP, running
from tsuzuri.storage import archive, audit, catalogue, snapshot
from tsuzuri.storage.archive import Member
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.database import Connection
from tsuzuri.storage.snapshot import Table

FORMAT = 1
WORKING = "backup-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive says of itself, before everything else."""

    program: str
    at: str
    dialect: str
    audit_seq: int
    audit_hash: str
    tables: tuple[Table, ...]
    members: tuple[Member, ...]
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """How many rows the database had."""
        return sum(one.rows for one in self.tables)

    @property
    def files(self) -> int:
        """How many attachments there are."""
        return sum(one.name.startswith("files/") for one in self.members)


def make(platform: Platform, actor: Actor, target: Path, to: Sequence[Any]) -> Manifest:
    """Back the installation up into ``target``, encrypted to ``to`` (nobody: not at all).

    Everything that was acknowledged before is in it, and nothing half.  Raises ``Busy`` while
    another backup is being made, ``FileExistsError`` for a target that is there.
    """
    if target.exists():
        raise FileExistsError(17, "File exists", str(target))
    home = platform.config.files.parent
    home.mkdir(parents=True, exist_ok=True)
    # No file is removed from now on, so all that the snapshot names is there when it is copied.
    with running(platform).holding(BACKUP) as alone:
        if alone is None:
            raise Busy
        for left in home.glob(f"{WORKING}*"):
            shutil.rmtree(left)
        with platform.changing(actor) as connection:
            audit.note(connection, Entry(action="backup.make", detail={"encrypted": bool(to)}))
        # Beside the database, under the same protection: the copy is not encrypted yet.
        with tempfile.TemporaryDirectory(dir=home, prefix=WORKING) as name:
            return _made(platform, Path(name), target, to)


def _made(platform: Platform, folder: Path, target: Path, to: Sequence[Any]) -> Manifest:
    with snapshot.taken(platform.database, folder) as taken:
        seq, last = audit.head(taken.connection)
        with (folder / "rows").open("wb") as out:
            tables = snapshot.hashed(taken.connection, out)
        definitions = list(_definitions(taken.connection, folder))
    paths = [folder / "database", folder / "rows", *definitions]
    if to:
        (folder / "secret-key").write_text(platform.config.secret_key, encoding="utf-8")
        paths.append(folder / "secret-key")
    files = [(archive.measured(str(path.relative_to(folder)), path), path) for path in paths]
    files += list(_attachments(platform))
    manifest = Manifest(
        program=__version__,
        at=platform.stamp(),
        dialect=platform.database.dialect,
        audit_seq=seq,
        audit_hash=last,
        tables=tuple(tables),
        members=tuple(member for member, _ in files),
    )
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
    archive.write(target, text, files, to=to)
    return manifest


def _definitions(connection: Connection, folder: Path) -> Iterator[Path]:
    (folder / "definitions").mkdir()
    for code, app in sorted(catalogue.Catalogue().all(connection).items()):
        path = folder / "definitions" / f"{code}.json"
        path.write_text(json.dumps(app.document, ensure_ascii=False, indent=2), encoding="utf-8")
        yield path


def _attachments(platform: Platform) -> Iterator[tuple[Member, Path]]:
    for key in sorted(platform.files.keys()):
        path = platform.files.path(key)
        yield Member(name=f"files/{key}", size=path.stat().st_size, sha256=key), path
