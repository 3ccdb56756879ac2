"""Which values a long file has shown before, kept on disk so that memory stays flat."""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Self


class Seen:
    """Remembers values by column with the row that showed them first.

    SQLite with an empty name keeps a private database that spills to a file of its own, which
    is gone when it is closed or the process ends.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute(
            "CREATE TABLE seen (name TEXT, value BLOB, row INTEGER, PRIMARY KEY (name, value))"
            " WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def before(self, name: str, value: object, *, row: int) -> int | None:
        """Return the row that showed ``value`` before; None, and remember it, where none did."""
        key = (name, str(value))
        try:
            self._database.execute("INSERT INTO seen VALUES (?, ?, ?)", (*key, row))
        except sqlite3.IntegrityError:
            found = self._database.execute(
                "SELECT row FROM seen WHERE name = ? AND value = ?", key
            ).fetchone()
            return int(found[0])
        return None
