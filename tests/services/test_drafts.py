"""Drafts: nobody's but their author's, in nothing that lists or counts, lost by no accident."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, Stale, Unknown
from tsuzuri.query.bound import ALWAYS
from tsuzuri.services import attachments, drafts, news, records, sweeping
from tsuzuri.services.drafts import Writing
from tsuzuri.storage import attached, audit_tables
from tsuzuri.storage import drafts as stored
from tsuzuri.storage.records import Listing
from worlds.town import ERRAND, EVERYTHING, World

FIELDS = {
    "title": {"kind": "text"},
    "day": {"kind": "date"},
    "file": {"kind": "attachment"},
    "scope": {"kind": "agencies"},
}
RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [{"who": ["creator-agency", "field:scope"], "allow": [*EVERYTHING]}],
}


@pytest.fixture
def app(world: World) -> App:
    return world.publish(FIELDS, RULES, required=["day"], recordTitle=["title"])


def writing(tab: str = "a", revision: int = 0, **given: Any) -> Writing:
    typed = [(f"f.{code}", str(value)) for code, value in given.items()]
    return Writing(given=given, typed=typed, tab=tab, revision=revision)


def begun(world: World, app: App, **given: Any) -> int:
    access = world.entering("mori", app)
    return drafts.begin(world.platform, access, writing(**given))


def test_a_draft_lacks_what_a_record_must_have_and_keeps_what_cannot_be_read(
    world: World, app: App
) -> None:
    number = begun(world, app, title="面談", day="きのうの夕")
    found = drafts.opened(world.platform, world.entering("mori", app), number)
    assert found.typed == [("f.title", "面談"), ("f.day", "きのうの夕")]
    assert found.values == {"title": "面談"}


@pytest.mark.parametrize("user", ["abe", "sato", "takahashi", "ito"])
def test_nobody_else_can_do_anything_with_a_draft(world: World, app: App, user: str) -> None:
    number = begun(world, app, title="面談", scope=["NURSERY", "CITY", "DESK"])
    access = world.entering(user, app)
    for verb in (
        lambda: drafts.opened(world.platform, access, number),
        lambda: drafts.save(world.platform, access, number, writing(title="改ざん")),
        lambda: drafts.complete(world.platform, access, number, {"day": "2026-11-20"}),
        lambda: drafts.discard(world.platform, access, number),
    ):
        with pytest.raises(Unknown):
            verb()
    assert not [one for one in drafts.mine(world.platform, access.actor) if one.draft.id == number]


def test_a_draft_is_in_no_list_count_or_news(world: World, app: App) -> None:
    number = begun(world, app, title="面談")
    for user in ("mori", "abe", "takahashi"):
        access = world.entering(user, app)
        assert number not in world.seen(user, app)
        with world.platform.reading(access) as reading:
            assert reading.count(Listing(where=ALWAYS)).number == 0
            assert not reading.sees(number)
        told = news.news(world.platform, access.actor)
        assert not [one for one in told if one.record.id == number]
    with pytest.raises(Unknown):
        records.change(
            world.platform, world.entering("mori", app), number, {"title": "改"}, revision=None
        )


def test_a_completed_draft_is_a_record_of_the_same_number(world: World, app: App) -> None:
    access, number = world.entering("mori", app), begun(world, app, title="面談")
    with pytest.raises(Invalid):
        drafts.complete(world.platform, access, number, {"title": "面談"})
    assert drafts.opened(world.platform, access, number).id == number
    saved = drafts.complete(world.platform, access, number, {"day": "2026-11-20"})
    assert saved.id == number
    assert world.seen("mori", app) == [number]
    assert drafts.became(world.platform, access, number)
    with pytest.raises(Unknown):
        drafts.complete(world.platform, access, number, {"day": "2026-11-20"})
    assert not drafts.became(world.platform, world.entering("takahashi", app), number)


def test_two_open_forms_never_overwrite_each_other_unseen(world: World, app: App) -> None:
    access, number = world.entering("mori", app), begun(world, app, title="面談")
    for text in ("一", "二"):
        # The form that saved last goes on, whatever became of the answer.
        drafts.save(world.platform, access, number, writing("a", 1, title=text))
    with pytest.raises(Stale) as stale:
        drafts.save(world.platform, access, number, writing("b", 1, title="別の画面"))
    drafts.save(
        world.platform, access, number, writing("b", stale.value.revision, title="別の画面")
    )
    with pytest.raises(Stale):
        drafts.save(world.platform, access, number, writing("a", 1, title="古い画面"))
    assert drafts.opened(world.platform, access, number).values == {"title": "別の画面"}


def test_files_of_a_draft_stay_as_long_as_the_draft(world: World, app: App) -> None:
    access = world.entering("mori", app)
    sent = attachments.receive(world.platform, access.actor, "a.txt", io.BytesIO(b"draft's own"))
    number = begun(world, app, file=[sent])
    with world.platform.database.read(ERRAND) as connection:
        assert attached.named(connection, [sent["key"]], "9999") == {sent["key"]}
    drafts.discard(world.platform, access, number)
    with world.platform.database.read(ERRAND) as connection:
        assert not attached.named(connection, [sent["key"]], "9999")
    assert sweeping.remove_left_files(world.platform) == 0, "it came within the last day"


def test_a_draft_that_nobody_touches_goes_by_rule(world: World, app: App) -> None:
    access, number = world.entering("mori", app), begun(world, app, title="面談")
    mine = [one for one in drafts.mine(world.platform, access.actor) if one.draft.id == number]
    assert mine[0].goes_at == world.clock.now.replace(microsecond=0) + drafts.KEPT
    now = world.clock.now
    try:
        world.clock.now = now + drafts.KEPT - timedelta(minutes=1)
        drafts.remove_old(world.platform)
        assert drafts.opened(world.platform, access, number).id == number
        world.clock.now = now + drafts.KEPT + timedelta(minutes=1)
        assert drafts.remove_old(world.platform) >= 1
    finally:
        world.clock.now = now
    with pytest.raises(Unknown):
        drafts.opened(world.platform, access, number)


def test_a_person_keeps_only_so_many_drafts(
    world: World, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.platform.database.read(ERRAND) as connection:
        monkeypatch.setattr(drafts, "MOST", stored.count(connection, "mori") + 1)
    number = begun(world, app, title="最後")
    with pytest.raises(Invalid):
        begun(world, app, title="多すぎる")
    with pytest.raises(Invalid):
        drafts.save(
            world.platform, world.entering("mori", app), number, writing(title="長" * 1_000_001)
        )


def test_who_may_not_add_has_no_drafts(world: World) -> None:
    rules = {
        "app": [
            {"who": ["agency:CARE"], "allow": [*EVERYTHING]},
            {"who": ["everyone"], "allow": ["view"]},
        ]
    }
    app = world.publish(FIELDS, rules)
    with pytest.raises(Denied):
        drafts.begin(world.platform, world.entering("ito", app), writing(title="書けない"))


def test_the_log_tells_of_drafts_without_a_word_of_them(world: World, app: App) -> None:
    access, number = world.entering("mori", app), begun(world, app, title="秘密の題")
    drafts.discard(world.platform, access, number)
    table = audit_tables.entries
    with world.platform.database.platform() as connection:
        rows = connection.execute(
            table.select().where(table.c.record == number).order_by(table.c.seq)
        ).all()
    assert [row.action for row in rows] == ["draft.begin", "draft.discard"]
    assert not [row for row in rows if "秘密" in repr(row)]
