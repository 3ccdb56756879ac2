"""Reminders: each record's day is told of once, to those who may know it, whatever happens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tsuzuri.definitions.model import App
from tsuzuri.services import inbox, noticing, records, reminding
from tsuzuri.storage import notices
from tsuzuri.storage.app_tables import tables_of
from worlds.town import ERRAND, EVERYTHING, NOW, World

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE/*"], "allow": ["view", "edit", "comment"]},
        {"who": ["field:scope"], "allow": ["view", "edit", "comment"]},
    ],
    "field": [
        {"fields": ["hearing"], "who": ["agency:CARE/*"], "allow": "edit"},
        {"fields": ["hearing"], "where": 'a in ("開く")', "who": ["everyone"], "allow": "view"},
        {"fields": ["hearing"], "who": ["everyone"], "allow": "none"},
    ],
}
FIELDS = {
    "a": {"kind": "text"},
    "due": {"kind": "date"},
    "meeting": {"kind": "datetime"},
    "hearing": {"kind": "date"},
    "scope": {"kind": "agencies"},
}
DUE = {"code": "due", "title": "明日が期限です", "field": "due", "days": -1, "at": "08:30"}
TO = {"to": ["agency:CARE", "field:scope"]}


@pytest.fixture
def town(world: World) -> Iterator[World]:
    """Give a town whose reminders begin now, which in Tokyo is the 22nd, half past midnight."""
    reminding.run(world.platform)
    yield world
    world.clock.now = NOW
    reminding.run(world.platform)


def _app(world: World, *reminders: dict[str, Any], code: str = "") -> App:
    given = [{**DUE, **TO, **one} for one in reminders]
    return world.publish(FIELDS, RULES, code=code, recordTitle=["a"], notify={"reminders": given})


def _new(world: World, app: App, **given: Any) -> int:
    given = {"a": "連絡", "scope": ["NURSERY"], **given}
    return records.create(world.platform, world.entering("mori", app), given).id


def _at(world: World, local: str) -> None:
    """Let the clock of the town show a moment in Tokyo, and make a pass."""
    moment = datetime.fromisoformat(f"2026-{local}:00+09:00")
    world.clock.now = moment.astimezone(UTC)
    reminding.run(world.platform)


def _told(world: World, app: App, user: str = "takahashi") -> list[tuple[int, str, str]]:
    found, _ = inbox.page(world.platform, world.actor(user), "all")
    return [
        (one.record.id, one.notice.rule, one.notice.at)
        for one in found
        if one.access.app.code == app.code
    ]


def test_a_day_is_told_of_once_at_its_time_to_who_is_named_and_sees_it(town: World) -> None:
    app = _app(town, {})
    record = _new(town, app, due="2026-11-24")
    _at(town, "11-23T08:29")
    assert _told(town, app) == []
    for _ in range(2):
        _at(town, "11-23T08:30")
        assert _told(town, app) == [(record, "due", "2026-11-22T23:30:00Z")]
    _at(town, "11-25T09:00")
    assert len(_told(town, app)) == 1
    assert len(_told(town, app, "mori")) == 1
    assert _told(town, app, "sato") == []


def test_days_of_a_date_and_time_are_those_of_the_installation(town: World) -> None:
    app = _app(town, {"code": "early", "field": "meeting", "days": 0, "at": "00:30"})
    first = _new(town, app, meeting="2026-11-23T15:00:00Z")
    last = _new(town, app, meeting="2026-11-24T14:59:59Z")
    _new(town, app, meeting="2026-11-24T15:00:00Z")
    _at(town, "11-24T00:30")
    assert {record for record, *_ in _told(town, app)} == {first, last}


def test_three_days_without_a_server_lose_nothing(town: World) -> None:
    app = _app(town, {})
    expected = [_new(town, app, due=f"2026-11-{day}") for day in (24, 25, 26)]
    _at(town, "11-25T09:00")
    assert sorted(record for record, *_ in _told(town, app)) == sorted(expected)


def test_a_clock_that_is_set_back_doubles_and_loses_nothing(town: World) -> None:
    app = _app(town, {})
    first = _new(town, app, due="2026-11-24")
    _at(town, "11-23T09:00")
    _at(town, "11-22T12:00")
    second = _new(town, app, due="2026-11-24")
    third = _new(town, app, due="2026-11-25")
    _at(town, "11-23T09:00")
    _at(town, "11-24T09:00")
    assert sorted(record for record, *_ in _told(town, app)) == sorted([first, second, third])


def test_a_clock_that_ran_years_ahead_loses_nothing_afterwards(town: World) -> None:
    app = _app(town, {})
    town.clock.now = NOW + timedelta(days=3 * 365)
    reminding.run(town.platform)
    _at(town, "11-22T12:00")
    record = _new(town, app, due="2026-11-24")
    _at(town, "11-23T08:30")
    assert [one for one, *_ in _told(town, app)] == [record]


def test_a_kill_between_writing_and_remembering_doubles_nothing(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _app(town, {})
    record = _new(town, app, due="2026-11-24")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(notices, "move", killed)
        with pytest.raises(KeyboardInterrupt):
            _at(town, "11-23T08:30")
    _at(town, "11-23T08:31")
    assert [one for one, *_ in _told(town, app)] == [record]


def test_what_does_not_meet_the_condition_is_not_told_of(town: World) -> None:
    app = _app(town, {"when": 'a in ("未回答")'})
    _new(town, app, due="2026-11-24")
    record = _new(town, app, due="2026-11-24", a="未回答")
    _at(town, "11-23T08:30")
    assert [one for one, *_ in _told(town, app)] == [record]


def test_a_day_that_is_hidden_from_somebody_is_not_told_to_them(town: World) -> None:
    app = _app(town, {"field": "hearing"})
    hidden = _new(town, app, hearing="2026-11-24")
    shown = _new(town, app, hearing="2026-11-24", a="開く")
    _at(town, "11-23T08:30")
    assert [one for one, *_ in _told(town, app)] == [shown]
    assert sorted(one for one, *_ in _told(town, app, "mori")) == sorted([hidden, shown])


def test_a_day_that_is_put_off_is_told_of_anew(town: World) -> None:
    app = _app(town, {})
    record = _new(town, app, due="2026-11-24")
    _at(town, "11-23T08:30")
    mori = town.entering("mori", app)
    records.change(town.platform, mori, record, {"due": "2026-11-30"}, revision=None)
    _at(town, "11-29T08:30")
    assert [one for one, *_ in _told(town, app)] == [record, record]


def test_deleted_records_and_reminders_that_left_are_not_told_of(town: World) -> None:
    app = _app(town, {}, {"code": "late", "days": 1})
    record = _new(town, app, due="2026-11-24")
    gone = _new(town, app, due="2026-11-24")
    with town.platform.database.write(ERRAND) as connection:
        table = tables_of(app).records.name
        connection.execute(text(f"UPDATE {table} SET deleted_at = 'x' WHERE id = {gone}"))
    later = _app(town, {}, code=app.code)
    _at(town, "11-26T09:00")
    assert [(one, rule) for one, rule, _ in _told(town, later)] == [(record, "due")]


def test_a_server_reminds_by_itself_and_so_does_the_command(town: World) -> None:
    app = _app(town, {})
    record = _new(town, app, due="2026-11-24")
    town.clock.now = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    noticer = noticing.Noticer(town.platform)
    noticer.start()
    until = time.monotonic() + 20
    while not _told(town, app) and time.monotonic() < until:
        time.sleep(0.05)
    noticer.stop(wait=5)
    assert [one for one, *_ in _told(town, app)] == [record]


def test_a_pass_asks_the_index_of_the_day(town: World) -> None:
    app = _app(town, {})
    field = tables_of(app).column(app.field("due")).name
    with town.platform.database.read(ERRAND) as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("PostgreSQL reads a table of no size without its index")
        plan = connection.execute(
            text(
                f"EXPLAIN QUERY PLAN SELECT id FROM {tables_of(app).records.name}"
                f" WHERE {field} >= 'a' AND {field} < 'b' AND deleted_at IS NULL"
            )
        )
        assert any(f"_{field}" in row[3] for row in plan)
