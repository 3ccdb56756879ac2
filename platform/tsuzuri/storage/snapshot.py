"""A database at one moment while others go on writing, every row's hash, and its way back.

SQLite is copied through its own backup interface, in one step that holds up no writer.  PostgreSQL
exports a snapshot that ``pg_dump`` and we read alike.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import URL, Connection, inspect, text

from tsuzuri.errors import Message, TsuzuriError, message
from tsuzuri.storage.archive import Damaged
from tsuzuri.storage.database import Database
from tsuzuri.storage.guard import Errand

ERRAND = Errand("a backup is made or checked")
HASH = 16
"""Bytes kept of each row's SHA-256: enough to name the row that differs."""


class Unavailable(TsuzuriError):
    """A program that comes with the database is not on this machine, or failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The database as it was: the file that holds it, and a connection that reads the same."""

    file: Path
    connection: Connection


@contextmanager
def taken(database: Database, folder: Path) -> Iterator[Snapshot]:
    """Give a snapshot, whose file is written into ``folder``."""
    file = folder / "database"
    if database.dialect == "sqlite":
        _copy(database, file)
        copy = Database(f"sqlite:///{file}", pool_size=1)
        try:
            with copy.read(ERRAND) as connection:
                yield Snapshot(file=file, connection=connection)
        finally:
            copy.close()
        return
    with database.read(ERRAND) as connection:
        connection.execution_options(isolation_level="REPEATABLE READ")
        name = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
        options = ("--format=custom", f"--snapshot={name}", f"--file={file}")
        _run("pg_dump", database.url, options)
        yield Snapshot(file=file, connection=connection)


def _copy(database: Database, file: Path) -> None:
    import sqlite3  # noqa: PLC0415  the driver of one of the two databases

    with closing(sqlite3.connect(file)) as copy, database.read(ERRAND) as connection:
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)  # noqa: S101  narrows for mypy
        # All pages in one step: a copy in several begins anew whenever somebody writes.
        source.backup(copy, pages=-1)


def put_back(database: Database, file: Path) -> None:
    """Fill an empty PostgreSQL database from a snapshot's file, whole or not at all."""
    _run("pg_restore", database.url, ("--exit-on-error", "--single-transaction", str(file)))


def _run(program: str, url: URL, options: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs; the password does not stand among its arguments."""
    found = shutil.which(program)
    if found is None:
        raise Unavailable(message("{program}が見つかりません。", program=program))
    address = url.set(drivername="postgresql", password=None).render_as_string()
    environ = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(  # noqa: S603  a list of arguments, no shell
        [found, "--no-owner", "--no-privileges", f"--dbname={address}", *options],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        told = (done.stderr.strip().splitlines() or [""])[0][:300]
        raise Unavailable(message("{program}が失敗しました: {told}", program=program, told=told))


def is_empty(database: Database) -> bool:
    """Tell whether a database has no table at all."""
    with database.read(ERRAND) as connection:
        return not inspect(connection).get_table_names()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a snapshot: its rows, and the hash of their hashes in order."""

    name: str
    rows: int
    sha256: str


def hashed(connection: Connection, out: BinaryIO) -> list[Table]:
    """Write the hash of every row of every table out; return the tables."""
    found = []
    for name in _tables(connection):
        whole, count = sha256(), 0
        for one in _hashes(connection, name):
            out.write(one)
            whole.update(one)
            count += 1
        found.append(Table(name=name, rows=count, sha256=whole.hexdigest()))
    return found


def compare(connection: Connection, tables: Sequence[Table], kept: BinaryIO) -> int:
    """Return how many rows are as they were.  Raises ``Damaged`` at the first that is not."""
    names = _tables(connection)
    if names != [one.name for one in tables]:
        raise Damaged(message("表が違います: {names}", names="、".join(names)[:300]))
    same = 0
    for table in tables:
        found = 0
        for found, one in enumerate(_hashes(connection, table.name), 1):
            if found > table.rows or kept.read(HASH) != one:
                raise Damaged(_differs(table.name, found))
        if found != table.rows:
            raise Damaged(_differs(table.name, found + 1))
        same += found
    return same


def _differs(name: str, row: int) -> Message:
    return message("違う行があります: 表 {name} の {row} 行目", name=name, row=row)


def _tables(connection: Connection) -> list[str]:
    """Return the tables that hold rows; SQLite's virtual ones keep theirs in others."""
    names = set(inspect(connection).get_table_names())
    if connection.dialect.name == "sqlite":
        virtual = text(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%'"
        )
        names -= set(connection.execute(virtual).scalars())
    return sorted(names)


def _hashes(connection: Connection, name: str) -> Iterator[bytes]:
    """Yield the hash of each row, in the order of the primary key."""
    quote = connection.dialect.identifier_preparer.quote
    key = inspect(connection).get_pk_constraint(name)["constrained_columns"]
    order = f" ORDER BY {', '.join(map(quote, key))}" if key else ""
    statement = text(f"SELECT * FROM {quote(name)}{order}")  # noqa: S608  names from the catalogue
    with connection.execute(statement, execution_options={"yield_per": 1000}) as rows:
        for row in rows:
            yield sha256(repr(tuple(row)).encode()).digest()[:HASH]
