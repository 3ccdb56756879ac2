"""Open pages are told of what their reader may see, at once, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty
from typing import Any

import pytest
from sqlalchemy import select

from tsuzuri.definitions.model import App
from tsuzuri.services import live, records, sessions, threads
from tsuzuri.services.audience import Follower, Gone, Moved, Over, Shown, Word
from tsuzuri.services.hub import PER_SESSION, Hub
from tsuzuri.storage import audit_tables
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE"], "allow": ["view", "edit", "comment", "delete"]},
        {"who": ["field:scope"], "allow": ["view", "comment"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["agency:CARE"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
    ],
}
FIELDS = {"a": {"kind": "text"}, "secret": {"kind": "text"}, "scope": {"kind": "agencies"}}
PHRASES = {"acknowledge": ["確認しました"]}
PATIENCE = 10
QUIET = 1.0


class Page:
    """One open page of somebody."""

    def __init__(self, world: World, hub: Hub, app: App, record: int, user: str) -> None:
        self.world, self.actor = world, world.actor(user)
        hashed = sessions.hashed(sessions.begin(world.platform, self.actor))
        self.follower = Follower(app=app.code, record=record, session=hashed)
        assert hub.join(self.follower)
        if record:
            access = world.entering(user, app)
            self.follower.sight = live.sight(world.platform, access, record)

    def sign_out(self) -> None:
        sessions.end(self.world.platform, self.actor, self.follower.session)

    def word(self) -> Word:
        return self.follower.words.get(timeout=PATIENCE)

    @property
    def is_quiet(self) -> bool:
        try:
            self.follower.words.get(timeout=QUIET)
        except Empty:
            return True
        return False


@pytest.fixture
def hub(world: World) -> Iterator[Hub]:
    made = Hub(world.platform, most=50)
    yield made
    made.stop(wait=PATIENCE)


def _shared(world: World, **given: Any) -> tuple[App, int]:
    app = world.publish(FIELDS, RULES, comments=PHRASES)
    values = {"a": "登園時の様子", "scope": ["NURSERY"], **given}
    return app, records.create(world.platform, world.entering("mori", app), values).id


def _change(world: World, app: App, record: int, **given: Any) -> None:
    records.change(world.platform, world.entering("mori", app), record, given, revision=None)


def test_a_comment_and_thanks_reach_whoever_sees_the_record(world: World, hub: Hub) -> None:
    app, record = _shared(world)
    page = Page(world, hub, app, record, "takahashi")
    said = threads.comment(world.platform, world.entering("mori", app), record, "こんにちは")
    word = page.word()
    assert isinstance(word, Shown)
    assert [one.id for one in word.sight.said.comments] == [said]
    threads.thank(world.platform, world.entering("mori", app), record, "確認しました")
    word = page.word()
    assert isinstance(word, Shown)
    assert [one.user for one in word.sight.said.thanks] == ["mori"]


def test_what_was_shown_is_in_the_log_under_the_readers_name(world: World, hub: Hub) -> None:
    app, record = _shared(world)
    page = Page(world, hub, app, record, "takahashi")
    threads.comment(world.platform, world.entering("mori", app), record, "こんにちは")
    page.word()
    entries = audit_tables.entries
    with world.platform.database.platform() as connection:
        readers = connection.execute(
            select(entries.c.user).where(
                entries.c.action == "read.live", entries.c.record == record
            )
        ).scalars()
        assert list(readers) == ["takahashi"]


def test_a_record_nobody_shares_with_somebody_makes_no_sound(world: World, hub: Hub) -> None:
    app, record = _shared(world)
    unseen = records.create(world.platform, world.entering("mori", app), {"a": "別の子"}).id
    page, listed = Page(world, hub, app, record, "takahashi"), Page(world, hub, app, 0, "takahashi")
    _change(world, app, unseen, a="変わった")
    threads.comment(world.platform, world.entering("mori", app), unseen, "ないしょ")
    assert page.is_quiet
    assert listed.is_quiet


def test_a_hidden_field_that_changes_makes_no_sound(world: World, hub: Hub) -> None:
    app, record = _shared(world)
    page, insider = (
        Page(world, hub, app, record, "takahashi"),
        Page(world, hub, app, record, "mori"),
    )
    _change(world, app, record, secret="通告者")
    assert isinstance(insider.word(), Shown)
    assert page.is_quiet


def test_a_record_that_is_taken_away_says_so_once(world: World, hub: Hub) -> None:
    app, record = _shared(world)
    page = Page(world, hub, app, record, "takahashi")
    _change(world, app, record, scope=[])
    assert isinstance(page.word(), Gone)


def test_a_list_hears_of_records_its_reader_sees(world: World, hub: Hub) -> None:
    app, record = _shared(world)
    listed = Page(world, hub, app, 0, "takahashi")
    _change(world, app, record, a="新しい")
    assert isinstance(listed.word(), Moved)
    records.create(world.platform, world.entering("mori", app), {"scope": ["NURSERY"]})
    assert isinstance(listed.word(), Moved)


def test_whoever_is_signed_out_is_told_nothing_more(world: World, hub: Hub) -> None:
    app, record = _shared(world)
    page = Page(world, hub, app, record, "takahashi")
    page.sign_out()
    threads.comment(world.platform, world.entering("mori", app), record, "もう読めない")
    assert isinstance(page.word(), Over)


def test_a_transaction_that_fails_is_not_told(world: World, hub: Hub) -> None:
    app, record = _shared(world)
    page = Page(world, hub, app, record, "takahashi")
    access = world.entering("mori", app)

    def fail() -> None:
        with world.platform.writing(access) as connection:
            joined = world.platform.joining(connection)
            threads.comment(joined, access, record, "取り消される")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert page.is_quiet


def test_pages_beyond_the_room_ask_now_and_then(world: World) -> None:
    app, record = _shared(world)
    hub = Hub(world.platform, most=PER_SESSION + 1)
    pages = [Follower(app=app.code, record=record, session="one") for _ in range(PER_SESSION + 1)]
    assert [hub.join(one) for one in pages] == [True] * PER_SESSION + [False]
    others = [Follower(app=app.code, record=0, session=name) for name in "ab"]
    assert [hub.join(one) for one in others] == [True, False]
    hub.leave(pages[0])
    assert hub.join(others[1])
    hub.stop(wait=PATIENCE)
    assert isinstance(others[0].words.get(timeout=1), Over)
    assert not hub.join(pages[0])


def test_many_readers_are_each_told_by_their_own_rules(world: World, hub: Hub) -> None:
    app, record = _shared(world, secret="通告者")
    pages = {
        (user, place): Page(world, hub, app, record, user)
        for user in ("mori", "takahashi", "suzuki")
        for place in range(3)
    }
    threads.comment(world.platform, world.entering("mori", app), record, "みなさんへ")
    for page in pages.values():
        word = page.word()
        assert isinstance(word, Shown)
        assert [one.body for one in word.sight.said.comments] == ["みなさんへ"]
    marks = {user: pages[user, 0].follower.sight for user in ("mori", "takahashi")}
    _change(world, app, record, secret="言い直し")
    changed = pages["mori", 0].word()
    assert isinstance(changed, Shown)
    assert marks["mori"] is not None
    assert changed.sight.values != marks["mori"].values
    assert pages["takahashi", 0].is_quiet
