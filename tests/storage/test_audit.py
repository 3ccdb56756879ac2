"""The audit log's chain: what belongs together stands together, and every tampering is found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from support.entering import enter
from support.tampering import unguard
from tsuzuri.errors import Invalid
from tsuzuri.factory import create_app
from tsuzuri.services import records, threads, unmasking
from tsuzuri.storage import audit, audit_tables
from tsuzuri.storage.audit import Entry, Untrailed
from worlds.fixtures import world
from worlds.town import OPEN_TO_ALL, World

__all__ = ["world"]


def entries(world: World) -> list[tuple[str, str, int]]:
    """Return what stands in the log: who, what, which record."""
    with world.platform.database.platform() as connection:
        return [(one.user, one.action, one.record) for one, _ in audit.chain(connection)]


def test_a_change_and_its_entry_stand_together(world: World) -> None:
    app = world.publish({"title": {"kind": "text"}, "body": {"kind": "text"}})
    access = world.entering("mori", app)
    before = len(entries(world))
    saved = records.create(world.platform, access, {"title": "あ"})
    records.change(world.platform, access, saved.id, {"body": "い"}, revision=1)
    with pytest.raises(Invalid):
        records.create(world.platform, access, {"nothing": "x"})
    assert entries(world)[before:] == [
        ("mori", "record.create", saved.id),
        ("mori", "record.change", saved.id),
    ]
    with world.platform.database.platform() as connection:
        last = list(audit.chain(connection))[-1][0]
    assert last.detail == '{"fields":["body"]}'


def test_what_is_read_is_in_the_log_before_the_answer(world: World) -> None:
    app = world.publish({"title": {"kind": "text"}})
    saved = records.create(world.platform, world.entering("mori", app), {"title": "あ"})
    client = create_app(world.platform.config, world.platform).test_client()
    enter(client, world.platform, "sato")
    before = len(entries(world))
    assert client.get(f"/apps/{app.code}/records/{saved.id}").status_code == 200
    assert client.get(f"/apps/{app.code}/").status_code == 200
    assert client.get(f"/apps/{app.code}/records/{saved.id + 1}").status_code == 404
    assert entries(world)[before:] == [
        ("sato", "read.records.show", saved.id),
        ("sato", "read.lists.index", 0),
        ("sato", "refuse", saved.id + 1),
    ]


def test_what_is_said_exported_searched_and_unmasked_is_in_the_log(world: World) -> None:
    rules = {
        **OPEN_TO_ALL,
        "field": [{"fields": ["secret"], "who": ["everyone"], "allow": "masked"}],
    }
    app = world.publish(
        {"title": {"kind": "text"}, "secret": {"kind": "text"}},
        rules,
        comments={"acknowledge": ["確認しました"]},
    )
    assert entries(world)[-1][1] == "app.publish"
    saved = world.put(app, {"title": "さくら", "secret": "ひみつ"})[0]
    client = create_app(world.platform.config, world.platform).test_client()
    enter(client, world.platform, "sato")
    before = len(entries(world))
    access = world.entering("sato", app)
    threads.comment(world.platform, access, saved, "了解")
    threads.thank(world.platform, access, saved, "確認しました")
    unmasking.unmask(world.platform, access, saved, "secret", "安否の確認")
    assert client.get(f"/apps/{app.code}/export.csv", buffered=True).status_code == 200
    assert client.get("/search?q=さくら").status_code == 200
    assert entries(world)[before:] == [
        ("sato", "comment.add", saved),
        ("sato", "thanks.give", saved),
        ("sato", "record.unmask", saved),
        ("sato", "record.export", 0),
        ("sato", "read.transfer.export", 0),
        ("sato", "read.lists.search", 0),
        ("sato", "search", 0),
    ]
    with world.platform.database.platform() as connection:
        told = " ".join(one.detail for one, _ in audit.chain(connection))
    for word in ("さくら", "ひみつ", "了解", "安否"):
        assert word not in told


def test_nothing_is_noted_without_a_trail(world: World) -> None:
    with (
        world.platform.database.platform(writing=True) as connection,
        pytest.raises(Untrailed),
    ):
        audit.note(connection, Entry(action="made.up"))


REPLACING = {
    "sqlite": "INSERT OR REPLACE INTO audit_entries SELECT * FROM audit_entries WHERE seq = 1",
    "postgresql": "INSERT INTO audit_entries SELECT * FROM audit_entries WHERE seq = 1"
    " ON CONFLICT (seq) DO UPDATE SET app = 'x'",
}
EMPTYING = {"sqlite": "DELETE FROM audit_entries", "postgresql": "TRUNCATE audit_entries"}


@pytest.mark.parametrize("way", ["update", "delete", "replace", "empty"])
def test_the_database_refuses_to_change_an_entry(world: World, way: str) -> None:
    with world.platform.changing(world.actor("mori")) as connection:
        audit.note(connection, Entry(action="made.up"))
    dialect = world.platform.database.dialect
    statement = {
        "update": "UPDATE audit_entries SET \"user\" = 'abe'",
        "delete": "DELETE FROM audit_entries WHERE seq = 1",
        "replace": REPLACING[dialect],
        "empty": EMPTYING[dialect],
    }[way]
    with (
        world.undone() as connection,
        pytest.raises(DatabaseError, match="audit entries are only added"),
    ):
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("tampering", "anchored"),
    [
        ("UPDATE audit_entries SET \"user\" = 'abe' WHERE seq = 2", False),
        ("DELETE FROM audit_entries WHERE seq = 2", False),
        ("DELETE FROM audit_entries WHERE seq > 3", True),
    ],
)
def test_tampering_is_found(world: World, tampering: str, anchored: bool) -> None:
    actor = world.actor("mori")
    for number in range(5):
        with world.platform.changing(replace(actor)) as connection:
            audit.note(connection, Entry(action="made.up", detail={"number": number}))
    key = world.platform.config.key("audit")
    with world.undone() as connection:
        seq, head = audit.head(connection)
        assert audit.first_bad(connection, key) is None
        assert audit.first_bad(connection, key, [(seq, head)]) is None
        unguard(connection)
        connection.execute(text(tampering))
        assert audit.first_bad(connection, key, [(seq, head)] if anchored else []) is not None
    with world.platform.database.platform() as connection:
        assert connection.execute(select(audit_tables.head.c.seq)).scalar() == seq
