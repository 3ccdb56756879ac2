"""The PostgreSQL set is the SQLite set row by row: same records, same ids, same readers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import cluster
from tsuzuri.definitions.model import App
from tsuzuri.services.platform import Platform
from tsuzuri.storage import codec, rows, search
from tsuzuri.storage.app_tables import tables_of

SKIPPED = frozenset({"alembic_version", "sqlite_stat1", "sqlite_stat4", "sqlite_sequence"})
APART = ("search_", "audit_")
"""Words are cut anew, and the audit log, whose entries nobody may remove, is the copy's own."""
FETCHED = 2000


def copy(source: Path, url: str, platform: Platform, say: Callable[[str], None]) -> None:
    """Fill an empty installation on PostgreSQL, whose tables stand, from a SQLite one."""
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as old, cluster.plain(url) as new:
        new.execute("SET synchronous_commit = off")
        for table in _tables(old):
            _copy_table(old, new, table)
        new.execute(
            "SELECT setval(pg_get_serial_sequence('principals', 'id'),"
            " (SELECT max(id) FROM principals))"
        )
        say("  rows copied")
        for app in platform.apps.values():
            _copy_words(old, new, app)
        say("  words copied")


def _tables(old: sqlite3.Connection) -> list[str]:
    found = old.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    return [name for (name,) in found if name not in SKIPPED and not name.startswith(APART)]


def _copy_table(old: sqlite3.Connection, new: Any, table: str) -> None:
    names = [row[1] for row in old.execute(f"PRAGMA table_info({table})")]
    columns = ", ".join(f'"{name}"' for name in names)
    new.execute(f"TRUNCATE {table} CASCADE")
    read = old.execute(f"SELECT {columns} FROM {table}")
    with new.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as stream:
        while batch := read.fetchmany(FETCHED):
            for row in batch:
                stream.write_row(row)


def _copy_words(old: sqlite3.Connection, new: Any, app: App) -> None:
    """Cut the texts of an app's records into what PostgreSQL's index of words holds."""
    tables = tables_of(app)
    searched = [one for one in app.stored if codec.is_searched(one)]
    columns = ", ".join(tables.column(one).name for one in searched)
    if not searched:
        return
    read = old.execute(f"SELECT id, {columns} FROM {tables.records.name}")
    name = tables.search_name
    with new.cursor().copy(f"COPY {name} (record, field, folded, grams) FROM STDIN") as stream:
        while batch := read.fetchmany(FETCHED):
            for record, *values in batch:
                for entry in _entries(record, zip(searched, values, strict=True)):
                    stream.write_row(entry)


def _entries(record: int, values: Any) -> Iterator[tuple[Any, ...]]:
    for field, value in values:
        folded = "" if value is None else codec.folded(field, codec.from_column(field, value))
        if folded:
            yield record, field.number, folded, rows.array(search.grams(folded))
