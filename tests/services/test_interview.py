"""Advice on a draft: under the record's own rules, and by nobody who was not asked."""

from __future__ import annotations

from typing import Any

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, Unknown
from tsuzuri.services import drafts, interview, live, news, noticing, records, threads
from tsuzuri.services.drafts import Writing
from tsuzuri.storage import threads as talks
from worlds.town import ERRAND, EVERYTHING, World

FIELDS = {
    "title": {"kind": "text"},
    "hidden": {"kind": "text"},
    "masked": {"kind": "text"},
    "shown": {"kind": "yes_no"},
    "there": {"kind": "text"},
    "scope": {"kind": "agencies"},
}
RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["creator-agency", "field:scope"], "allow": [*EVERYTHING]},
        {"who": ["agency:HEALTH"], "allow": ["view"]},
    ],
    "field": [
        {"fields": ["hidden"], "who": ["agency:CARE"], "allow": "edit"},
        {"fields": ["hidden"], "who": ["everyone"], "allow": "none"},
        {"fields": ["masked"], "who": ["agency:CARE"], "allow": "edit"},
        {"fields": ["masked"], "who": ["everyone"], "allow": "masked"},
        {"fields": ["there"], "who": ["agency:CARE"], "allow": "edit"},
        {"fields": ["there"], "who": ["everyone"], "where": 'shown in ("true")', "allow": "view"},
        {"fields": ["there"], "who": ["everyone"], "allow": "none"},
    ],
}
GIVEN = {"title": "面談", "hidden": "秘密", "masked": "伏せる", "there": "条件つき"}


@pytest.fixture
def app(world: World) -> App:
    return world.publish(FIELDS, RULES, recordTitle=["title"])


def writing(**given: Any) -> Writing:
    typed = [(f"f.{code}", str(value)) for code, value in given.items()]
    return Writing(given=given, typed=typed, tab="a")


def begun(world: World, app: App, *scope: str, **given: Any) -> int:
    """Let Mori of the child division begin a draft that is shared with ``scope``."""
    told = {**GIVEN, **given, "scope": [*scope]}
    return drafts.begin(world.platform, world.entering("mori", app), writing(**told))


def invite(world: World, app: App, number: int, user: str) -> None:
    interview.invite(world.platform, world.entering("mori", app), number, user)


def test_who_is_asked_sees_what_the_rules_show_of_the_record(world: World, app: App) -> None:
    number = begun(world, app, "NURSERY")
    invite(world, app, number, "takahashi")
    access = world.entering("takahashi", app)
    seat, _ = interview.opened(world.platform, access, number)
    assert seat.state.values == {"title": "面談", "scope": ["NURSERY"]}
    assert seat.state.masked == {"masked"}
    # The same rules on the stored record say the same.
    saved = drafts.complete(
        world.platform, world.entering("mori", app), number, {**GIVEN, "scope": ["NURSERY"]}
    )
    with world.platform.reading(access) as reading:
        stored = reading.get(saved.id)
    assert (stored.values, stored.masked) == (seat.state.values, seat.state.masked)


def test_a_condition_of_a_field_is_asked_of_the_draft_as_it_stands(world: World, app: App) -> None:
    number = begun(world, app, "NURSERY", shown=True)
    invite(world, app, number, "takahashi")
    access = world.entering("takahashi", app)
    assert interview.opened(world.platform, access, number)[0].state.values["there"] == "条件つき"
    before = interview.opened(world.platform, access, number)[1].mark
    told = {**GIVEN, "hidden": "別の秘密", "shown": True, "scope": ["NURSERY"]}
    drafts.save(world.platform, world.entering("mori", app), number, writing(**told))
    assert interview.opened(world.platform, access, number)[1].mark == before, (
        "a change of what they may not know is none to them"
    )


@pytest.mark.parametrize("user", ["takahashi", "suzuki", "abe", "ito"])
def test_nobody_takes_part_unasked(world: World, app: App, user: str) -> None:
    number = begun(world, app, "NURSERY", "CITY", "HEALTH")
    access = world.entering(user, app)
    with pytest.raises(Unknown):
        interview.opened(world.platform, access, number)
    with pytest.raises(Unknown):
        interview.say(world.platform, access, number, "聞こえますか")
    with pytest.raises(Unknown):
        live.sight(world.platform, access, number)
    assert not [
        one for one in interview.asked_of(world.platform, access.actor) if one.draft.id == number
    ]


