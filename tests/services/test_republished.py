"""Another version of a definition loses nothing, and everything beside records follows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Invalid, QueryError
from tsuzuri.query.bind import bind_text
from tsuzuri.services import records
from tsuzuri.services import search as searching
from tsuzuri.storage.records import Listing
from worlds.town import OPEN_TO_ALL, World

TEXT: Mapping[str, Any] = {"kind": "text"}
CHOICE: Mapping[str, Any] = {"kind": "dropdown", "enum": ["面談", "電話", "玄関"]}


def found(world: World, app: App, condition: str, user: str = "abe") -> list[int]:
    access = world.access(user, app)
    where = bind_text(access.app, condition, access.asker)
    return world.seen(user, app, Listing(where=where, size=100))


def change(world: World, app: App, one: int, given: Mapping[str, Any]) -> None:
    records.change(world.platform, world.access("abe", app), one, given, revision=None)


def test_a_field_that_left_finds_its_values_again(world: World) -> None:
    app = world.publish({"a": TEXT, "b": TEXT})
    (one,) = world.put(app, {"a": "甲", "b": "面談"})
    without = world.publish({"a": TEXT}, code=app.code)
    with pytest.raises(QueryError):
        found(world, without, 'b like "面談"')
    change(world, without, one, {"a": "乙"})
    again = world.publish({"a": TEXT, "b": TEXT}, code=app.code)
    assert found(world, again, 'b like "面談" and a = "乙"') == [one]


def test_a_text_that_was_a_choice_meanwhile_is_searched_as_it_is_now(world: World) -> None:
    app = world.publish({"a": TEXT})
    kept, changed = world.put(app, {"a": "面談"}, {"a": "面談"})
    choice = world.publish({"a": CHOICE}, code=app.code)
    assert found(world, choice, 'a in ("面談")') == [changed, kept]
    change(world, choice, changed, {"a": "電話"})
    text = world.publish({"a": TEXT}, code=app.code)
    assert found(world, text, 'a like "面談"') == [kept]
    assert found(world, text, 'a like "電話"') == [changed]
    change(world, text, changed, {"a": "玄関"})
    assert found(world, text, 'a like "電話"') == []
    assert found(world, text, 'a like "玄関"') == [changed]


def test_a_choice_that_becomes_text_is_found_by_its_words(world: World) -> None:
    app = world.publish({"a": CHOICE})
    (one,) = world.put(app, {"a": "面談"})
    text = world.publish({"a": TEXT}, code=app.code)
    assert found(world, text, 'a like "面"') == [one]
    change(world, text, one, {"a": "電話"})
    assert found(world, text, 'a like "面"') == []


def test_values_must_differ_once_a_field_is_unique(world: World) -> None:
    app = world.publish({"a": TEXT})
    first, _ = world.put(app, {"a": "同じ"}, {"a": "同じ"})
    unique = {"a": {**TEXT, "unique": True}}
    with pytest.raises(Invalid) as refused:
        world.publish(unique, code=app.code)
    assert [one.pointer for one in refused.value.problems] == ["/record/properties/a/unique"]
    assert world.platform.apps[app.code].version == app.version
    change(world, app, first, {"a": "別"})
    app = world.publish(unique, code=app.code)
    with pytest.raises(Invalid):
        change(world, app, first, {"a": "同じ"})
    app = world.publish({"a": TEXT}, code=app.code)
    change(world, app, first, {"a": "同じ"})


def test_a_rule_follows_the_field_it_names_to_another_kind(world: World) -> None:
    rules = {**OPEN_TO_ALL, "record": [{"who": ["field:who"], "allow": ["view", "edit"]}]}
    app = world.publish({"who": {"kind": "users"}}, rules)
    (one,) = world.put(app, {"who": ["sato"]})
    assert (world.seen("sato", app), world.seen("mori", app)) == ([one], [])
    # The codes of the list stay what they are, and now name groups.
    app = world.publish({"who": {"kind": "groups"}}, rules, code=app.code)
    assert world.seen("sato", app) == []


def test_a_rule_follows_its_condition_to_another_column(world: World) -> None:
    rules = {
        **OPEN_TO_ALL,
        "record": [{"who": ["agency:DESK"], "where": 'a = "3"', "allow": ["view"]}],
    }
    app = world.publish({"a": TEXT}, rules)
    (one,) = world.put(app, {"a": "3"})
    assert world.seen("sato", app) == [one]
    app = world.publish({"a": {"kind": "number"}}, rules, code=app.code)
    assert world.seen("sato", app) == []
    app = world.publish({"a": TEXT}, rules, code=app.code)
    assert world.seen("sato", app) == [one]


def test_a_table_that_loses_a_column_is_searched_by_what_it_shows(world: World) -> None:
    def table(*columns: str) -> dict[str, Any]:
        return {
            "t": {
                "kind": "table",
                "items": {"properties": {c: {**TEXT, "title": c} for c in columns}},
            }
        }

    app = world.publish(table("x", "y"))
    kept, changed = (
        records.create(
            world.platform, world.entering("abe", app), {"t": [{"x": "祖母", "y": "面談"}]}
        ).id
        for _ in range(2)
    )
    less = world.publish(table("x"), code=app.code)
    assert search(world, less, "面談") == []
    change(world, less, changed, {"t": [{"x": "祖父"}]})
    assert (search(world, less, "祖母"), search(world, less, "祖父")) == ([kept], [changed])
    again = world.publish(table("x", "y"), code=app.code)
    assert kept in search(world, again, "面談")
    change(world, again, changed, {"t": [{"x": "叔母", "y": "電話"}]})
    assert (search(world, again, "祖父"), search(world, again, "電話")) == ([], [changed])


def test_a_value_that_the_new_kind_could_not_show_stays_out_of_its_sight(world: World) -> None:
    app = world.publish({"a": TEXT})
    (one,) = world.put(app, {"a": "面談"})
    day = world.publish({"a": {"kind": "date"}}, code=app.code)
    assert found(world, day, 'a = ""') == [one]
    assert found(world, world.publish({"a": TEXT}, code=app.code), 'a like "面談"') == [one]


def search(world: World, app: App, text: str) -> list[int]:
    hits = searching.search(world.platform, world.actor("abe"), text, app=app.code).hits
    return [hit.record.id for hit in hits]
