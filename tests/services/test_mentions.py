"""To whom comments are addressed: by the rules, told once, and told of nobody who is hidden."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, Unknown
from tsuzuri.services import inbox, mentions, noticing, records, threads
from tsuzuri.services.threads import Draft
from tsuzuri.storage import people
from tsuzuri.storage.people import Agency, User
from worlds.town import ERRAND, EVERYTHING, World

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE/*"], "allow": ["view", "edit", "comment"]},
        {"who": ["field:scope"], "allow": ["view", "comment"]},
    ],
}
FIELDS = {"a": {"kind": "text"}, "scope": {"kind": "agencies"}}


def _shared(world: World) -> tuple[App, int]:
    app = world.publish(FIELDS, RULES, recordTitle=["a"])
    given = {"a": "登園時の様子", "scope": ["NURSERY"]}
    return app, records.create(world.platform, world.entering("mori", app), given).id


def _offered(world: World, user: str, app: App, record: int) -> set[str]:
    return set(mentions.offered(world.platform, world.entering(user, app), record))


def _say(world: World, user: str, app: App, record: int, *to: str) -> int:
    draft = Draft(body="お願いします", mentions=to)
    return threads.comment(world.platform, world.entering(user, app), record, draft)


def _told(world: World, user: str, app: App) -> list[tuple[str, int]]:
    noticing.run(world.platform)
    found, _ = inbox.page(world.platform, world.actor(user), "mine")
    return [(one.notice.kind, one.record.id) for one in found if one.access.app.code == app.code]


def _addressed(world: World, user: str, app: App, record: int) -> tuple[str, ...]:
    thread = threads.thread(world.platform, world.entering(user, app), record)
    return thread.comments[-1].mentions


def test_only_those_who_read_the_record_are_offered(world: World) -> None:
    app, record = _shared(world)
    found = _offered(world, "mori", app, record)
    assert {"user:sato", "user:takahashi", "agency:NURSERY", "group:caseworkers"} <= found
    assert found.isdisjoint({"user:abe", "user:ito", "user:mori", "group:heads"})
    # The whole town hall is meant by CITY: some of its people read.
    assert "agency:CITY" in found


@pytest.mark.parametrize(
    "name", ["user:abe", "user:nobody", "agency:NOWHERE", "group:nowhere", "x", "", "user:\ud800"]
)
def test_who_may_not_read_and_who_is_not_there_are_refused_alike(world: World, name: str) -> None:
    app, record = _shared(world)
    with pytest.raises(Invalid) as refused:
        _say(world, "takahashi", app, record, "user:mori", name)
    assert [one.message for one in refused.value.problems] == [mentions.REFUSED]
    assert not threads.thread(world.platform, world.entering("mori", app), record).comments


def test_too_many_are_refused(world: World) -> None:
    app, record = _shared(world)
    with pytest.raises(Invalid):
        _say(world, "mori", app, record, *(f"user:u{n}" for n in range(mentions.MOST + 1)))


def test_an_unseen_record_offers_nobody(world: World) -> None:
    app, record = _shared(world)
    for verb in (mentions.offered, mentions.answered):
        with pytest.raises(Unknown):
            verb(world.platform, world.entering("ito", app), record)


def test_who_may_only_look_addresses_nobody(world: World) -> None:
    rules = {**RULES, "record": [{"who": ["everyone"], "allow": ["view"]}]}
    app = world.publish(FIELDS, rules)
    (record,) = world.put(app, {"a": "x"})
    with pytest.raises(Denied):
        mentions.offered(world.platform, world.entering("mori", app), record)


def test_a_mention_is_told_once_and_instead_of_the_comment(world: World) -> None:
    app, record = _shared(world)
    _say(world, "takahashi", app, record, "user:mori", "user:sato")
    for user in ("mori", "sato"):
        assert _told(world, user, app) == [("mention", record)]
        found, _ = inbox.page(world.platform, world.actor(user), "unread")
        assert [one.notice.kind for one in found if one.record.id == record] == ["mention"]


def test_an_agency_means_who_belongs_to_it_when_told(world: World) -> None:
    app, record = _shared(world)
    noticing.run(world.platform)
    _say(world, "mori", app, record, "agency:NURSERY")
    with world.platform.database.write(ERRAND) as connection:
        fresh = User(code="aoki", name="青木", agencies=("NURSERY",))
        people.put_users(connection, [fresh], world.platform.today)
    assert _told(world, "aoki", app) == [("mention", record)]
    with world.platform.database.write(ERRAND) as connection:
        people.put_users(connection, [replace(fresh, agencies=())], world.platform.today)
    # Who left the agency does not read the record any more, so there is no notice either.
    assert _told(world, "aoki", app) == []
    assert _addressed(world, "mori", app, record) == ("agency:NURSERY",)


def test_who_cannot_read_it_any_more_is_not_told(world: World) -> None:
    app, record = _shared(world)
    noticing.run(world.platform)
    _say(world, "mori", app, record, "user:takahashi")
    change: dict[str, list[str]] = {"scope": []}
    records.change(world.platform, world.entering("mori", app), record, change, revision=None)
    noticing.run(world.platform)
    change = {"scope": ["NURSERY"]}
    records.change(world.platform, world.entering("mori", app), record, change, revision=None)
    assert _told(world, "takahashi", app) == []


def test_putting_a_comment_right_keeps_or_changes_whom_it_is_for(world: World) -> None:
    app, record = _shared(world)
    said = _say(world, "takahashi", app, record, "user:mori")
    access = world.entering("takahashi", app)
    threads.edit(world.platform, access, record, said, "直しました")
    assert _addressed(world, "mori", app, record) == ("user:mori",)
    assert _told(world, "sato", app) == []
    changed = Draft(body="直しました", mentions=["user:sato"])
    threads.edit(world.platform, access, record, said, changed)
    assert _addressed(world, "mori", app, record) == ("user:sato",)
    assert _told(world, "sato", app) == [("mention", record)]
    draft = Draft(body="直しました", mentions=["user:abe"])
    with pytest.raises(Invalid):
        threads.edit(world.platform, access, record, said, draft)
    # What was accepted once may stay although it could not be chosen now.
    change: dict[str, list[str]] = {"scope": []}
    said = _say(world, "mori", app, record, "user:takahashi")
    records.change(world.platform, world.entering("mori", app), record, change, revision=None)
    kept = Draft(body="別の言葉", mentions=["user:takahashi"])
    threads.edit(world.platform, world.entering("mori", app), record, said, kept)
    assert _addressed(world, "mori", app, record) == ("user:takahashi",)
    threads.withdraw(world.platform, world.entering("mori", app), record, said)
    assert _addressed(world, "mori", app, record) == ()


def test_a_late_change_of_whom_it_is_for_is_refused(world: World) -> None:
    app, record = _shared(world)
    said = _say(world, "takahashi", app, record, "user:mori")
    start = world.clock.now
    try:
        world.clock.now = start + timedelta(minutes=6)
        draft = Draft(body="お願いします", mentions=["user:sato"])
        with pytest.raises(Invalid):
            threads.edit(world.platform, world.entering("takahashi", app), record, said, draft)
    finally:
        world.clock.now = start


def test_a_confidential_agency_is_there_for_its_own_people_alone(world: World) -> None:
    app, record = _shared(world)
    with world.platform.database.write(ERRAND) as connection:
        people.put_agencies(
            connection, [Agency(code="SHELTER", name="みどりの家", confidential=True)]
        )
        shelter = [
            User(code="kita", name="北", agencies=("SHELTER",)),
            User(code="minami", name="南", agencies=("SHELTER",)),
        ]
        people.put_users(connection, shelter, world.platform.today)
    access = world.entering("kita", world.publish(FIELDS, RULES))
    given = {"a": "様子", "scope": ["NURSERY", "SHELTER"]}
    record = records.create(world.platform, access, given).id
    app = access.app
    assert {"agency:SHELTER", "user:minami"} <= _offered(world, "kita", app, record)
    assert _offered(world, "takahashi", app, record).isdisjoint({"agency:SHELTER", "user:kita"})
    for name in ("agency:SHELTER", "user:kita", "agency:NOWHERE"):
        with pytest.raises(Invalid) as refused:
            _say(world, "takahashi", app, record, name)
        assert [one.message for one in refused.value.problems] == [mentions.REFUSED]
    _say(world, "kita", app, record, "agency:SHELTER", "agency:NURSERY")
    directory = world.platform.directory_for(world.actor("takahashi"))
    seen = mentions.known(directory, _addressed(world, "takahashi", app, record))
    assert seen == ("agency:NURSERY",)


def test_an_answer_to_all_is_for_who_spoke_and_was_addressed(world: World) -> None:
    app, record = _shared(world)
    _say(world, "sato", app, record, "user:takahashi")
    _say(world, "takahashi", app, record, "group:caseworkers")
    gone = _say(world, "suzuki", app, record, "user:sato")
    threads.withdraw(world.platform, world.entering("suzuki", app), record, gone)

    def all_of(user: str) -> set[str]:
        return set(mentions.answered(world.platform, world.entering(user, app), record))

    assert all_of("mori") == {
        "agency:DESK",
        "agency:NURSERY",
        "user:takahashi",
        "group:caseworkers",
    }
    assert all_of("takahashi") == {"agency:DESK", "group:caseworkers"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [("やまだ", True), ("ﾔﾏﾀﾞはな", True), ("山田", True), ("保育園", True), ("山口", False)],
)
def test_names_and_readings_are_found_in_any_width(world: World, asked: str, found: bool) -> None:
    app, record = _shared(world)
    with world.platform.database.write(ERRAND) as connection:
        fresh = User(code="yamada", name="山田 花子", kana="ヤマダ ハナコ", agencies=("NURSERY",))
        people.put_users(connection, [fresh], world.platform.today)
    names = mentions.offered(world.platform, world.entering("mori", app), record)
    directory = world.platform.directory_for(world.actor("mori"))
    assert ("user:yamada" in mentions.matching(directory, names, asked)) is found
