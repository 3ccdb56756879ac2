"""A file on its way in: its owner, its end, a kill in the middle, on both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from tsuzuri.errors import Unknown
from tsuzuri.services import importing, transfer
from tsuzuri.services.transfer import Wanted
from tsuzuri.storage import imports
from worlds.town import OPEN_TO_ALL, World
from worlds.transfers import Town, counts, ruled, seen, send, stored, told

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def town(world: World) -> Town:
    """Open an app with rules, as two people know it."""
    return ruled(world)


def test_a_file_is_its_senders_alone(town: Town) -> None:
    world, _, abe, other = town
    job = send(world, abe, "氏名\n山田\n")
    for action in (importing.shown, importing.start, importing.drop):
        with pytest.raises(Unknown):
            action(world.platform, other, job)
    assert [one.id for one in importing.latest(world.platform, abe)] == [job]
    assert importing.latest(world.platform, other) == []


def test_pressing_twice_writes_once(town: Town) -> None:
    world, app, abe, _ = town
    job = send(world, abe, "氏名\n山田\n")
    for _ in range(3):
        importing.start(world.platform, abe, job)
    assert len(stored(world, app)) == 1
    assert seen(world, abe, job).job.state == "done"


def test_a_dropped_file_leaves_nothing(town: Town) -> None:
    world, _, abe, _ = town
    job = send(world, abe, "氏名,年齢\n山田,x\n")
    key = importing.shown(world.platform, abe, job).job.key
    assert importing.store(world.platform).path(key).is_file()
    importing.drop(world.platform, abe, job)
    found = importing.shown(world.platform, abe, job)
    assert (found.job.state, found.job.problems) == ("dropped", ())
    with pytest.raises(Unknown):
        importing.store(world.platform).path(key)


@pytest.mark.parametrize(
    "data, why",
    [
        ("氏名\n山田\n".encode("utf-16"), "UTF-16"),
        (b"\x82\xff\xff", "文字コード"),
        ('氏名\n"山田\n'.encode(), "引用符"),
        ("氏名\n".encode(), "取り込む行がありません"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(town: Town, data: bytes, why: str) -> None:
    world, _, abe, _ = town
    found = seen(world, abe, send(world, abe, data))
    assert found.job.state == "refused"
    assert why in told(found)[0][3]


KILLED = """
import sys, time
sys.path[:0] = [sys.argv[3], sys.argv[4]]
from pathlib import Path
from tsuzuri.config import Config
from tsuzuri.services import importing
from tsuzuri.services.platform import Platform
from worlds.town import TOKYO
config = Config(database=sys.argv[1], files=Path(sys.argv[2]), secret_key="-", zone=TOKYO)
platform = Platform.open(config)
access = platform.admit(platform.directory.actor("abe", TOKYO), sys.argv[5])
importing.start(platform, access, int(sys.argv[6]))
print("started", flush=True)
time.sleep(60)
"""


def test_a_kill_while_writing_leaves_nothing_and_is_taken_up_again(town: Town) -> None:
    world, app, abe, _ = town
    rows = "".join(f"名{n},{n % 100}\n" for n in range(6000))
    job = send(world, abe, f"氏名,年齢\n{rows}")
    assert counts(seen(world, abe, job)) == ("ready", 6000, 0, 0)
    config = world.platform.config
    folders = [str(ROOT / "platform"), str(ROOT / "tests")]
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", KILLED, config.database, str(config.files)),
            *(*folders, app.code, str(job)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(3000):
            progress = importing.shown(world.platform, abe, job).progress
            if progress is not None and progress.records >= 1000:
                break
            time.sleep(0.01)
        assert progress is not None
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    found = importing.shown(world.platform, abe, job)
    assert (found.job.state, found.interrupted) == ("writing", True)
    assert stored(world, app) == {}
    importing.start(world.platform, abe, job)
    assert counts(seen(world, abe, job)) == ("done", 6000, 0, 0)
    assert len(stored(world, app)) == 6000


def test_work_that_fails_is_seen_as_interrupted(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, app, abe, _ = town
    job = send(world, abe, "氏名\n山田\n")

    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(imports, "settle", fail)
        importing.start(world.platform, abe, job)
    found = importing.shown(world.platform, abe, job)
    assert (found.job.state, found.interrupted, stored(world, app)) == ("writing", True, {})
    importing.start(world.platform, abe, job)
    assert seen(world, abe, job).job.state == "done"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_memory_stays_flat_for_a_long_file(world: World, tmp_path: Path) -> None:
    """Counted is what Python holds: the database's own cache and mapped file have limits too."""
    fields = {"a": {"kind": "text"}, "no": {"kind": "text", "unique": True}}
    app = world.publish(fields, OPEN_TO_ALL)
    access = world.entering("abe", app)
    peaks = []
    for number, many in enumerate((3_000, 50_000)):
        path = tmp_path / f"{number}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write("a,no\n")
            file.writelines(f"{'あいう' * 20},{number}-{n}\n" for n in range(many))
        tracemalloc.start()
        with path.open("rb") as source:
            job = importing.receive(world.platform, access, "f.csv", source)
        assert seen(world, access, job).job.state == "ready"
        importing.start(world.platform, access, job)
        assert counts(seen(world, access, job))[:2] == ("done", many)
        written = sum(map(len, transfer.exported(world.platform, access, Wanted())))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert written > path.stat().st_size
    assert peaks[1] < peaks[0] * 1.3 + 2_000_000, peaks
