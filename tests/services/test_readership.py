"""Who is said to read a record before it is saved is who can open it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from access.cases import EVERYBODY, PROPERTIES, Rule, access, opens, rule
from access.test_readers import many_rules, values, with_rows
from tsuzuri.access.gate import admit
from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Unknown
from tsuzuri.services import readership, records
from tsuzuri.storage import audit_tables, people, tables
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.people import Agency, Group, User
from worlds.examples import PATIENCE, examples
from worlds.town import ERRAND, USERS, World

pytestmark = [
    pytest.mark.timeout(PATIENCE),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]

USER_CODES = [one.code for one in USERS]


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return world.publish(PROPERTIES)


def really(world: World, app: App, record: int) -> set[str]:
    """Return everybody who can open a stored record."""
    found = set()
    for user in USER_CODES:
        entering = admit(world.actor(user), app, world.clock.now)
        with world.platform.reading(entering) as reading:
            found |= {user} if record in reading.many([record]) else set()
    return found


def typed(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """Return drawn values as somebody sends them."""
    given_ = with_rows(1, drawn)
    return {key: one for key, one in given_.items() if one is not None}


@examples(60)
@given(
    user=st.sampled_from(USER_CODES),
    ruled=many_rules,
    drawn=values,
    later=values,
)
def test_the_preview_is_who_opens_the_record_afterwards(
    world: World,
    app: App,
    user: str,
    ruled: list[Rule],
    drawn: dict[str, Any],
    later: dict[str, Any],
) -> None:
    # The writer must see and edit what they write; who else does is up to the drawn rules.
    mine = rule(f"user:{user}", "view edit")
    app = world.publish(PROPERTIES, access(mine, *ruled), code=app.code)
    entering = world.access(user, app)
    told = readership.of_draft(world.platform, entering, typed(drawn))
    saved = records.create(world.platform, entering, typed(drawn))
    assert set(told.people) == really(world, app, saved.id), (user, ruled, drawn, later)
    assert len(told.people) == len(set(told.people))
    assert not told.uncertain
    clock = any("TODAY" in one.get("where", "") for one in ruled)
    assert told.changing == clock
    changed = {**dict.fromkeys(PROPERTIES), **typed(later)}
    told = readership.of_change(world.platform, entering, saved.id, changed)
    records.change(world.platform, entering, saved.id, changed, revision=None)
    assert set(told.people) == really(world, app, saved.id), (user, ruled, drawn, later)
    with world.platform.reading(entering) as reading:
        state = reading.get(saved.id)
    assert not told.uncertain
    named = any("field:scope" in who for one in ruled for who in one["who"])
    assert readership.of_record(world.platform, entering, state) == (told if named else None)


SHARED = (rule("field:scope", "view edit"), rule("creator", "view edit"))


def test_nothing_is_written_and_no_lock_is_waited_for(world: World) -> None:
    app = world.publish(PROPERTIES, access(*SHARED))
    entering = world.access("sato", app)
    names = [tables_of(app).records, tables_of(app).readers, tables.principals]
    names += [tables.history, audit_tables.entries]

    def counted() -> list[int]:
        with world.platform.database.read(ERRAND) as connection:
            return [
                connection.execute(select(func.count()).select_from(one)).scalar_one()
                for one in names
            ]

    before = counted()
    # Somebody else is writing all the while, and holds SQLite's one lock.
    with world.platform.database.write(ERRAND) as writing:
        writing.execute(tables.settings.update().values(name=tables.settings.c.name))
        told = readership.of_draft(world.platform, entering, {"scope": ["HEALTH", "NURSERY"]})
    assert told.people == ("suzuki", "takahashi", "sato")
    assert counted() == before


def test_readers_stand_under_the_agency_that_is_named(world: World) -> None:
    app = world.publish(
        PROPERTIES, access(*SHARED, rule("group:heads", "view"), rule("user:ito", "view"))
    )
    told = readership.of_draft(world.platform, world.access("sato", app), {"scope": ["NURSERY"]})
    assert [(one.agency, one.people, one.shared) for one in told.parties] == [
        # Suzuki works at the nursery too, and reads as one of its people.
        ("NURSERY", ("suzuki", "takahashi"), True),
        ("CARE", ("mori",), False),
        ("CITY", ("abe",), False),
        ("DESK", ("sato",), False),
        ("", ("ito",), False),
    ]
    assert told.groups == (("heads", 2),)
    assert told.agencies == ("NURSERY", "CARE", "CITY", "DESK")


def test_an_app_rule_that_shuts_people_out_is_seen(world: World) -> None:
    nobody = rule("agency:NURSERY", "")
    app = world.publish(PROPERTIES, access(*SHARED, app=(nobody, EVERYBODY)))
    told = readership.of_draft(world.platform, world.access("sato", app), {"scope": ["NURSERY"]})
    assert [(one.agency, one.people) for one in told.parties] == [
        ("NURSERY", ()),
        ("DESK", ("sato",)),
    ]
    assert told.agencies == ("DESK",)


def test_it_warns_of_agencies_without_people_and_of_those_that_ought_to_read(world: World) -> None:
    asked = {**PROPERTIES, "scope": {"kind": "agencies", "expects": ["CITY", "nowhere"]}}
    app = world.publish(asked, access(*SHARED))
    with world.platform.database.platform(writing=True) as connection:
        people.put_agencies(connection, [Agency(code="EMPTY", name="休止中の園", phone="0771")])
        gone = User(code="gone", name="退職者", agencies=("EMPTY",), active=False)
        people.put_users(connection, [gone], world.platform.today)
    entering = world.access("takahashi", app)
    told = readership.of_draft(world.platform, entering, {"scope": ["EMPTY"]})
    assert told.silent == ("EMPTY",)
    assert told.missing == ("CITY",)
    assert "gone" not in told.people
    # Somebody below the agency is somebody of it.
    told = readership.of_draft(world.platform, entering, {"scope": ["DESK"]})
    assert (told.silent, told.missing) == ((), ())


def test_what_cannot_be_read_or_written_counts_for_nothing(world: World) -> None:
    closed = opens("everyone", "view", fields="scope")
    app = world.publish(PROPERTIES, access(*SHARED, field=(closed,)))
    entering = world.access("sato", app)
    told = readership.of_draft(world.platform, entering, {"scope": ["NURSERY"]})
    assert told.people == ("sato",)
    app = world.publish(PROPERTIES, access(*SHARED))
    entering = world.access("sato", app)
    for bad in ({"scope": ["nowhere"]}, {"scope": "NURSERY"}, {"scope": [1]}, {"none": 1}):
        told = readership.of_draft(world.platform, entering, bad)
        assert told.people == ("sato",), bad
        assert not told.uncertain
    mixed = {"n": "not a number", "scope": ["NURSERY"]}
    told = readership.of_draft(world.platform, entering, mixed)
    assert told.people == ("suzuki", "takahashi", "sato")


def test_only_who_may_write_is_told(world: World) -> None:
    seen = rule("everyone", "view")
    app = world.publish(
        PROPERTIES,
        access(
            rule("creator", "view edit"),
            seen,
            app=(
                rule("user:ito", "view"),
                EVERYBODY,
            ),
        ),
    )
    (made,) = world.put(app, {"$creator": "sato"})
    with pytest.raises(Denied):
        readership.of_draft(world.platform, world.access("ito", app), {})
    with pytest.raises(Denied):
        readership.of_change(world.platform, world.access("abe", app), made, {})
    shut = world.publish(PROPERTIES, access(rule("creator", "view edit")))
    (made,) = world.put(shut, {"$creator": "sato"})
    with pytest.raises(Unknown):
        readership.of_change(world.platform, world.access("abe", shut), made, {})


HIDDEN = (
    opens("user:sato", "none"),
    opens("user:sato", "none", fields="staff"),
    opens("user:sato", "view", 'plain like "開"', fields="team"),
    opens("user:sato", "none", fields="team"),
)
BY_HIDDEN = (
    rule("field:scope user:sato", "view edit"),
    rule("agency:NURSERY", "view", 'secret like "山"'),
    rule("field:staff field:team", "view"),
)


@examples(40)
@given(
    worlds=st.tuples(values, values),
    seen=values,
    secrets=st.tuples(st.sampled_from([None, "城山"]), st.sampled_from([None, "海"])),
)
def test_what_may_not_be_known_changes_no_preview(
    world: World,
    hidden: App,
    worlds: tuple[dict[str, Any], dict[str, Any]],
    seen: dict[str, Any],
    secrets: tuple[str | None, str | None],
) -> None:
    entering = world.access("sato", hidden)
    told: list[readership.Readership | None] = []
    for secret, unseen in zip(secrets, worlds, strict=True):
        stored = {**typed(seen), "secret": secret, "staff": unseen["staff"], "team": unseen["team"]}
        rows = [{**one, "id": str(new_ids.new())} for one in stored.get("rows", ())]
        (made,) = world.put(hidden, {**stored, "rows": rows or None})
        told.append(readership.of_change(world.platform, entering, made, {"n": 3}))
        with world.platform.reading(entering) as reading:
            state = reading.get(made)
        told.append(readership.of_record(world.platform, entering, state))
    assert told[0] == told[2]
    assert told[1] == told[3]
    assert told[0] is not None
    assert told[0].uncertain
    # Whoever is named surely reads, whatever is hidden.
    assert set(told[0].people) <= really(world, hidden, made) | {"sato"}


@pytest.fixture(scope="module")
def hidden(world: World) -> App:
    return world.publish(PROPERTIES, access(*BY_HIDDEN, field=HIDDEN))


def test_confidential_agencies_and_their_people_appear_as_nothing(world: World) -> None:
    secret = Agency(code="SHELTER", name="隠れ家", phone="0771-00", confidential=True)
    below = Agency(code="ROOM", name="相談室", parent="SHELTER")
    with world.platform.database.platform(writing=True) as connection:
        people.put_agencies(connection, [secret, below])
        people.put_groups(connection, [Group(code="watch", name="見守り", confidential=True)])
        moved = [
            User(code="kept", name="守", agencies=("SHELTER",), groups=("watch",)),
            User(code="two", name="双葉", agencies=("DESK", "ROOM"), groups=("watch",)),
        ]
        people.put_users(connection, moved, world.platform.today)
    try:
        app = world.publish(PROPERTIES, access(*SHARED, rule("group:watch", "view")))
        outside = world.access("takahashi", app)
        shared = readership.of_draft(world.platform, outside, {"scope": ["SHELTER", "CARE"]})
        nothing = readership.of_draft(world.platform, outside, {"scope": ["nowhere", "CARE"]})
        assert shared == nothing
        assert shared.people == ("mori", "takahashi")
        inside = readership.of_draft(
            world.platform, world.access("kept", app), {"scope": ["SHELTER", "ROOM"]}
        )
        assert inside.people == ("two", "kept")
        assert inside.groups == (("watch", 2),)
    finally:
        gone = [replace(one, active=False, agencies=(), groups=()) for one in moved]
        with world.platform.database.platform(writing=True) as connection:
            people.put_users(connection, gone, world.platform.today)


def test_what_a_look_up_brings_is_counted(world: World) -> None:
    case = world.publish(
        {"no": {"kind": "text"}, "team": {"kind": "agencies"}}, access(rule("everyone", "view"))
    )
    world.put(case, {"no": "K1", "team": ["NURSERY"]})
    named = {"app": case.code, "key": "no", "copy": {"team": "scope"}}
    app = world.publish(
        {**PROPERTIES, "case": {"kind": "lookup", "lookup": named}}, access(*SHARED)
    )
    entering = world.access("sato", app)
    told = readership.of_draft(world.platform, entering, {"case": "K1"})
    assert told.people == ("suzuki", "takahashi", "sato")
    told = readership.of_draft(world.platform, entering, {"case": "K2", "scope": ["HEALTH"]})
    assert told.people == ("suzuki", "sato")
