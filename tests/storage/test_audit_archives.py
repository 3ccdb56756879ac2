"""Old entries move to files; whatever is done to rows, entries or files afterwards is found."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DatabaseError

from support.tampering import unguard
from tsuzuri.errors import Invalid
from tsuzuri.services import alarms, audit_archiving, auditing
from tsuzuri.storage import audit, audit_archives, audit_files, audit_tables
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.audit_archives import Archive
from tsuzuri.storage.audit_reading import Asked, search
from worlds.fixtures import world
from worlds.town import NOW, World

__all__ = ["world"]

OLD = 4 * timedelta(days=366)
LATER = NOW + 3 * OLD


def fill(world: World, ago: timedelta, count: int) -> None:
    """Note so many things as done so long ago, some of them lists; all of them are watched."""
    world.clock.now = NOW - ago
    with world.platform.changing(world.actor("mori")) as connection:
        for number in range(count):
            detail = {"records": [number, number + 1], "count": 2} if number % 2 else {}
            audit.note(connection, Entry(action="made.up", app="x", detail=detail))
    world.clock.now = NOW
    alarms.watch(world.platform)


def moved(world: World, folder: Path, before: date | None = None) -> list[Archive]:
    return list(audit_archiving.archive(world.platform, world.actor("mori"), folder, before))


@pytest.fixture(scope="module")
def files(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of three files and as much that stays."""
    folder = tmp_path_factory.mktemp("archives")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_archiving, "MOST", 512)
        fill(world, OLD, 1400)
        fill(world, timedelta(days=3), 300)
        assert [one.entries for one in moved(world, folder)] == [512, 512, 376]
    return folder


def test_the_log_goes_on_where_the_archive_ends(world: World, files: Path) -> None:
    proof = auditing.verify(world.platform)
    assert (proof.bad, proof.archives, proof.archived) == (None, 3, 1400)
    held = audit_archiving.verify(world.platform, [files])
    assert (held.whole, held.faults) == (3, ())
    with world.platform.database.platform() as connection:
        kept = [one for one, _ in audit.chain(connection)]
        assert kept[0].seq == 1401
        assert kept[-1].action == "audit.archive"
        assert json.loads(kept[-1].detail) == {"count": 376, "through": 1400}
        blocks = select(audit_tables.named.c.block).distinct()
        assert min(connection.execute(blocks).scalars()) == 5
        assert search(connection, Asked(record=7)) != []
        assert min(one.seq for one in search(connection, Asked(record=7))) >= 1401
    assert moved(world, files) == []
    assert sum(gzip.decompress(one.read_bytes()).count(b"\n") for one in files.iterdir()) == 1400


def test_a_head_that_was_kept_is_compared_with_the_files(world: World, files: Path) -> None:
    with gzip.open(sorted(files.iterdir())[1], "rt", encoding="utf-8") as lines:
        told = json.loads(lines.readlines()[87])
    assert told["seq"] == 600
    right, wrong = (600, told["hash"]), (600, "0" * 64)
    assert audit_archiving.verify(world.platform, [files], [right]).anchors == 1
    faults = audit_archiving.verify(world.platform, [files], [wrong]).faults
    assert [one.bad for one in faults] == [600]
    with world.platform.database.platform() as connection:
        edge = audit_archives.rows(connection)[-1].archive
    assert auditing.verify(world.platform, [(1400, edge.hash)]).bad is None
    assert auditing.verify(world.platform, [(1400, "0" * 64)]).bad == 1400


def edit(connection: Connection) -> int:
    connection.execute(text("UPDATE audit_entries SET \"user\" = 'x' WHERE seq = 1420"))
    return 1420


def delete_more(connection: Connection) -> int:
    """Take away the first entries that are in no file."""
    connection.execute(text("DELETE FROM audit_entries WHERE seq <= 1410"))
    return 1401


def put_back_an_entry(connection: Connection) -> int:
    """Show an old entry that was not there."""
    columns = ", ".join(f'"{one.name}"' for one in audit_tables.entries.columns)
    copied = columns.replace('"seq"', "77")
    connection.execute(
        text(
            f"INSERT INTO audit_entries ({columns})"
            f" SELECT {copied} FROM audit_entries WHERE seq = 1402"
        )
    )
    return 77


def lengthen_an_archive(connection: Connection) -> int:
    """Claim that the last file holds more, and take that away."""
    connection.execute(
        text(
            "UPDATE audit_archives SET through = 1420,"
            " hash = (SELECT hash FROM audit_entries WHERE seq = 1420) WHERE through = 1400"
        )
    )
    connection.execute(text("DELETE FROM audit_entries WHERE seq <= 1420"))
    return 1025


