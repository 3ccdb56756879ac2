"""The statements a reader causes are the same, whatever others keep unseen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import event

from tsuzuri.access.actors import Actor, Origin
from tsuzuri.definitions.model import App
from tsuzuri.services import records, search
from tsuzuri.services.ledger import ReadingLedger
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

RULES: dict[str, Any] = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["user:abe"], "allow": [*EVERYTHING]},
        {"who": ["field:staff"], "where": "n > 0", "allow": ["view"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["user:abe"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "where": "n > 5", "allow": "view"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
    ],
}
FIELDS: dict[str, Any] = {
    "n": {"kind": "number"},
    "staff": {"kind": "users"},
    "secret": {"kind": "text"},
}


@contextmanager
def counting(world: World) -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement.partition(" ")[0])

    engine = world.platform.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def reader(world: World) -> tuple[Actor, ReadingLedger]:
    ledger = ReadingLedger("test")
    return replace(world.actor("ito"), origin=Origin(ledger=ledger)), ledger


def test_a_hit_that_is_not_shown_costs_nothing_and_is_not_noted_as_read(world: World) -> None:
    app = world.publish(FIELDS, RULES)
    world.put(app, {"n": 1, "staff": ["ito"], "secret": "隠れた言葉"})
    actor, ledger = reader(world)
    taken = []
    for word in ("隠れた言葉", "どこにも無い"):
        search.search(world.platform, actor, word, app=app.code)
        with counting(world) as sent:
            assert search.search(world.platform, actor, word, app=app.code).hits == []
        taken.append(sent)
    assert taken[0] == taken[1]
    # That somebody searched is noted, and no record as read.
    assert not ledger.opened
    assert not ledger.listed


def test_a_reason_written_before_takes_as_many_statements(world: World) -> None:
    app = world.publish(FIELDS, RULES)
    first, second = world.put(app, {"n": 1}, {"n": 1})
    access = world.entering("abe", app)
    taken = []
    for one in (first, second):
        with counting(world) as sent:
            records.delete(world.platform, access, one, reason="同じ理由", revision=None)
        taken.append(sent)
    assert taken[0] == taken[1]


def test_whether_anybody_is_listed_does_not_show_in_statements(world: World) -> None:
    # Names of people are read once and kept: no matter of what is listed in a record.
    assert world.seen("takahashi", world.publish(FIELDS, RULES)) == []
    taken = []
    for listed in (["sato"], None):
        app: App = world.publish(FIELDS, {**RULES, "field": []})
        world.put(app, {"n": 1, "staff": listed})
        with counting(world) as sent:
            assert world.seen("takahashi", app) == []
        taken.append(sent)
    assert taken[0] == taken[1]


def test_a_hidden_value_that_must_not_repeat_costs_no_statement(world: World) -> None:
    fields = {**FIELDS, "secret": {"kind": "text", "unique": True}}
    app = world.publish(fields, {**RULES, "record": []})
    records_made = world.put(app, {"n": 1, "secret": "R8-1"}, {"n": 1})
    access = world.entering("ito", app)
    taken = []
    for number in records_made:
        with counting(world) as sent:
            records.change(world.platform, access, number, {"n": 2}, revision=None)
        taken.append(sent)
    assert taken[0] == taken[1]
