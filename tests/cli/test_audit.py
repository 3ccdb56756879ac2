"""The audit log is proved at the command line, against heads that were kept elsewhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from support.tampering import unguard
from tsuzuri.access.actors import Actor, Origin
from tsuzuri.cli import main
from tsuzuri.config import Config
from tsuzuri.services import auditing
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit
from tsuzuri.storage.audit import Entry


@pytest.fixture
def runner(tmp_path: Path) -> CliRunner:
    return CliRunner(env={"TSUZURI_HOME": str(tmp_path)})


def run(runner: CliRunner, *words: str, status: int = 0) -> str:
    answer = runner.invoke(main, words)
    assert answer.exit_code == status, answer.output
    return answer.output


def test_a_log_is_proved_and_a_change_is_named(runner: CliRunner, tmp_path: Path) -> None:
    run(runner, "agency", "put", "A01", "--name", "児童課")
    kept = tmp_path / "heads.txt"
    kept.write_text(run(runner, "audit", "head"), encoding="utf-8")
    run(runner, "agency", "put", "B01", "--name", "保育所")
    assert "anchors 1" in run(runner, "audit", "verify", "--anchors", str(kept))
    lines = [json.loads(line) for line in run(runner, "audit", "export").splitlines()]
    assert {"agency.add", "audit.export"} >= {line["action"] for line in lines}
    platform = Platform.open(Config.from_environment({"TSUZURI_HOME": str(tmp_path)}))
    with platform.database.platform(writing=True) as connection:
        unguard(connection)
        connection.execute(text("UPDATE audit_entries SET \"user\" = 'x' WHERE seq = 1"))
    platform.database.close()
    assert "1番" in run(runner, "audit", "verify", status=1)


def test_old_entries_move_to_files_that_are_proved_too(runner: CliRunner, tmp_path: Path) -> None:
    config = Config.from_environment({"TSUZURI_HOME": str(tmp_path)})
    platform = Platform.open(config, clock=lambda: datetime(2020, 2, 29, tzinfo=UTC))
    with platform.changing(Actor(user="cli:test", origin=Origin(door="cli"))) as connection:
        for _ in range(600):
            audit.note(connection, Entry(action="made.up"))
    early = auditing.head(platform)
    platform.database.close()
    into = tmp_path / "archives"
    assert "audit watch" in run(runner, "audit", "archive", "--into", str(into), status=1)
    run(runner, "audit", "watch")
    late = run(runner, "audit", "archive", "--into", str(into), "--before", "2026-11-01", status=1)
    assert "より前のものだけ" in late
    assert not into.exists()
    told = run(runner, "audit", "archive", "--into", str(into))
    (file,) = into.iterdir()
    assert file.name in told
    assert "entries archived 600" in told
    assert "entries archived 0" in run(runner, "audit", "archive", "--into", str(into))
    assert "--archives" in run(runner, "audit", "verify", "--anchor", f"{early[0]}:{early[1]}")
    assert "archives 1" in run(runner, "audit", "verify", "--archives", str(into))
    assert "書庫" in run(runner, "audit", "export")
    file.rename(tmp_path / file.name)
    assert "見つかりません" in run(runner, "audit", "verify", "--archives", str(into), status=1)


def test_a_head_that_is_none_is_refused(runner: CliRunner) -> None:
    assert "SEQ:HASH" in run(runner, "audit", "verify", "--anchor", "1:abc", status=2)
    assert "1番" in run(runner, "audit", "verify", "--anchor", f"7:{'0' * 64}", status=1)


def test_what_is_worth_a_look_is_printed_once_and_tells_by_its_exit(tmp_path: Path) -> None:
    runner = CliRunner(env={"TSUZURI_HOME": str(tmp_path), "TSUZURI_ALARMS": "taken_day=2"})
    run(runner, "agency", "put", "A01", "--name", "児童課")
    assert run(runner, "audit", "watch") == ""
    for _ in range(2):
        run(runner, "audit", "export")
    told = run(runner, "audit", "watch", status=1)
    assert "taken_day" in told
    assert run(runner, "audit", "watch") == ""
    assert run(runner, "audit", "watch", "--all", status=1) == told
