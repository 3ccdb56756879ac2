"""Who writes in a record, and what others saved meanwhile: told as far as one may know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from queue import Empty
from typing import Any

import pytest
from sqlalchemy import func, select

from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Stale, Unknown
from tsuzuri.services import live, opening, presence, records, sessions
from tsuzuri.services.audience import Editing, Follower
from tsuzuri.services.hub import Hub
from tsuzuri.storage import audit_tables, people
from tsuzuri.storage.people import Agency, User
from tsuzuri.storage.presence_tables import presences
from worlds.town import ERRAND, EVERYTHING, World

RULES: Mapping[str, Any] = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE", "agency:SHELTER"], "allow": ["view", "edit", "comment"]},
        {"who": ["field:scope"], "allow": ["view", "edit", "comment"]},
        {"who": ["agency:HEALTH"], "allow": ["view"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["agency:CARE"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
    ],
}
FIELDS = {
    "a": {"kind": "text", "title": "様子"},
    "b": {"kind": "text", "title": "次の対応"},
    "secret": {"kind": "text", "title": "通告者"},
    "scope": {"kind": "agencies"},
}


def _shared(world: World) -> tuple[App, int]:
    app = world.publish(FIELDS, RULES)
    given = {"a": "登園", "b": "なし", "secret": "祖母", "scope": ["NURSERY"]}
    return app, records.create(world.platform, world.entering("mori", app), given).id


def _beat(world: World, user: str, app: App, record: int) -> None:
    presence.beat(world.platform, world.entering(user, app), record, f"session of {user}")


def _editors(world: World, user: str, app: App, record: int) -> tuple[str, ...]:
    return presence.editors(world.platform, world.entering(user, app), record)


def _mark(world: World, user: str, app: App, record: int) -> int:
    return opening.opened(world.platform, world.entering(user, app), record).mark


def _save(world: World, user: str, app: App, record: int, mark: int, **given: str) -> records.Saved:
    access = world.entering(user, app)
    return records.change(world.platform, access, record, given, revision=mark)


@pytest.fixture
def start(world: World) -> Iterator[None]:
    now = world.clock.now
    yield
    world.clock.now = now


@pytest.mark.usefixtures("start")
def test_who_writes_is_seen_by_others_and_gone_soon_after(world: World) -> None:
    app, record = _shared(world)
    _beat(world, "mori", app, record)
    assert _editors(world, "takahashi", app, record) == ("mori",)
    assert _editors(world, "mori", app, record) == ()
    world.clock.now += timedelta(seconds=20)
    assert _editors(world, "takahashi", app, record) == ("mori",)
    _beat(world, "takahashi", app, record)
    world.clock.now += timedelta(seconds=10)
    assert _editors(world, "suzuki", app, record) == ("takahashi",)
    # What is over is also forgotten, with the next sign of anybody.
    world.clock.now += timedelta(seconds=30)
    _beat(world, "mori", app, record)
    with world.platform.database.read(ERRAND) as connection:
        kept = connection.execute(select(presences.c.user)).scalars().all()
    assert kept == ["mori"]
    access = world.entering("mori", app)
    presence.leave(world.platform, access, record, "session of mori")
    assert _editors(world, "takahashi", app, record) == ()


def test_only_who_may_edit_the_record_is_taken_to_write_in_it(world: World) -> None:
    app, record = _shared(world)
    looking = world.publish(FIELDS, {**RULES, "record": RULES["record"][2:]})
    (seen,) = world.put(looking, {"a": "x"})
    with pytest.raises(Denied):
        _beat(world, "suzuki", looking, seen)
    with pytest.raises(Unknown):
        _beat(world, "ito", app, record)
    assert _editors(world, "mori", app, record) == ()


def test_signs_of_life_leave_nothing_in_the_log(world: World) -> None:
    app, record = _shared(world)
    entries = select(func.count()).select_from(audit_tables.entries)
    with world.platform.database.read(ERRAND) as connection:
        before = connection.execute(entries).scalar()
    for _ in range(3):
        _beat(world, "mori", app, record)
        mark = _mark(world, "mori", app, record)
        presence.changed(world.platform, world.entering("mori", app), record, mark)
    with world.platform.database.read(ERRAND) as connection:
        assert connection.execute(entries).scalar() == before


def test_whom_one_may_not_know_writes_unseen(world: World) -> None:
    with world.platform.database.write(ERRAND) as connection:
        shelter = Agency(code="SHELTER", name="みどりの家", confidential=True)
        people.put_agencies(connection, [shelter])
        kita = User(code="kita", name="北", agencies=("SHELTER",))
        people.put_users(connection, [kita], world.platform.today)
    app, record = _shared(world)
    hub = Hub(world.platform, 10)
    try:
        follower = _followed(world, hub, app, record)
        _beat(world, "kita", app, record)
        assert _editors(world, "takahashi", app, record) == ()
        # Not even a word that nothing is new.
        with pytest.raises(Empty):
            follower.words.get(timeout=3)
    finally:
        hub.stop(wait=5)


def _followed(world: World, hub: Hub, app: App, record: int) -> Follower:
    begun = sessions.begin(world.platform, world.actor("takahashi"))
    follower = Follower(app=app.code, record=record, session=sessions.hashed(begun))
    assert hub.join(follower)
    follower.sight = live.sight(world.platform, world.entering("takahashi", app), record)
    return follower


def test_open_pages_are_told_who_begins_and_who_stops(world: World) -> None:
    app, record = _shared(world)
    hub = Hub(world.platform, 10)
    try:
        follower = _followed(world, hub, app, record)
        _beat(world, "mori", app, record)
        assert follower.words.get(timeout=10) == Editing(("mori",))
        access = world.entering("mori", app)
        presence.leave(world.platform, access, record, "session of mori")
        assert follower.words.get(timeout=10) == Editing(())
    finally:
        hub.stop(wait=5)


def test_what_others_saved_is_told_by_its_fields(world: World) -> None:
    app, record = _shared(world)
    mark = _mark(world, "takahashi", app, record)
    assert _changed(world, "takahashi", app, record, mark) is None
    _save(world, "mori", app, record, _mark(world, "mori", app, record), b="面談", secret="叔母")
    assert _changed(world, "takahashi", app, record, mark) == (["次の対応"], "mori")


def test_what_is_hidden_changes_without_a_word_and_hinders_nobody(world: World) -> None:
    app, record = _shared(world)
    mark = _mark(world, "takahashi", app, record)
    _save(world, "mori", app, record, _mark(world, "mori", app, record), secret="叔母")
    assert _changed(world, "takahashi", app, record, mark) is None
    saved = _save(world, "takahashi", app, record, mark, a="降園")
    assert saved.others == ()


def test_other_fields_merge_and_the_same_field_is_asked_about(world: World) -> None:
    app, record = _shared(world)
    mark = _mark(world, "takahashi", app, record)
    _save(world, "mori", app, record, _mark(world, "mori", app, record), b="面談")
    saved = _save(world, "takahashi", app, record, mark, a="降園")
    assert saved.others == ("b",)
    now = opening.opened(world.platform, world.entering("mori", app), record).state.values
    assert (now["a"], now["b"]) == ("降園", "面談")
    with pytest.raises(Stale) as refused:
        _save(world, "takahashi", app, record, mark, b="電話")
    assert [(one.code, one.theirs, one.yours) for one in refused.value.clashes] == [
        ("b", "面談", "電話")
    ]


@pytest.mark.parametrize("mark", [None, 1, 2**53])
def test_an_invented_mark_tells_nothing(world: World, mark: int | None) -> None:
    app, record = _shared(world)
    assert _changed(world, "takahashi", app, record, mark) is None


def _changed(
    world: World, user: str, app: App, record: int, mark: int | None
) -> tuple[list[str], str] | None:
    found = presence.changed(world.platform, world.entering(user, app), record, mark)
    return ([one.title("ja") for one in found.fields], found.by) if found else None
