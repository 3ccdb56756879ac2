"""`kill -9` at any moment loses nothing that was acknowledged and leaves nothing half-done."""

from __future__ import annotations

import os
import pwd
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg
import pytest

from faults import writers
from faults.checker import check
from faults.ledger import promises
from support import postgres as postgresql
from support.requirements import absent
from tsuzuri.services import definitions

ROOT = Path(__file__).resolve().parent.parent.parent
SHORT, LONG = 2, 13
"""Rounds on each database; each kills four writers, and every other one whoever publishes."""

PATIENCE = 30.0


@dataclass
class Nursery:
    """Where writers are born quickly, because everything is imported already."""

    process: subprocess.Popen[str]
    complaints: Path

    def start(self, *line: object) -> int:
        """Start one; return its number."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(*line, file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Run the nursery as long as this module tests."""
    complaints = tmp_path_factory.mktemp("nursery") / "stderr"
    paths = os.pathsep.join((str(ROOT / "platform"), str(ROOT / "tests")))
    with (
        complaints.open("w") as told,
        subprocess.Popen(
            [sys.executable, "-m", "faults.writers"],
            env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        ) as process,
    ):
        yield Nursery(process, complaints)
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class Office:
    """One database, the people who write into it, and what they noted down."""

    url: str
    folder: Path
    nursery: Nursery
    dice: Random
    kills: int = 0
    crew: list[int] = field(default_factory=list)
    ledgers: list[Path] = field(default_factory=list)

    @property
    def files(self) -> Path:
        """Where attachments are."""
        return self.folder / "files"

    def start(self, *, publishing: bool) -> None:
        """Let four people write, and perhaps a fifth publish."""
        turn = len(self.ledgers)
        for user in writers.USERS:
            ledger = self.folder / f"{turn}-{user}"
            ledger.touch()
            self.ledgers.append(ledger)
            self._start("write", ledger, user)
        if publishing:
            self._start("publish", self.folder / "none", writers.USERS[0])

    def _start(self, role: str, ledger: Path, user: str) -> None:
        seed = self.dice.randrange(10**6)
        self.crew.append(self.nursery.start(role, self.url, self.files, ledger, user, seed))

    def work(self) -> None:
        """Wait until each of the four had something acknowledged, and then a moment more."""
        deadline = time.monotonic() + PATIENCE
        while not all(path.stat().st_size for path in self.ledgers[-4:]):
            assert time.monotonic() < deadline, self.nursery.complaints.read_text()
            time.sleep(0.005)
        time.sleep(self.dice.uniform(0.0, 0.6))

    def kill(self) -> None:
        """Kill them all; who is gone already died of an error."""
        for child in self.crew:
            assert _alive(child), self.nursery.complaints.read_text()
        for child in self.dice.sample(self.crew, len(self.crew)):
            os.kill(child, signal.SIGKILL)
            self.kills += 1
        while any(map(_alive, self.crew)):
            time.sleep(0.005)
        self.crew.clear()
        if self.url.startswith("postgresql"):
            _await_silence(self.url)

    def check(self) -> int:
        """Look at everything, as the next start of the program would find it."""
        platform = writers.open_platform(self.url, self.files)
        try:
            definitions.finish_listing(platform)
            versions = definitions.versions(platform, writers.APP)
            assert sum(one.state == "published" for one in versions) == 1
            assert [one.version for one in versions] == list(range(len(versions), 0, -1))
            both = (writers.document(later=False), writers.document(later=True))
            known = [set(one["record"]["properties"]) for one in both]
            assert {one.code for one in platform.apps[writers.APP].fields} in known
            return check(platform, writers.APP, promises(self.ledgers))
        finally:
            platform.database.close()


def _alive(child: int) -> bool:
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        return False
    return True


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg", "postgresql")


def _await_silence(url: str) -> None:
    """Wait until the server noticed that its clients are gone: their last words may still count."""
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        deadline = time.monotonic() + PATIENCE
        while connection.execute(others).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def opened(url: str, folder: Path, nursery: Nursery, seed: int) -> Office:
    """Open an office on an empty database."""
    office = Office(url, folder, nursery, Random(seed))
    platform = writers.open_platform(url, office.files)
    writers.settle(platform)
    platform.database.close()
    return office


def rounds(office: Office, count: int, shaken: Callable[[], None] = lambda: None) -> None:
    """Write, kill, look; again and again.  ``shaken`` happens just before each kill."""
    found = 0
    for turn in range(count):
        office.start(publishing=turn % 2 == 0)
        office.work()
        shaken()
        office.kill()
        before, found = found, office.check()
        assert found > before


def test_a_kill_loses_nothing_and_leaves_nothing_half_done(
    database_url: str, tmp_path: Path, nursery: Nursery
) -> None:
    rounds(opened(database_url, tmp_path, nursery, 1), SHORT)


@pytest.mark.long
def test_sixty_kills_lose_nothing(database_url: str, tmp_path: Path, nursery: Nursery) -> None:
    office = opened(database_url, tmp_path, nursery, 2)
    rounds(office, LONG)
    assert office.kills >= 50


# ---------------------------------------------------------------- the server itself


@dataclass
class Server:
    """A PostgreSQL server that can be killed and started again on what is on the disk."""

    cluster: postgresql.Cluster
    folder: Path
    again: subprocess.Popen[bytes] | None = None

    def kill(self) -> None:
        """Kill its first process; the others notice and end."""
        first = int((self.folder / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGKILL)
        if self.again is not None:
            self.again.wait()
        deadline = time.monotonic() + PATIENCE
        while _processes_in(self.folder):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def start(self) -> None:
        """Start it as it was started before."""
        command = shlex.split((self.folder / "postmaster.opts").read_text())
        owner = pwd.getpwuid(self.folder.stat().st_uid)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        self.again = subprocess.Popen(
            command,
            cwd=self.folder,
            user=owner.pw_uid if os.geteuid() == 0 else None,
            group=owner.pw_gid if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.cluster.connect().close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Stop what was started again."""
        if self.again is not None:
            self.again.send_signal(signal.SIGQUIT)
            self.again.wait()


def _processes_in(folder: Path) -> list[int]:
    """Return the server's processes: each stands in the data folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
        except OSError:
            continue
    return found


@contextmanager
def durable() -> Iterator[Server]:
    """Run a server that writes through to the disk."""
    programs = postgresql.programs()
    if programs is None:
        absent("PostgreSQL (Debian's package postgresql)")
    with postgresql.running(programs, durable=True) as cluster:
        with cluster.connect() as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        server = Server(cluster, Path(row[0]))
        try:
            yield server
        finally:
            server.stop()


@pytest.mark.long
@pytest.mark.postgresql
def test_a_kill_of_the_database_server_loses_nothing(tmp_path: Path, nursery: Nursery) -> None:
    with durable() as server:
        with server.cluster.connect() as connection:
            connection.execute("CREATE DATABASE office")
        office = opened(server.cluster.url("office"), tmp_path, nursery, 3)

        def shaken() -> None:
            server.kill()
            server.start()
            time.sleep(office.dice.uniform(0.0, 1.0))

        rounds(office, 6, shaken)
