"""After an erasure nothing of a record's text is in the database: its files are read as bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from conftest import FreshDatabase
from tsuzuri.definitions.model import App
from tsuzuri.japanese.folding import fold
from tsuzuri.services import records, retention, threads, unmasking
from tsuzuri.storage import erasure, search
from tsuzuri.storage.app_tables import tables_of
from worlds.town import ERRAND, OPEN_TO_ALL, World, opened

WORDS = ("蠣殻町の祖母宅", "canaryOne")
"""Words that stand nowhere else; in a text, in a row of a table, in what people say."""
FIELDS = {
    "body": {"kind": "multiline"},
    "old": {"kind": "text"},
    "secret": {"kind": "text"},
    "choices": {"kind": "multi_select", "items": {"type": "string", "enum": ["甲", "乙"]}},
    "log": {
        "kind": "table",
        "items": {"type": "object", "properties": {"line": {"kind": "text", "title": "行"}}},
    },
    "closed_at": {"kind": "date"},
}
RULES = {
    **OPEN_TO_ALL,
    "field": [
        {"fields": ["secret"], "who": ["user:mori"], "allow": "masked"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "edit"},
    ],
}
RULE = {"years": 5, "from": "closed_at"}


@pytest.fixture
def world(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[World]:
    with fresh_database() as url, opened(url, tmp_path / "files") as town:
        yield town


def full_record(world: World) -> tuple[App, int]:
    """Make a record that says its words in every place there is, and one beside it."""
    app = world.publish(FIELDS, RULES, retention=RULE)
    access = world.entering("sato", app)
    said = " ".join(WORDS)
    given = {
        "body": f"{said}に移った",
        "old": said,
        "secret": said,
        "choices": ["甲"],
        "log": [{"line": said}],
        "closed_at": "2020-01-01",
    }
    made = records.create(world.platform, access, given).id
    records.create(world.platform, access, {"body": "何ごともない", "closed_at": "2020-01-01"})
    records.change(world.platform, access, made, {"body": f"{said}から戻った"}, revision=None)
    threads.comment(world.platform, access, made, said)
    unmasking.unmask(world.platform, world.entering("mori", app), made, "secret", said)
    # A field that leaves keeps its values, and its words in the index.
    fewer = {code: one for code, one in FIELDS.items() if code != "old"}
    world.publish(fewer, RULES, code=app.code, retention=RULE)
    app = world.platform.apps[app.code]
    records.delete(world.platform, world.entering("sato", app), made, reason=said, revision=None)
    return app, made


def erase(world: World, app: App, record: int) -> None:
    """Let two people erase a record, and the database be cleaned."""
    reason = f"満了 {WORDS[1]}"
    retention.propose(world.platform, world.entering("sato", app), [record], reason)
    retention.approve(world.platform, world.entering("mori", app), [record])


def traces(world: World) -> list[str]:
    """Return where words are left, in any form they are stored in."""
    database = world.platform.database
    with database.read(ERRAND) as connection:
        if database.dialect == "sqlite":
            return [*_in_files(Path(str(database.url.database))), *_in_index(connection)]
        return list(_in_rows(connection))


def _in_files(file: Path) -> Iterator[str]:
    bytes_of = {one: one.read_bytes() for one in (file, Path(f"{file}-wal")) if one.exists()}
    for path, data in bytes_of.items():
        for word in WORDS:
            for form in (word, word.lower(), ascii(word)[1:-1]):
                if any(form.encode(code) in data for code in ("utf-8", "utf-16-le", "utf-16-be")):
                    yield f"{form} in {path.name}"


def _in_index(connection: Connection) -> Iterator[str]:
    """Yield characters of the words that the raw index still spells, removed entries included.

    It holds each as four letters of its own and shares beginnings with the term before.
    """
    for name in inspect(connection).get_table_names():
        if name.startswith("search_") and name.endswith("_data"):
            blocks = connection.execute(text(f"SELECT block FROM {name}")).scalars()
            spelled = b" ".join(blocks)
            for character in "".join(WORDS).lower():
                if search.tokens(character)[-3:].encode() in spelled:
                    yield f"{character} in {name}"


def _in_rows(connection: Connection) -> Iterator[str]:
    for name in inspect(connection).get_table_names():
        whole = text(f"SELECT CAST(t AS text) FROM {name} t")
        for row in connection.execute(whole).scalars():
            if any(word in row or word.lower() in row for word in WORDS):
                yield f"{name}: {row[:60]}"


def test_the_words_are_found_before(world: World) -> None:
    full_record(world)
    found = traces(world)
    assert len(found) > 5
    if world.platform.database.dialect == "sqlite":
        assert any("-wal" in one for one in found)
        assert any("_data" in one for one in found)


def test_an_erasure_alone_leaves_words_in_free_space_and_the_index(world: World) -> None:
    app, record = full_record(world)
    erase(world, app, record)
    assert bool(traces(world)) == (world.platform.database.dialect == "sqlite")


def test_nothing_is_left_after_an_erasure(world: World) -> None:
    app, record = full_record(world)
    erase(world, app, record)
    assert erasure.clean(world.platform.database) == 1
    assert traces(world) == []
    with world.platform.database.read(ERRAND) as connection:
        values = [name for name in inspect(connection).get_table_names() if name[:4] == "val_"]
        for name in values:
            assert connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() == 0


def test_what_was_beside_it_is_still_found(world: World) -> None:
    app, record = full_record(world)
    erase(world, app, record)
    erasure.clean(world.platform.database)
    assert len(world.seen("sato", app)) == 1
    with world.platform.database.read(ERRAND) as connection:
        assert search.count_hits(connection, tables_of(app), fold("何ごと"), 9) == 1
        assert search.count_hits(connection, tables_of(app), fold("祖母"), 9) == 0


def test_a_database_is_cleaned_once_for_each_erasure(world: World) -> None:
    app, record = full_record(world)
    erase(world, app, record)
    assert erasure.clean(world.platform.database) == 1
    assert erasure.clean(world.platform.database) == 0
