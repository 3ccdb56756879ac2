"""Waiting until somebody writes, whichever process it is.

SQLite tells by a number that changes with every commit of another connection, which costs
microseconds to ask; PostgreSQL sends a word to whoever listens, with the commit.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any, Protocol

from sqlalchemy import Connection, func, select

from tsuzuri.storage.database import Database

CHANNEL = "tsuzuri"
STEP = 0.1
"""Seconds between two looks at SQLite's number."""


class Watch(Protocol):
    """One watcher, for one thread."""

    def wait(self, seconds: float) -> bool:
        """Wait until something was written, at most so long; tell whether something was."""

    def close(self) -> None:
        """Let go of the watcher's own connection."""


def watch(database: Database) -> Watch:
    """Return a watcher of a database, on a connection of its own."""
    return _Sqlite(database) if database.dialect == "sqlite" else _Postgres(database)


def announce(connection: Connection) -> None:
    """Let watchers know, when the transaction on ``connection`` is kept, that it was."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, "")))


class _Sqlite:
    def __init__(self, database: Database) -> None:
        self._connection = sqlite3.connect(database.url.database or "", check_same_thread=False)
        self._last = self._number()

    def _number(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def wait(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while (number := self._number()) == self._last:
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(STEP, left))
        self._last = number
        return True

    def close(self) -> None:
        self._connection.close()


class _Postgres:
    def __init__(self, database: Database) -> None:
        dialect: Any = database.engine.dialect
        given, named = dialect.create_connect_args(database.url)
        self._connection = dialect.dbapi.connect(*given, **named, autocommit=True)
        self._connection.execute(f"LISTEN {CHANNEL}")

    def wait(self, seconds: float) -> bool:
        told = list(self._connection.notifies(timeout=seconds, stop_after=1))
        return bool(told)

    def close(self) -> None:
        self._connection.close()
