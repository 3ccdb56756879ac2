"""Looking after people, agencies and groups: what is stored, refused, ended and written down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import insert, select

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Unknown
from tsuzuri.services import agencies, directory, people, records, sessions
from tsuzuri.services.directory import Person
from tsuzuri.storage import audit
from tsuzuri.storage.account_tables import api_tokens
from tsuzuri.storage.belonging import Stay, belonging_now
from tsuzuri.storage.people import Agency, Group
from worlds.town import EVERYTHING, World

KEEPER = Actor(user="cli:test", administers=True)
"""Acts as somebody at the machine does."""


def added(world: World, code: str, **values: Any) -> Person:
    wanted = Person(code=code, **{"name": "誰か", **values})
    directory.add(world.platform, KEEPER, wanted)
    return directory.person(world.platform, code)


def refused(found: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [one.pointer for one in found.value.problems]


def log(world: World) -> list[tuple[str, Mapping[str, Any]]]:
    with world.platform.database.platform() as connection:
        return [(one.action, json.loads(one.detail)) for one, _ in audit.chain(connection)]


def test_a_new_person_is_there_at_once_with_what_holds_today(world: World) -> None:
    stays = (Stay(code="CARE"), Stay(code="DESK", ends_on="2026-11-21", position=1))
    added(world, "new1", name="新 一郎", agencies=stays, groups=(Stay(code="heads"),))
    actor = world.actor("new1")
    assert actor.agencies == ("CARE",)
    assert actor.groups == {"heads"}
    assert log(world)[-4:] == [
        ("user.add", {"user": "new1"}),
        ("membership.add", {"user": "new1", "agency": "CARE", "starts_on": "", "ends_on": ""}),
        (
            "membership.add",
            {"user": "new1", "agency": "DESK", "starts_on": "", "ends_on": "2026-11-21"},
        ),
        ("membership.add", {"user": "new1", "group": "heads", "starts_on": "", "ends_on": ""}),
    ]


def test_every_problem_of_a_person_comes_at_once(world: World) -> None:
    before = log(world)
    wrong = Person(
        code="a b",
        name=" ",
        mail="x@",
        administers=True,
        audits=True,
        agencies=(
            Stay(code="NOWHERE"),
            Stay(code="CARE", starts_on="2026-02-30"),
            Stay(code="DESK", starts_on="2026-04-02", ends_on="2026-04-01"),
        ),
        groups=(Stay(code="heads"), Stay(code="heads", starts_on="2026-04-01")),
    )
    with pytest.raises(Invalid) as found:
        directory.add(world.platform, KEEPER, wrong)
    assert refused(found) == [
        "/code",
        "/name",
        "/mail",
        "/agencies/0/code",
        "/agencies/1/starts_on",
        "/agencies/2/ends_on",
        "/groups/1/starts_on",
        "/audits",
    ]
    assert log(world) == before
    with pytest.raises(Invalid):
        added(world, "abe")


def test_a_closed_account_is_closed_in_the_same_moment(world: World) -> None:
    added(world, "leaver")
    token = sessions.begin(world.platform, world.actor("leaver"))
    _give_token(world, "leaver")
    assert sessions.find(world.platform, token) is not None
    directory.change(world.platform, KEEPER, "leaver", active=False)
    assert sessions.find(world.platform, token) is None
    assert people.actor(world.platform, "leaver") is None
    with world.platform.database.platform() as connection:
        ended = select(api_tokens.c.ended_at).where(api_tokens.c.user == "leaver")
        assert connection.execute(ended).scalars().all() == [world.platform.stamp()]
    assert log(world)[-1] == (
        "user.deactivate",
        {"user": "leaver", "sessions": 1, "tokens": 1, "links": 0},
    )
    directory.change(world.platform, KEEPER, "leaver", active=True)
    assert people.actor(world.platform, "leaver") is not None
    assert sessions.find(world.platform, token) is None, "opening again revives no session"


def _give_token(world: World, user: str) -> None:
    row = {"id": 1, "hash": "h", "user": user, "app": "x", "rights": "[]"}
    with world.platform.database.platform(writing=True) as connection:
        days = {"created_at": "2026-01-01T00:00:00Z", "expires_at": "2027-01-01T00:00:00Z"}
        connection.execute(insert(api_tokens).values(**row, **days))


def test_the_last_administrator_stays(world: World) -> None:
    added(world, "root1", administers=True)
    added(world, "root2", administers=True)
    directory.change(world.platform, KEEPER, "root1", administers=False)
    for change, pointer in (
        ({"administers": False}, "/administers"),
        ({"active": False}, "/active"),
    ):
        with pytest.raises(Invalid) as found:
            directory.change(world.platform, KEEPER, "root2", **change)
        assert refused(found) == [pointer]
    directory.change(world.platform, KEEPER, "root1", administers=True)
    directory.change(world.platform, KEEPER, "root2", active=False)
    with pytest.raises(Invalid):
        directory.change(world.platform, KEEPER, "root1", administers=False)


def test_of_two_who_take_each_others_role_at_once_one_stays(world: World) -> None:
    pair = ("twin1", "twin2")
    for code in pair:
        added(world, code, administers=True)
    for one in world.platform.directory.users.values():
        if one.administers and one.active and one.code not in pair:
            directory.change(world.platform, KEEPER, one.code, administers=False)
    start = Barrier(2)

    def take(code: str) -> bool:
        start.wait()
        try:
            directory.change(world.platform, KEEPER, code, administers=False)
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(take, pair)) == [False, True]


@pytest.mark.parametrize("code", ["a\x00b", "\ud800", "", "nobody"])
def test_a_code_that_nobody_can_have_is_as_unknown_as_any(world: World, code: str) -> None:
    with pytest.raises(Unknown):
        directory.person(world.platform, code)
    with pytest.raises(Unknown):
        directory.change(world.platform, KEEPER, code, active=False)
    with pytest.raises(Invalid):
        directory.add(world.platform, KEEPER, Person(code="ok1", name="x", mail="a\x00@b"))


def test_nobody_watches_over_themselves(world: World) -> None:
    added(world, "eye", audits=True)
    with pytest.raises(Invalid) as found:
        directory.change(world.platform, KEEPER, "eye", administers=True)
    assert refused(found) == ["/audits"]
    directory.change(world.platform, KEEPER, "eye", administers=True, audits=False)
    assert log(world)[-2:] == [
        ("role.give", {"user": "eye", "role": "administers"}),
        ("role.take", {"user": "eye", "role": "audits"}),
    ]


def test_the_log_of_a_change_names_what_changed_and_no_value(world: World) -> None:
    added(world, "renamed")
    directory.change(world.platform, KEEPER, "renamed", name="新しい名", mail="neu@example.jp")
    assert log(world)[-1] == ("user.change", {"user": "renamed", "fields": ["name", "mail"]})
    with pytest.raises(Unknown):
        directory.change(world.platform, KEEPER, "nobody", name="x")


def test_joining_leaving_and_moving_dates_are_each_written_down(world: World) -> None:
    added(world, "mover", agencies=(Stay(code="CARE"), Stay(code="DESK", position=1)))
    until = (Stay(code="CARE", ends_on="2027-03-31"), Stay(code="HEALTH", starts_on="2027-04-01"))
    directory.change(world.platform, KEEPER, "mover", agencies=until)
    said = [(action, detail["agency"]) for action, detail in log(world)[-3:]]
    assert said == [
        ("membership.change", "CARE"),
        ("membership.remove", "DESK"),
        ("membership.add", "HEALTH"),
    ]


def put_agency(world: World, *, new: bool = False, **values: Any) -> None:
    agencies.put_agency(world.platform, KEEPER, Agency(**values), new=new)


@pytest.mark.parametrize("parent", ["DESK", "CARE", "CITY"])
def test_no_agency_stands_above_itself(world: World, parent: str) -> None:
    with pytest.raises(Invalid) as found:
        put_agency(world, code="CITY", name="城山市", parent=parent)
    assert refused(found) == ["/parent"]


def test_agencies_and_groups_are_added_and_changed(world: World) -> None:
    put_agency(world, code="NEW", name="新設課", parent="CITY", new=True)
    assert world.platform.directory.above(("NEW",)) == {"NEW", "CITY"}
    put_agency(world, code="NEW", name="改称課", parent="CARE")
    assert log(world)[-1] == ("agency.change", {"agency": "NEW", "fields": ["name", "parent"]})
    assert world.platform.directory.above(("NEW",)) == {"NEW", "CARE", "CITY"}
    with pytest.raises(Invalid) as found:
        put_agency(world, code="NEW", name="", parent="NOWHERE", new=True)
    assert refused(found) == ["/code", "/name", "/parent"]
    with pytest.raises(Unknown):
        put_agency(world, code="NOWHERE", name="x")
    agencies.put_group(world.platform, KEEPER, Group(code="g1", name="班"), new=True)
    agencies.put_group(world.platform, KEEPER, Group(code="g1", name="新班"), new=False)
    assert [action for action, _ in log(world)[-2:]] == ["group.add", "group.change"]
    assert world.platform.directory.name("group", "g1") == "新班"


def test_agencies_read_as_a_tree() -> None:
    known = {
        one.code: one
        for one in (
            Agency(code="c", name="c", parent="b"),
            Agency(code="b", name="b", parent="a"),
            Agency(code="d", name="d", parent="a"),
            Agency(code="a", name="a"),
            Agency(code="z", name="z", parent="gone"),
        )
    }
    found = [(depth, one.code) for depth, one in agencies.tree(known)]
    assert found == [(0, "a"), (1, "b"), (2, "c"), (1, "d"), (0, "z")]


TODAY = "2026-11-22"
PAST = Stay(code="OLD", ends_on="2026-11-21")
LEFT = Stay(code="A", ends_on="2026-11-21")
PLANNED = Stay(code="LATER", starts_on="2026-11-23")


@pytest.mark.parametrize(
    "was, codes, now",
    [
        ([], ["A", "B"], [Stay(code="A"), Stay(code="B", position=1)]),
        ([PAST, PLANNED], [], [PAST, PLANNED]),
        ([PAST], ["OLD"], [PAST, Stay(code="OLD", starts_on=TODAY)]),
        ([Stay(code="A")], ["B"], [LEFT, Stay(code="B", starts_on=TODAY)]),
        ([Stay(code="A", starts_on=TODAY)], [], []),
        ([Stay(code="A", ends_on=TODAY)], ["A"], [Stay(code="A", ends_on=TODAY)]),
    ],
)  # fmt: skip
def test_what_holds_now_leaves_past_and_plans_alone(
    was: Sequence[Stay], codes: Sequence[str], now: Sequence[Stay]
) -> None:
    assert belonging_now(was, codes, TODAY) == now


def test_a_shelter_is_there_for_its_own_people_and_administrators_alone(world: World) -> None:
    put_agency(world, code="SHELTER", name="秘密の家", parent="CITY", confidential=True, new=True)
    put_agency(world, code="ROOM", name="秘密の部屋", parent="SHELTER", new=True)
    agencies.put_group(
        world.platform, KEEPER, Group(code="guards", name="見守り班", confidential=True), new=True
    )
    added(world, "host", agencies=(Stay(code="ROOM"),), groups=(Stay(code="guards"),))
    both = (Stay(code="SHELTER"), Stay(code="CARE", position=1))
    added(world, "bridge", agencies=both, groups=(Stay(code="guards"),))
    hidden = {"SHELTER", "ROOM"}
    for user in ("abe", "ito", "takahashi"):
        known = world.platform.directory_for(world.actor(user))
        assert not hidden & known.agencies.keys()
        assert "guards" not in known.groups
        assert "host" not in known.users
        assert known.users["bridge"].agencies == ("CARE",)
        assert known.users["bridge"].groups == ()
        assert known.name("agency", "SHELTER") == "SHELTER"
        assert not known.knows("agency", "SHELTER")
    for actor in (world.actor("host"), replace(world.actor("abe"), administers=True)):
        known = world.platform.directory_for(actor)
        assert hidden <= known.agencies.keys()
        assert known.name("user", "host") == "誰か"


def test_the_code_of_a_shelter_is_answered_like_one_that_nobody_has(world: World) -> None:
    put_agency(world, code="HAVEN", name="秘密の宿", confidential=True, new=True)
    added(world, "hostess", agencies=(Stay(code="HAVEN"),))
    properties = {"scope": {"kind": "agencies"}, "staff": {"kind": "users"}}
    rules = {"app": [{"who": ["everyone"], "allow": [*EVERYTHING]}]}
    app = world.publish(properties, rules)
    answers = []
    for agency, user in (("HAVEN", "hostess"), ("NOWHERE", "nobody")):
        given = {"scope": [agency], "staff": [user]}
        with pytest.raises(Invalid) as found:
            records.create(world.platform, world.entering("abe", app), given)
        answers.append(
            [
                (one.pointer, str(one.message).replace(agency, "").replace(user, ""))
                for one in found.value.problems
            ]
        )
    assert answers[0] == answers[1]
    assert len(answers[0]) == 2
    own = {"scope": ["HAVEN"], "staff": ["hostess"]}
    saved = records.create(world.platform, world.entering("hostess", app), own)
    records.change(
        world.platform, world.entering("abe", app), saved.id, {"scope": ["HAVEN", "CARE"]},
        revision=saved.revision,
    )  # fmt: skip