def forge_an_archive(connection: Connection) -> int:
    """Add a row of a file that never was, and take away what it is said to hold."""
    connection.execute(
        text(
            "INSERT INTO audit_archives (through, after, hash, sha256, first_at, last_at, seal)"
            " SELECT 1420, 1400, (SELECT hash FROM audit_entries WHERE seq = 1420),"
            " sha256, first_at, last_at, seal FROM audit_archives WHERE through = 1400"
        )
    )
    connection.execute(text("DELETE FROM audit_entries WHERE seq <= 1420"))
    return 1401


def remove_the_last(connection: Connection) -> int:
    connection.execute(text("DELETE FROM audit_archives WHERE through = 1400"))
    return 1025


def remove_one_between(connection: Connection) -> int:
    connection.execute(text("DELETE FROM audit_archives WHERE through = 512"))
    return 1


def remove_all(connection: Connection) -> int:
    connection.execute(text("DELETE FROM audit_archives"))
    return 1


def other_file(connection: Connection) -> int:
    connection.execute(text("UPDATE audit_archives SET sha256 = '0' WHERE through = 1024"))
    return 513


def other_time(connection: Connection) -> int:
    connection.execute(text("UPDATE audit_archives SET last_at = 'あ' WHERE through = 1024"))
    return 513


def other_seal(connection: Connection) -> int:
    connection.execute(text("UPDATE audit_archives SET seal = 'あ' WHERE through = 1024"))
    return 513


def cut_off(connection: Connection) -> int:
    """Let nothing follow the archive, and set the head so."""
    connection.execute(text("DELETE FROM audit_entries"))
    connection.execute(
        text(
            "UPDATE audit_head SET seq = 1400,"
            " hash = (SELECT hash FROM audit_archives WHERE through = 1400)"
        )
    )
    return 1401


TAMPERING: tuple[Callable[[Connection], int], ...] = (
    *(edit, delete_more, put_back_an_entry, lengthen_an_archive, forge_an_archive),
    *(remove_the_last, remove_one_between, remove_all, other_file, other_time, other_seal),
    cut_off,
)


@pytest.mark.parametrize("script", TAMPERING, ids=lambda one: one.__name__)
def test_tampering_with_the_database_is_seen(
    world: World, files: Path, script: Callable[[Connection], int]
) -> None:
    key = world.platform.config.key("audit")
    with world.undone() as connection:
        anchors = [audit.head(connection)] if script is cut_off else []
        assert audit.first_bad(connection, key, anchors) is None
        unguard(connection)
        assert script(connection) == audit.first_bad(connection, key, anchors)


def changed(lines: list[bytes]) -> list[bytes]:
    return [*lines[:87], lines[87].replace(b"made.up", b"made.it"), *lines[88:]]


def swapped(lines: list[bytes]) -> list[bytes]:
    return [*lines[:87], lines[88], lines[87], *lines[89:]]


LINES: tuple[tuple[Callable[[list[bytes]], list[bytes]], int], ...] = (
    (changed, 600),
    (lambda lines: lines[:87] + lines[88:], 600),
    (lambda lines: lines[:87] + lines[86:], 600),
    (swapped, 600),
    (lambda lines: lines[:87], 600),
    (lambda lines: [*lines, lines[-1]], 1024),
    (lambda lines: [*lines[:87], b"[]\n", *lines[88:]], 600),
    (lambda lines: [*lines[:87], b'{"seq":1}\n', *lines[88:]], 600),
    (lambda lines: [*lines[:87], b"\xff\n", *lines[88:]], 600),
    (lambda lines: [*lines[:87], b"[" * 100_000 + b"\n", *lines[88:]], 600),
    (lambda lines: lines[:0], 513),
    # The same entries in other words: only the hash of the file tells.
    (lambda lines: [lines[0].replace(b'{"action"', b'{"action":"x","action"'), *lines[1:]], 513),
)


@pytest.mark.parametrize("number", range(len(LINES)))
def test_tampering_with_a_file_is_seen(
    world: World, files: Path, tmp_path: Path, number: int
) -> None:
    change, first = LINES[number]
    copy = shutil.copytree(files, tmp_path / "copy")
    path = copy / audit_archives.file_name(512, 1024)
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(change(lines)), mtime=0))
    proof = audit_archiving.verify(world.platform, [copy])
    assert [(one.name, one.bad) for one in proof.faults] == [(str(path), first)]
    assert proof.whole == 2
    # Another copy that is whole does not excuse this one.
    assert audit_archiving.verify(world.platform, [files, copy]).faults == proof.faults


