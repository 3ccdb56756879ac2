"""Look-ups copy from the record that a key names, as the writer may see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Invalid
from tsuzuri.services import records
from worlds.town import EVERYTHING, World

CASES: Mapping[str, Any] = {
    "number": {"kind": "text"},
    "name": {"kind": "text"},
    "age": {"kind": "number"},
    "secret": {"kind": "text"},
}
RULES: Mapping[str, Any] = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["everyone"], "where": 'name not in ("秘")', "allow": ["view", "edit"]},
        {"who": ["user:abe"], "allow": ["view", "edit"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["user:abe"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
    ],
}


class Apps(NamedTuple):
    """Cases, and visits that look them up."""

    cases: App
    visits: App


def visits(code: str, *, live: bool) -> dict[str, Any]:
    copy = {"name": "name", "age": "age", "secret": "secret"}
    return {
        "case": {
            "kind": "lookup",
            "lookup": {"app": code, "key": "number", "copy": copy, "live": live},
        },
        "name": {"kind": "text", "readOnly": True},
        "age": {"kind": "number"},
        "secret": {"kind": "text"},
        "twice": {"kind": "calculated", "expression": "age * 2"},
    }


def publish(world: World, *, live: bool) -> Apps:
    cases = world.publish(CASES, RULES)
    world.put(
        cases,
        {"number": "1", "name": "花", "age": 5, "secret": "秘密"},
        {"number": "2", "name": "太郎"},
        {"number": "3", "name": "一"},
        {"number": "3", "name": "二"},
        {"number": "4", "name": "秘"},
    )
    return Apps(cases, world.publish(visits(cases.code, live=live)))


@pytest.fixture(scope="module")
def apps(world: World) -> Apps:
    return publish(world, live=False)


def create(world: World, apps: Apps, given: Mapping[str, Any], user: str = "sato") -> int:
    return records.create(world.platform, world.access(user, apps.visits), given).id


def values(world: World, apps: Apps, one: int) -> Mapping[str, Any]:
    with world.platform.reading(world.access("abe", apps.visits)) as found:
        return found.get(one).values


def test_a_key_copies_what_the_writer_may_see(world: World, apps: Apps) -> None:
    made = create(world, apps, {"case": "1"})
    assert values(world, apps, made) == {"case": "1", "name": "花", "age": 5, "twice": 10}
    made = create(world, apps, {"case": "1"}, "abe")
    assert values(world, apps, made)["secret"] == "秘密"


def test_a_copy_may_be_overwritten_unless_it_is_read_only(world: World, apps: Apps) -> None:
    made = create(world, apps, {"case": "1", "age": 6})
    assert values(world, apps, made)["age"] == 6
    with pytest.raises(Invalid) as refused:
        create(world, apps, {"case": "1", "name": "別"})
    assert [one.pointer for one in refused.value.problems] == ["/name"]


def test_another_key_copies_anew_and_no_key_clears(world: World, apps: Apps) -> None:
    made = create(world, apps, {"case": "1"})
    entering = world.access("sato", apps.visits)
    records.change(world.platform, entering, made, {"case": "2"}, revision=1)
    assert values(world, apps, made) == {"case": "2", "name": "太郎", "twice": 0}
    records.change(world.platform, entering, made, {"case": None}, revision=2)
    assert values(world, apps, made) == {"twice": 0}


def test_an_edit_elsewhere_leaves_copies_alone(world: World, apps: Apps) -> None:
    made = create(world, apps, {"case": "1"})
    entering = world.access("sato", apps.visits)
    records.change(world.platform, entering, made, {"age": 7}, revision=1)
    assert values(world, apps, made) == {"case": "1", "name": "花", "age": 7, "twice": 14}


@pytest.mark.parametrize("key", ["9", "4", "3"])
def test_a_key_that_names_no_record_or_several_is_refused(
    world: World, apps: Apps, key: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create(world, apps, {"case": key})
    assert [one.pointer for one in refused.value.problems] == ["/case"]


def test_an_unseen_source_and_a_missing_one_are_refused_alike(world: World, apps: Apps) -> None:
    def sentence(key: str) -> str:
        with pytest.raises(Invalid) as refused:
            create(world, apps, {"case": key})
        return str(refused.value.problems[0].message).replace(key, "")

    assert sentence("4") == sentence("9")


@pytest.mark.parametrize("live, name, age", [(True, "華", 6), (False, "花", 5)])
def test_only_live_copies_follow_their_source(
    world: World, *, live: bool, name: str, age: int
) -> None:
    apps = publish(world, live=live)
    made = create(world, apps, {"case": "1"})
    (source,) = (
        row for row in world.seen("abe", apps.cases) if "花" in str(source_of(world, apps, row))
    )
    entering = world.access("sato", apps.cases)
    records.change(world.platform, entering, source, {"name": "華", "age": 6}, revision=None)
    found = values(world, apps, made)
    assert (found["name"], found["age"], found["twice"]) == (name, age, age * 2)


def source_of(world: World, apps: Apps, one: int) -> Mapping[str, Any]:
    with world.platform.reading(world.access("abe", apps.cases)) as found:
        return found.get(one).values


@pytest.mark.parametrize("key", ["age", "$id"])
def test_a_key_may_be_a_number(world: World, apps: Apps, key: str) -> None:
    lookup = {"app": apps.cases.code, "key": key, "copy": {"name": "name"}}
    app = world.publish({"case": {"kind": "lookup", "lookup": lookup}, "name": {"kind": "text"}})
    ids = world.seen("abe", apps.cases)
    (source,) = (one for one in ids if source_of(world, apps, one).get("age") == 5)
    text = "5" if key == "age" else str(source)
    entering = world.access("sato", app)
    made = records.create(world.platform, entering, {"case": text})
    with world.platform.reading(entering) as found:
        assert found.get(made.id).values["name"] == "花"
    for nothing in ("x", "1.5", "-1"):
        with pytest.raises(Invalid):
            records.create(world.platform, entering, {"case": nothing})