def test_only_readers_who_may_answer_can_be_asked(world: World, app: App) -> None:
    number = begun(world, app)
    mine = world.entering("mori", app)
    offered = interview.offered(world.platform, mine, drafts.opened(world.platform, mine, number))
    assert "takahashi" not in offered
    for user in ("takahashi", "ito", "nobody", "mori"):
        with pytest.raises(Invalid):
            invite(world, app, number, user)
    # Who only reads such records could not say a word.
    assert "suzuki" in offered
    with pytest.raises(Invalid):
        invite(world, app, number, "suzuki")
    with pytest.raises(Unknown):
        interview.invite(world.platform, world.entering("abe", app), number, "abe")


def test_who_loses_the_right_loses_the_draft_at_once(world: World, app: App) -> None:
    number = begun(world, app, "NURSERY")
    invite(world, app, number, "takahashi")
    access, mine = world.entering("takahashi", app), world.entering("mori", app)
    interview.say(world.platform, access, number, "けがはありますか。")
    drafts.save(world.platform, mine, number, writing(**GIVEN, scope=[]))
    for verb in (
        lambda: interview.opened(world.platform, access, number),
        lambda: interview.say(world.platform, access, number, "まだ見えますか。"),
    ):
        with pytest.raises(Unknown):
            verb()
    asked = interview.asked_of(world.platform, access.actor)
    assert number not in [one.draft.id for one in asked]
    seat, sight = interview.opened(world.platform, mine, number)
    assert [one.body for one in sight.said.comments] == ["けがはありますか。"]
    assert not interview.able(world.platform, mine, seat.draft, seat.guests)


def test_asked_no_longer_is_out_and_what_was_said_stays(world: World, app: App) -> None:
    number = begun(world, app, "NURSERY")
    mine, access = world.entering("mori", app), world.entering("takahashi", app)
    for _ in range(2):
        invite(world, app, number, "takahashi")
    interview.say(world.platform, access, number, "はい")
    interview.uninvite(world.platform, mine, number, "takahashi")
    with pytest.raises(Unknown):
        interview.opened(world.platform, access, number)
    assert len(interview.opened(world.platform, mine, number)[1].said.comments) == 1


def test_the_thread_goes_with_the_record_and_nowhere_else(world: World, app: App) -> None:
    number = begun(world, app, "NURSERY", "CITY")
    invite(world, app, number, "takahashi")
    mine = world.entering("mori", app)
    interview.say(world.platform, world.entering("takahashi", app), number, "写真はありますか。")
    noticing.run(world.platform)
    for user in ("mori", "abe", "takahashi"):
        actor = world.actor(user)
        assert not [one for one in news.news(world.platform, actor) if one.record.id == number]
    with pytest.raises(Unknown):
        threads.thread(world.platform, mine, number)
    drafts.complete(world.platform, mine, number, {**GIVEN, "scope": ["NURSERY", "CITY"]})
    said = threads.thread(world.platform, world.entering("abe", app), number).comments
    assert [(one.author, one.body) for one in said] == [("takahashi", "写真はありますか。")]
    with pytest.raises(Unknown):
        interview.opened(world.platform, mine, number)


def test_what_was_said_about_a_discarded_draft_is_gone(world: World, app: App) -> None:
    number = begun(world, app, "NURSERY")
    invite(world, app, number, "takahashi")
    mine = world.entering("mori", app)
    interview.say(world.platform, mine, number, "いいですか。")
    drafts.discard(world.platform, mine, number)
    with pytest.raises(Unknown):
        interview.say(world.platform, world.entering("takahashi", app), number, "はい")
    with world.platform.database.read(ERRAND) as connection:
        assert not talks.comments_of(connection, app, number)


@pytest.mark.parametrize("body", ["", "  \n ", "長" * 65_536])
def test_a_message_says_something_and_not_too_much(world: World, app: App, body: str) -> None:
    number = begun(world, app)
    with pytest.raises(Invalid):
        interview.say(world.platform, world.entering("mori", app), number, body)


def test_a_person_who_may_only_look_may_not_speak(world: World) -> None:
    rules = {
        "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
        "record": [
            {"where": 'a in ("閉")', "who": ["everyone"], "allow": ["view"]},
            {"who": ["everyone"], "allow": [*EVERYTHING]},
        ],
    }
    app = world.publish({"a": {"kind": "radio", "enum": ["開", "閉"]}}, rules)
    mine = world.entering("mori", app)
    number = drafts.begin(world.platform, mine, writing(a="開"))
    invite(world, app, number, "abe")
    drafts.save(world.platform, mine, number, writing(a="閉"))
    access = world.entering("abe", app)
    assert not interview.opened(world.platform, access, number)[0].may_say
    with pytest.raises(Denied):
        interview.say(world.platform, access, number, "言えますか")


def test_a_record_is_no_draft(world: World, app: App) -> None:
    mine = world.entering("mori", app)
    saved = records.create(world.platform, mine, {"title": "記録"})
    with pytest.raises(Unknown):
        interview.opened(world.platform, mine, saved.id)
