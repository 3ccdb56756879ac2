"""A connection keeps what it is told, whatever happens to the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tsuzuri.storage.database import Database


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("secure_delete", 1),
        ("busy_timeout", 15000),
    ],
)
def test_every_sqlite_connection_has_our_settings(
    tmp_path: Path, pragma: str, value: object
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'records.sqlite'}")
    try:
        with database.platform() as one, database.platform() as other:
            for connection in (one, other):
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    finally:
        database.close()
