"""Backups while people work, and what restoring them proves; nothing half, nothing forged."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pyrage
import pytest
from click.testing import Result

from tsuzuri.services import attachments, records, sweeping
from tsuzuri.storage.files import FileStore
from tsuzuri.storage.guard import Errand
from worlds.house import SECRET, House

PATIENCE = 60.0


@dataclass
class Writing:
    """Somebody who writes records and files without a pause, and notes what was acknowledged."""

    house: House
    done: list[int] = field(default_factory=list)
    wrong: list[Exception] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        """Write until told to stop."""
        platform = self.house.world.platform
        access = self.house.world.entering("sato", self.house.app)
        try:
            while not self.stop.is_set():
                content = io.BytesIO(f"under way {len(self.done)}".encode())
                file = attachments.receive(platform, access.actor, "a.txt", content)
                made = records.create(platform, access, {"name": "途中", "papers": [file]})
                self.done.append(made.id)
        except Exception as error:  # noqa: BLE001 (told by the test)
            self.wrong.append(error)


@contextmanager
def writing(house: House) -> Iterator[Writing]:
    """Let somebody write all the while."""
    writer = Writing(house)
    thread = threading.Thread(target=writer)
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while len(writer.done) < 5 and not writer.wrong and time.monotonic() < deadline:
            time.sleep(0.01)
        yield writer
    finally:
        writer.stop.set()
        thread.join(PATIENCE)
    assert not writer.wrong


def ids_in(house: House, done: Result, into: Path) -> set[int]:
    """Return the ids of a restored installation's records."""
    from tsuzuri.storage.database import Database  # noqa: PLC0415 (one look behind the gate)

    assert done.exit_code == 0, done.output
    database = Database(f"sqlite:///{into / 'tsuzuri.sqlite3'}")
    try:
        with database.read(Errand("a test looks")) as connection:
            rows = connection.exec_driver_sql(f"SELECT id FROM rec_{house.app.number}")
            return set(rows.scalars())
    finally:
        database.close()


def drill(house: House, count: int, files: int) -> str:
    """Back up while somebody writes, restore, and compare; return what the restore told."""
    before = house.fill(count, files)
    with writing(house) as writer:
        before += writer.done
        started = time.monotonic()
        source = house.backup()
        made = time.monotonic() - started
        after = len(writer.done)
    assert after >= 5
    started = time.monotonic()
    with house.restored(source, *house.keys()) as (done, into):
        took = time.monotonic() - started
        assert done.exit_code == 0, done.output
        if house.world.platform.database.dialect == "sqlite":
            assert ids_in(house, done, into) >= set(before)
        assert not list(into.glob(".*"))
        assert len(set(FileStore(into / "files").keys())) >= files + 5
    return f"{done.output}backup {made:.1f} s, restore and proof {took:.1f} s\n"


