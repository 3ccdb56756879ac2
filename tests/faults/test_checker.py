"""The checker of ``test_kill`` notices each kind of damage; a blind one would prove nothing."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from random import Random

import pytest

from faults import writers
from faults.checker import check
from faults.ledger import Ledger, promises
from tsuzuri.fields.base import Slot
from tsuzuri.services.platform import Platform

STEPS = 80

DAMAGE = {
    "a record is gone": "DELETE FROM rec_1 WHERE id = (SELECT max(id) FROM rec_1)",
    "a record is an older one": "UPDATE rec_1 SET {title} = 'x'",
    "a record is revived": "UPDATE rec_1 SET deleted_at = NULL",
    "a history row is gone": "DELETE FROM record_history WHERE id IN (SELECT max(id)"
    " FROM record_history)",
    "a history row belongs to nobody": "UPDATE record_history SET record = 1 WHERE id IN"
    " (SELECT min(id) FROM record_history)",
    "a comment is gone": "DELETE FROM record_comments WHERE id IN (SELECT max(id)"
    " FROM record_comments)",
    "a comment hangs in the air": "UPDATE record_comments SET record = 1",
    "a reader is missing": "DELETE FROM reader_1 WHERE principal IN (SELECT max(principal)"
    " FROM reader_1)",
    "a reader is too many": "INSERT INTO reader_1 SELECT DISTINCT r.principal, c.id"
    " FROM reader_1 r, rec_1 c WHERE c.deleted_at IS NOT NULL",
    "a link is missing": "DELETE FROM {scope} WHERE owner IN (SELECT max(owner) FROM {scope})",
    "a link is too many": "INSERT INTO {scope} VALUES (1, 'A01')",
    "a row is missing": "DELETE FROM {rows} WHERE id IN (SELECT max(id) FROM {rows})",
    "a row has moved": "UPDATE {rows} SET position = position + 1",
    "a search entry is too many": "INSERT INTO search_1(rowid, grams) VALUES (1025, '00aa00bb')",
    "a search entry says too much": "INSERT INTO search_1(rowid, grams)"
    " SELECT id * 1024 + {number}, '00aa00bb' FROM rec_1 LIMIT 1",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Let four people work undisturbed."""
    folder = tmp_path_factory.mktemp("office")
    platform = opened(folder)
    writers.settle(platform)
    for seed, user in enumerate(writers.USERS):
        writer = writers.Writer(platform, user, Random(seed), Ledger(folder / f"ledger-{user}"))
        for _ in range(STEPS // len(writers.USERS)):
            writer.step()
    platform.database.close()
    return folder


def opened(folder: Path) -> Platform:
    """Open the office in a folder."""
    return writers.open_platform(f"sqlite:///{folder / 'office.sqlite'}", folder / "files")


def checked(folder: Path) -> int:
    """Look at everything."""
    platform = opened(folder)
    try:
        return check(platform, writers.APP, promises(sorted(folder.glob("ledger-*"))))
    finally:
        platform.database.close()


def test_nothing_is_wrong_where_nothing_went_wrong(office: Path) -> None:
    assert checked(office) > len(writers.USERS)


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_noticed(office: Path, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(office, folder)
    platform = opened(folder)
    app = platform.apps[writers.APP]
    numbers = {one.code: one.number for one in app.fields}
    assert app.by_code["scope"].slot is Slot.LIST
    platform.database.close()
    connection = sqlite3.connect(folder / "office.sqlite")
    statement = DAMAGE[what].format(
        title=f"f{numbers['title']}",
        number=numbers["title"],
        scope=f"val_1_{numbers['scope']}",
        rows=f"row_1_{numbers['rows']}",
    )
    with connection:
        assert connection.execute(statement).rowcount != 0
    connection.close()
    with pytest.raises(AssertionError):
        checked(folder)


def test_a_damaged_file_is_noticed(office: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(office, folder)
    next(folder.glob("files/??/??/*")).write_bytes(b"x")
    with pytest.raises(AssertionError):
        checked(folder)
