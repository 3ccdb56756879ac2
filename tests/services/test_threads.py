"""Comments, thanks and news: who may say what, and who hears of it."""

from __future__ import annotations

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, Unknown
from tsuzuri.services import news, records, threads
from worlds.town import EVERYTHING, World

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE"], "allow": ["view", "edit", "comment"]},
        {"who": ["field:scope"], "allow": ["view", "comment"]},
        {"who": ["agency:HEALTH"], "allow": ["view"]},
    ],
}
FIELDS = {"a": {"kind": "text"}, "scope": {"kind": "agencies"}}
PHRASES = {"acknowledge": ["確認しました", "助かります"]}


def _shared(world: World) -> tuple[App, int]:
    app = world.publish(FIELDS, RULES, comments=PHRASES, recordTitle=["a"])
    given = {"a": "登園時の様子", "scope": ["NURSERY"]}
    saved = records.create(world.platform, world.entering("mori", app), given)
    return app, saved.id


def test_a_comment_is_read_by_everybody_who_sees_the_record(world: World) -> None:
    app, record = _shared(world)
    threads.comment(
        world.platform, world.entering("takahashi", app), record, " 承知しました。\r\n "
    )
    said = threads.thread(world.platform, world.entering("mori", app), record).comments
    assert [(one.author, one.agency, one.body) for one in said] == [
        ("takahashi", "NURSERY", "承知しました。")
    ]


def test_a_thread_of_an_unseen_record_is_unknown(world: World) -> None:
    app, record = _shared(world)
    for verb in (
        lambda access: threads.thread(world.platform, access, record),
        lambda access: threads.comment(world.platform, access, record, "見えますか"),
        lambda access: threads.thank(world.platform, access, record, "助かります"),
    ):
        with pytest.raises(Unknown):
            verb(world.entering("ito", app))


def test_who_may_only_look_may_not_speak(world: World) -> None:
    only_health = world.publish(FIELDS, {**RULES, "record": RULES["record"][2:]}, comments=PHRASES)
    other = world.put(only_health, {"a": "x"})[0]
    access = world.entering("suzuki", only_health)
    assert not threads.thread(world.platform, access, other).may_comment
    with pytest.raises(Denied):
        threads.comment(world.platform, access, other, "書けないはず")
    with pytest.raises(Denied):
        threads.thank(world.platform, access, other, "助かります")


@pytest.mark.parametrize("body", ["", "  \n\t　", "あ" * 65_536, "\x00", "\ud800"])
def test_an_unreasonable_comment_is_refused(world: World, body: str) -> None:
    app, record = _shared(world)
    with pytest.raises(Invalid):
        threads.comment(world.platform, world.entering("mori", app), record, body)


def test_thanks_are_given_once_and_taken_back_by_a_second_tap(world: World) -> None:
    app, record = _shared(world)
    access = world.entering("takahashi", app)
    assert threads.thank(world.platform, access, record, "助かります")
    given = threads.thread(world.platform, world.entering("mori", app), record).thanks
    assert [(one.user, one.phrase) for one in given] == [("takahashi", "助かります")]
    assert not threads.thank(world.platform, access, record, "助かります")
    assert threads.thread(world.platform, access, record).thanks == []


def test_only_the_apps_own_phrases_are_given(world: World) -> None:
    app, record = _shared(world)
    with pytest.raises(Invalid):
        threads.thank(world.platform, world.entering("mori", app), record, "いいね")


def test_news_tell_what_others_did_and_only_where_i_may_look(world: World) -> None:
    app, record = _shared(world)
    threads.comment(world.platform, world.entering("takahashi", app), record, "ありがとう")
    threads.thank(world.platform, world.entering("takahashi", app), record, "助かります")
    mine = [
        one for one in news.news(world.platform, world.actor("mori")) if one.record.id == record
    ]
    assert {(one.event, one.by) for one in mine} == {
        ("comment", "takahashi"),
        ("thanks", "takahashi"),
    }
    theirs = news.news(world.platform, world.actor("takahashi"))
    assert ("create", "mori") in {(one.event, one.by) for one in theirs if one.record.id == record}
    nobody = news.news(world.platform, world.actor("ito"))
    assert all(one.record.id != record for one in nobody)


def test_thanks_are_news_to_the_one_who_wrote_and_nobody_else(world: World) -> None:
    app = world.publish(FIELDS, {**RULES, "record": RULES["record"][:2]}, comments=PHRASES)
    saved = records.create(
        world.platform, world.entering("mori", app), {"a": "連絡", "scope": ["NURSERY", "DESK"]}
    )
    threads.thank(world.platform, world.entering("takahashi", app), saved.id, "助かります")
    events = {
        user: {
            one.event
            for one in news.news(world.platform, world.actor(user))
            if one.record.id == saved.id
        }
        for user in ("mori", "sato")
    }
    assert "thanks" in events["mori"]
    assert "thanks" not in events["sato"]