def test_a_backup_under_load_restores_whole(house: House) -> None:
    told = drill(house, 400, 12)
    assert "differing 0" in told
    assert "audit chain whole" in told
    assert "signed in, first page and a search answered" in told


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_ten_thousand_records_and_a_thousand_files(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    told = drill(house, 10_000, 1000)
    with capsys.disabled():
        sys.stdout.write(f"\n{house.world.platform.database.dialect}\n{told}")


def test_a_restored_installation_serves_its_files(house: House) -> None:
    house.fill(3, 3)
    source = house.backup("plain.tar", "--plain")
    with house.restored(source, secret=SECRET) as (done, into):
        assert done.exit_code == 0, done.output
        store = FileStore(into / "files")
        keys = list(store.keys())
        assert [sha256(store.path(one).read_bytes()).hexdigest() for one in keys] == keys
        assert len(keys) == 3


def test_a_backup_says_whether_it_is_to_be_encrypted(house: House) -> None:
    for how in ((), ("--plain", "--recipient", house.recipient)):
        assert house.run("backup", str(house.folder / "x"), *how, secret=SECRET).exit_code == 2
    told = house.run("backup", str(house.folder / "x"), "--recipient", "age1nothing", secret=SECRET)
    assert (told.exit_code, "公開鍵" in told.output) == (1, True)
    assert not (house.folder / "x").exists()


def test_an_encrypted_backup_shows_nothing_and_opens_for_each_recipient(house: House) -> None:
    house.world.put(house.app, {"name": "canary-in-the-archive"})
    other = pyrage.x25519.Identity.generate()
    source = house.backup(
        "two.age", "--recipient", house.recipient, "--recipient", str(other.to_public())
    )
    assert b"canary-in-the-archive" not in source.read_bytes()
    house.identity.write_text(str(other))
    with house.restored(source, *house.keys()) as (done, _):
        assert done.exit_code == 0, done.output


def test_no_backup_is_ever_replaced(house: House) -> None:
    source = house.backup()
    before = source.read_bytes()
    told = house.run("backup", str(source), "--recipient", house.recipient, secret=SECRET)
    assert (told.exit_code, "File exists" in told.output) == (1, True)
    assert source.read_bytes() == before


def test_one_backup_is_made_at_a_time(house: House) -> None:
    target = house.folder / "x.age"
    with sweeping.running(house.world.platform).holding(sweeping.BACKUP):
        told = house.run("backup", str(target), "--recipient", house.recipient, secret=SECRET)
    assert (told.exit_code, "混み合っています" in told.output) == (1, True)
    assert not target.exists()


def test_nothing_is_left_beside_the_database(house: House) -> None:
    (house.folder / "home" / "backup-killed").mkdir(parents=True)
    house.backup()
    assert not list((house.folder / "home").glob("backup-*"))


def test_a_lost_key_opens_nothing(house: House) -> None:
    source = house.backup()
    house.identity.write_text(str(pyrage.x25519.Identity.generate()))
    for how in (house.keys(), ()):
        with house.restored(source, *how) as (done, into):
            assert (done.exit_code, "鍵" in done.output) == (1, True)
            assert not into.exists()


def test_a_plain_backup_needs_the_installations_key(house: House) -> None:
    source = house.backup("plain.tar", "--plain")
    for secret in ("", "another"):
        with house.restored(source, secret=secret) as (done, _):
            assert (done.exit_code, "鍵" in done.output) == (1, True)


def test_an_encrypted_backup_that_was_changed_or_cut_is_refused(house: House) -> None:
    whole = house.backup().read_bytes()
    bad = house.folder / "bad.age"
    for where in (0.1, 0.5, 1.0):
        place = min(int(len(whole) * where), len(whole) - 1)
        changed = bytes([*whole[:place], whole[place] ^ 1, *whole[place + 1 :]])
        for data in (changed, whole[:place]):
            bad.write_bytes(data)
            with house.restored(bad, *house.keys()) as (done, into):
                assert done.exit_code == 1
                assert not into.exists()


def test_nothing_is_restored_over_anything(house: House) -> None:
    source = house.backup()
    into = house.folder / "full"
    into.mkdir()
    (into / "here").write_text("kept")
    url = house.world.platform.database.url.render_as_string(hide_password=False)
    postgres = house.world.platform.database.dialect == "postgresql"
    empty = house.folder / "empty"
    for place, more in ((into, ()), (empty, ("--database", url) if postgres else ())):
        if place == empty and not postgres:
            continue
        told = house.run("restore", str(source), "--into", str(place), *house.keys(), *more)
        assert (told.exit_code, "空ではありません" in told.output) == (1, True), told.output
    assert (into / "here").read_text() == "kept"


def test_a_file_that_rots_on_disk_stops_the_backup(house: House) -> None:
    house.fill(1, 1)
    store = house.world.platform.files
    key = next(iter(store.keys()))
    path = store.path(key)
    path.chmod(0o600)
    path.write_bytes(b"x" * path.stat().st_size)
    told = house.run(
        "backup", str(house.folder / "x.age"), "--recipient", house.recipient, secret=SECRET
    )
    assert (told.exit_code, key in told.output) == (1, True)
    assert not list(house.folder.glob("*x.age*"))


def test_the_sweep_tells_what_lacks(house: House) -> None:
    house.fill(1, 1)
    assert house.run("sweep", "--clean", secret=SECRET).exit_code == 0
    store = house.world.platform.files
    key = next(iter(store.keys()))
    store.path(key).unlink()
    told = house.run("sweep", secret=SECRET)
    assert (told.exit_code, key in told.output) == (1, True)
