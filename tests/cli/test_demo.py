"""The demo's town: the same each time for the same day, soon there, and whole or not at all."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tsuzuri.config import Config
from tsuzuri.sample.demo import DONE, Wanted, make

ROOT = Path(__file__).resolve().parent.parent.parent
TODAY = date(2026, 11, 21)
SOON = 60.0
"""Seconds that a tenth of the whole town may take on a busy machine."""

ROWS = 400

# What is random or of the moment in every installation, and names nothing people see.
UNLIKE: dict[str, set[str]] = {
    "users": {"password"},
    "app_versions": {"at"},
    "record_history": {"id"},
    "settings": {"value"},
    "audit_entries": {"at", "hash"},
    "audit_head": {"hash"},
}
_ROW_ID = re.compile(r'"id":\s*"\d+"')


def town(home: Path, *, records: int = ROWS, fresh: bool = False) -> list[str]:
    """Make a town in a folder; return what was said."""
    said: list[str] = []
    config = Config.from_environment({"TSUZURI_HOME": str(home)})
    wanted = Wanted(today=TODAY, records=records, password="tsuzuri-2026")
    make(config, wanted, fresh=fresh, say=said.append)
    return said


def content(home: Path) -> dict[str, list[Any]]:
    """Return every row of every table, sorted, without what nobody promised to be equal."""
    connection = sqlite3.connect(home / "tsuzuri.sqlite3")
    try:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        return {
            name: _rows(connection, name) for (name,) in names if not _is_of_rows_or_index(name)
        }
    finally:
        connection.close()


def _is_of_rows_or_index(name: str) -> bool:
    return name.startswith(("row_", "search_"))


def _rows(connection: sqlite3.Connection, name: str) -> list[Any]:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
    kept = [f'"{column}"' for column in columns if column not in UNLIKE.get(name, ())]
    rows = connection.execute(f"SELECT {', '.join(kept)} FROM {name}")
    return sorted(json.dumps([_plain(value) for value in row]) for row in rows)


def _plain(value: Any) -> Any:
    return _ROW_ID.sub("", value) if isinstance(value, str) else value


def differences(first: Path, second: Path) -> list[str]:
    """Return the tables that differ; links of rows are named by ids of their own."""
    one, other = content(first), content(second)
    assert one.keys() == other.keys()
    counts = [name for name in one if len(one[name]) != len(other[name])]
    return counts + [
        name for name in one if not name.startswith("val_") and one[name] != other[name]
    ]


def test_the_same_day_makes_the_same_town_and_soon(tmp_path: Path) -> None:
    started = time.monotonic()
    town(tmp_path / "a")
    assert time.monotonic() - started < SOON
    town(tmp_path / "b")
    assert differences(tmp_path / "a", tmp_path / "b") == []


def test_a_town_that_is_there_is_kept_and_a_fresh_one_is_made_anew(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert len(town(home, records=60)) == 1
    database = home / "tsuzuri.sqlite3"
    before = database.stat().st_ino
    secret = (home / "secret-key").read_text()
    assert town(home, records=60) == []
    assert database.stat().st_ino == before
    assert len(town(home, records=60, fresh=True)) == 1
    # Who is signed in stays so.
    assert (home / "secret-key").read_text() == secret


def test_an_interrupted_town_is_made_anew(tmp_path: Path) -> None:
    home, whole = tmp_path / "home", tmp_path / "whole"
    script = (
        "import sys; from datetime import date; from pathlib import Path;"
        "sys.path.insert(0, sys.argv[2]); from test_demo import town;"
        "town(Path(sys.argv[1]), records=3000)"
    )
    paths = f"{ROOT / 'platform'}{os.pathsep}{ROOT / 'tests'}"
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(home), str(Path(__file__).parent)],
        env={**os.environ, "PYTHONPATH": paths},
    )
    with child:
        while not _published(home):
            assert child.poll() is None
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    assert not (home / DONE).exists()
    assert town(home, records=60)
    town(whole, records=60)
    assert differences(home, whole) == []


def _published(home: Path) -> int:
    """Count the apps so far: records follow them."""
    path = home / "tsuzuri.sqlite3"
    if not path.exists():
        return 0
    connection = sqlite3.connect(path, timeout=60)
    try:
        return int(connection.execute("SELECT count(*) FROM app_versions").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


def test_the_command_makes_it_and_names_the_logins(tmp_path: Path) -> None:
    from tsuzuri.cli import DEMO_PASSWORD, main  # noqa: PLC0415  the command imports when it runs

    home = str(tmp_path / "home")
    done = CliRunner().invoke(main, ["demo", "--no-server", "--records", "60", "--home", home])
    assert done.exit_code == 0, done.output
    assert "http://localhost:8000/" in done.output
    for login in ("admin", "hoiku", "gakko"):
        assert f"{login:8} {DEMO_PASSWORD}" in done.output
