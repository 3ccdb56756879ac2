"""Copies of a whole database, taken and put back in milliseconds, on each engine its own way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg import sql
from sqlalchemy import Engine, event


class Copies(Protocol):
    """How a database is copied; what ``take`` returns may be put into another one too."""

    def take(self, name: str) -> Any:
        """Return a copy of the database as it stands, in place of an earlier one so named."""

    def put(self, copy: Any) -> None:
        """Put a copy in place of the database."""


def of(engine: Engine) -> Copies:
    """Return what copies the database of an engine."""
    return OnSqlite(engine) if engine.dialect.name == "sqlite" else OnPostgres(engine)


def _hurry(connection: Any, _record: object) -> None:
    # Nothing here has to outlive a power cut.
    connection.execute("PRAGMA synchronous=OFF")


@dataclass
class OnSqlite:
    """Copies through SQLite's own backup, in memory."""

    engine: Engine

    def __post_init__(self) -> None:
        """Let what is thrown away in a second not wait for the disk."""
        event.listen(self.engine, "connect", _hurry)
        self.engine.dispose()

    def take(self, name: str) -> Any:
        """Return a copy."""
        del name
        kept = sqlite3.connect(":memory:", check_same_thread=False)
        with self._raw() as raw:
            raw.backup(kept)
        return kept

    def put(self, copy: Any) -> None:
        """Put a copy back."""
        with self._raw() as raw:
            copy.backup(raw)

    @contextmanager
    def _raw(self) -> Iterator[sqlite3.Connection]:
        with self.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            yield raw


@dataclass
class OnPostgres:
    """Copies as template databases beside the original."""

    engine: Engine

    def take(self, name: str) -> Any:
        """Return the name of a copy."""
        own = str(self.engine.url.database)
        self._make(f"{own}_{name}", own)
        return f"{own}_{name}"

    def put(self, copy: Any) -> None:
        """Put a copy back."""
        self._make(str(self.engine.url.database), copy)

    def _make(self, name: str, template: str) -> None:
        self.engine.dispose()
        url = self.engine.url.set(drivername="postgresql", database="postgres")
        address = url.render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
