"""Whose turn it is: deputies, who left or moved on, and managers who name somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, Unknown
from tsuzuri.services import deputies, history, process
from tsuzuri.services.process import Given
from tsuzuri.storage import people
from worlds.flow import do, offers, publish, read, refused, stands, where, write
from worlds.town import NOW, USERS, World


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return publish(world)


@pytest.fixture(autouse=True)
def _everybody_is_here(world: World) -> Any:
    yield
    world.clock.now = NOW
    with world.platform.database.platform(writing=True) as connection:
        people.put_users(connection, USERS, world.platform.today)


def change_user(world: World, code: str, **changed: Any) -> None:
    """Let somebody leave or move."""
    one = next(user for user in USERS if user.code == code)
    with world.platform.database.platform(writing=True) as connection:
        people.put_users(connection, [replace(one, **changed)], world.platform.today)


@pytest.mark.parametrize(
    ("day", "stands_in"), [(-1, False), (0, True), (1, True), (2, True), (3, False)]
)
def test_a_deputy_acts_on_the_named_days_alone(
    world: World, app: App, day: int, *, stands_in: bool
) -> None:
    abe = world.actor("abe")
    made = write(world, app, boss=["abe"])
    do(world, app, made, "choose", assignee="abe")
    number = deputies.name(world.platform, abe, "takahashi", "2026-11-22", "2026-11-24")
    world.clock.now = NOW + timedelta(days=day)
    try:
        if not stands_in:
            refused(world, app, made, "confirm", "takahashi")
            return
        do(world, app, made, "confirm", user="takahashi")
        last = history.changes(world.platform, world.entering("sato", app), made)[0]
        assert (last.by, last.behalf) == ("takahashi", "abe")
    finally:
        deputies.forget(world.platform, abe, number)
    assert not deputies.mine(world.platform, abe)


def test_a_deputy_reads_nothing_by_that(world: World, app: App) -> None:
    abe = world.actor("abe")
    made = write(world, app, title="隠す")
    do(world, app, made, "ask")
    number = deputies.name(world.platform, abe, "takahashi", "2026-11-22", "2026-11-22")
    with pytest.raises(Unknown):
        do(world, app, made, "confirm", user="takahashi")
    deputies.forget(world.platform, abe, number)


def test_a_deputy_of_somebody_who_left_stands_in_for_nobody(world: World, app: App) -> None:
    abe = world.actor("abe")
    made = write(world, app)
    do(world, app, made, "ask")
    number = deputies.name(world.platform, abe, "takahashi", "2026-11-22", "2026-11-22")
    change_user(world, "abe", active=False)
    refused(world, app, made, "confirm", "takahashi")
    deputies.forget(world.platform, abe, number)


def test_who_stands_in_is_checked(world: World) -> None:
    abe = world.actor("abe")

    def places(deputy: str, first: str, last: str) -> list[str]:
        with pytest.raises(Invalid) as error:
            deputies.name(world.platform, abe, deputy, first, last)
        return [one.pointer for one in error.value.problems]

    assert places("abe", "x", "20261122") == ["/deputy", "/starts_on", "/ends_on"]
    assert places("sato", "2026-11-23", "2026-11-22") == ["/ends_on"]
    assert places("sato", "2026-11-20", "2026-11-21") == ["/ends_on"]
    assert places("sato", "2026-11-22", "2027-11-23") == ["/ends_on"]
    number = deputies.name(world.platform, abe, "sato", "2026-11-22", "2027-11-22")
    assert places("mori", "2027-11-22", "2027-12-01") == ["/starts_on"]
    with pytest.raises(Unknown):
        deputies.forget(world.platform, world.actor("sato"), number)
    deputies.forget(world.platform, abe, number)
    with pytest.raises(Unknown):
        deputies.forget(world.platform, abe, number)


@pytest.mark.parametrize("left", [{"active": False}, {"groups": ()}])
def test_who_left_or_moved_on_holds_nothing_up(
    world: World, app: App, left: dict[str, Any]
) -> None:
    chosen, together = write(world, app), write(world, app)
    do(world, app, chosen, "choose", assignee="mori")
    do(world, app, together, "gather")
    do(world, app, together, "confirm", user="abe")
    change_user(world, "mori", **left)
    assert stands(world, app, chosen).gone == {"mori": True}
    assert set(offers(world, app, chosen, "abe")) == {"confirm", "return"}
    if left.get("active", True):
        refused(world, app, chosen, "confirm", "mori")
    do(world, app, chosen, "confirm", user="abe")
    assert where(world, app, chosen) == ("done", None)
    do(world, app, together, "confirm", user="abe")
    assert where(world, app, together) == ("done", None)


def test_all_does_not_wait_for_who_left(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "gather")
    change_user(world, "mori", active=False)
    do(world, app, made, "confirm", user="abe")
    assert where(world, app, made) == ("done", None)


def test_whoever_came_later_may_act_where_any_may(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    change_user(world, "ito", groups=("heads",))
    do(world, app, made, "confirm", user="ito")
    assert where(world, app, made) == ("done", None)


def test_managers_say_whose_turn_it_is(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "choose", assignee="mori")
    assert not stands(world, app, made).may_assign
    sato = world.entering("sato", app)
    with pytest.raises(Denied):
        process.assign(world.platform, sato, made, Given(("abe",)), revision=None)
    access = world.entering("suzuki", app)
    assert stands(world, app, made, "suzuki").may_assign
    for wrong in ((), ("abe", "mori"), ("ito",)):
        with pytest.raises(Invalid):
            process.assign(world.platform, access, made, Given(wrong), revision=None)
    process.assign(world.platform, access, made, Given(("abe",), "休職のため"), revision=None)
    assert where(world, app, made) == ("chosen", ["abe"])
    do(world, app, made, "confirm", user="abe")


def test_where_nobody_can_act_a_manager_can_be_named(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "choose", assignee="mori")
    for code in ("abe", "mori"):
        change_user(world, code, groups=())
    state, access = read(world, app, made, "suzuki"), world.entering("suzuki", app)
    assert process.assignable(world.platform, access, state) == ["suzuki"]
    refused(world, app, made, "confirm", "suzuki")
    process.assign(world.platform, access, made, Given(("suzuki",)), revision=None)
    assert stands(world, app, made).gone == {"suzuki": False}
    do(world, app, made, "confirm", user="suzuki")
    assert where(world, app, made) == ("done", None)
