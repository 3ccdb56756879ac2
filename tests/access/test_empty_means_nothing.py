"""Whatever is missing from rules or people opens nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from access.cases import EVERYBODY, PROPERTIES, access, opens, rule
from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access, admit
from tsuzuri.definitions.model import ACTIONS, App
from tsuzuri.errors import Unknown
from tsuzuri.query.bound import ALWAYS, NEVER, all_of, any_of
from tsuzuri.services import listing
from tsuzuri.storage.records import Listing
from worlds.town import NOW, World, under

NOBODY = Actor(user="")
HOMELESS = Actor(user="ito")


@pytest.fixture(scope="module")
def app(world: World) -> App:
    made = world.publish(PROPERTIES)
    world.put(
        made,
        {"n": 1, "$creator": "", "$creator_agency": ""},
        {"n": 2, "scope": ["CITY"], "staff": ["abe"], "team": ["heads"]},
        {"n": 3},
    )
    return made


def seen(world: World, entering: Access) -> int:
    with world.platform.reading(entering) as records:
        count = records.count(Listing()).number
        assert len(records.page(Listing()).rows) == count
    return count


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("who", [NOBODY, HOMELESS], ids=["nobody", "no agency"])
@pytest.mark.parametrize(
    "rules",
    [
        {},
        access(app=()),
        access(app=(rule("", "view"),)),
        access(app=(rule("everyone", ""),)),
        access(app=(rule("user:abe group:heads agency:CITY agency:CITY/*", "view"),)),
        access(rule("", "view edit")),
        access(rule("everyone", "")),
        access(rule("creator-agency creator-agency/*", "view")),
        access(rule("field:scope field:scope/* field:team", "view")),
        access(rule("agency:CITY agency:CITY/*", "view")),
        access(rule("everyone", "view", "scope in (PRIMARY_ORGANIZATION())")),
        access(rule("everyone", "view", "n > 5")),
    ],
    ids=lambda rules: str(rules.get("record") or rules.get("app")),
)
def test_nothing_opens_nothing(
    world: World, app: App, rules: Any, who: Actor, *, listed: bool
) -> None:
    entering = admit(who, replace(under(app, rules), listed=listed), NOW)
    assert seen(world, entering) == 0


def test_a_refusal_reaches_who_has_no_agency(world: World, app: App) -> None:
    hidden = rule("everyone", "", "scope not in (PRIMARY_ORGANIZATION())")
    rules = access(hidden, rule("everyone", "view"))
    assert seen(world, admit(HOMELESS, replace(under(app, rules), listed=False), NOW)) == 0


def test_nobody_is_not_the_creator_of_what_nobody_created(world: World, app: App) -> None:
    rules = access(rule("creator", "view"))
    assert seen(world, admit(NOBODY, replace(under(app, rules), listed=False), NOW)) == 0


def test_an_app_that_gives_nothing_is_unknown(world: World) -> None:
    closed = world.publish(PROPERTIES, access(app=(rule("user:abe", "view"),)))
    world.entering("abe", closed)
    with pytest.raises(Unknown) as refused:
        world.entering("ito", closed)
    with pytest.raises(Unknown) as missing:
        world.platform.admit(world.actor("ito"), "no-such-app")
    assert str(refused.value) == str(missing.value)


def test_no_field_that_opens_leaves_an_app_without_fields(world: World, app: App) -> None:
    fields = " ".join(PROPERTIES)
    rules = access(field=(opens("user:abe", "edit", fields=fields),))
    entering = world.access("ito", under(app, rules))
    assert entering.app.fields == ()
    assert entering.writable == {}
    assert listing.columns(entering, None) == ()


def test_a_view_without_a_column_left_is_no_view(world: World) -> None:
    views = [{"name": "秘密", "columns": ["secret"]}, {"name": "すべて", "columns": ["n"]}]
    rules = access(field=(opens("user:abe", "edit"),))
    app = world.publish(PROPERTIES, rules, views=views)
    assert [place for place, _ in listing.open_views(world.access("ito", app))] == [1]


def test_an_access_is_made_by_the_gate_alone(world: World, app: App) -> None:
    entering = world.access("abe", app)
    with pytest.raises(TypeError):
        Access(
            actor=entering.actor,
            asker=entering.asker,
            app=app,
            whole=app,
            rows=dict.fromkeys(ACTIONS, ALWAYS),
            writable={},
            visible=entering.visible,
        )


def test_an_empty_union_is_never_and_an_empty_whole_always() -> None:
    assert any_of([]) == NEVER
    assert any_of([NEVER]) == NEVER
    assert all_of([]) == ALWAYS
    assert all_of([ALWAYS, NEVER]) == NEVER
    assert EVERYBODY["who"] == ["everyone"]