@pytest.mark.parametrize("damage", ["cut", "more", "flip", "none"])
def test_a_damaged_or_missing_file_is_named(
    world: World, files: Path, tmp_path: Path, damage: str
) -> None:
    copy = shutil.copytree(files, tmp_path / "copy")
    path = copy / audit_archives.file_name(512, 1024)
    whole = path.read_bytes()
    wrong = {"cut": whole[:-9], "more": whole + b"x", "flip": b"x" + whole[1:]}
    path.unlink()
    if damage in wrong:
        path.write_bytes(wrong[damage])
    faults = audit_archiving.verify(world.platform, [copy]).faults
    assert [Path(one.name).name for one in faults] == [path.name]
    assert [bool(one.bad) for one in faults] == [damage != "none"]


REFUSED = (
    "DELETE FROM audit_entries WHERE seq = 1401",
    "DELETE FROM audit_entries",
    "UPDATE audit_entries SET app = 'x'",
    "UPDATE audit_archives SET through = 5000 WHERE through = 1400",
    "DELETE FROM audit_archives WHERE through = 512",
)


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_lets_go_of_nothing_else(world: World, files: Path, statement: str) -> None:
    with (
        world.undone() as connection,
        pytest.raises(DatabaseError, match="audit entries are only added"),
    ):
        connection.execute(text(statement))


def test_a_row_of_an_archive_is_not_replaced(world: World, files: Path) -> None:
    replacing = {
        "sqlite": "INSERT OR REPLACE INTO audit_archives SELECT * FROM audit_archives",
        "postgresql": "TRUNCATE audit_archives",
    }[world.platform.database.dialect]
    with (
        world.undone() as connection,
        pytest.raises(DatabaseError, match="audit entries are only added"),
    ):
        connection.execute(text(replacing))


def test_what_was_broken_off_between_file_and_transaction_is_done_again(
    world: World, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(world, timedelta(), 300)
    world.clock.now = NOW + OLD
    try:
        with monkeypatch.context() as patch:
            patch.setattr(audit_files, "let_go", _killed)
            with pytest.raises(KeyboardInterrupt):
                moved(world, tmp_path)
        (left,) = tmp_path.iterdir()
        assert auditing.verify(world.platform).archived == 1400
        before = left.read_bytes()
        made = moved(world, tmp_path)
        assert [one.name for one in made] == [left.name]
        assert left.read_bytes() == before
        assert left.stat().st_mode & 0o077 == 0
        proof = auditing.verify(world.platform)
        assert (proof.bad, proof.archives) == (None, 4)
        assert audit_archiving.verify(world.platform, [files, tmp_path]).faults == ()
    finally:
        world.clock.now = NOW


def _killed(*_given: object) -> None:
    raise KeyboardInterrupt


def test_a_file_of_that_name_is_never_replaced(world: World, files: Path, tmp_path: Path) -> None:
    fill(world, timedelta(), 600)
    world.clock.now = LATER
    try:
        with world.platform.database.platform() as connection:
            after = audit_archives.through(connection)
            _, through = audit_files.movable(connection, "2035", audit_archiving.MOST)
        other = tmp_path / audit_archives.file_name(after, through)
        other.write_bytes(b"somebody else's")
        with pytest.raises(Invalid):
            moved(world, tmp_path)
        assert other.read_bytes() == b"somebody else's"
        assert list(tmp_path.iterdir()) == [other]
    finally:
        world.clock.now = NOW


def test_what_is_not_as_written_is_not_moved(world: World, files: Path, tmp_path: Path) -> None:
    fill(world, timedelta(), 300)
    key = world.platform.config.key("audit")
    with world.undone() as connection:
        after = audit_archives.through(connection)
        unguard(connection)
        connection.execute(text(f"UPDATE audit_entries SET app = 'y' WHERE seq = {after + 20}"))
        assert (
            audit_files.write(connection, key, tmp_path, after=after, through=after + 256) is None
        )
    assert list(tmp_path.iterdir()) == []


def test_too_late_a_day_and_what_nobody_watched_are_refused(
    world: World, files: Path, tmp_path: Path
) -> None:
    assert audit_archiving.latest(world.platform) == date(2023, 11, 22)
    with pytest.raises(Invalid) as told:
        moved(world, tmp_path, date(2023, 11, 23))
    assert "2023-11-22" in str(told.value.problems[0].message)
    with world.platform.changing(world.actor("mori")) as connection:
        for _ in range(600):
            audit.note(connection, Entry(action="made.up"))
    world.clock.now = LATER
    try:
        with pytest.raises(Invalid) as told:
            moved(world, tmp_path)
    finally:
        world.clock.now = NOW
    assert "audit watch" in str(told.value.problems[0].message)
    assert list(tmp_path.iterdir()) == []
