"""Records that wait for somebody: at home, on a page of their own, and only to those concerned."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tsuzuri.definitions.model import App
from tsuzuri.services import deputies, todo
from worlds import flow
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.flow import do, publish, write
from worlds.town import World

__all__ = ["world"]


@pytest.fixture(scope="module")
def site(world: World) -> Flask:
    return opened(world)


@pytest.fixture
def app(world: World) -> App:
    """Publish an app of each test's own; the apps of the others stay."""
    return publish(world)


def waits(world: World, user: str, app: App, size: int = todo.SIZE) -> list[int]:
    """Return what waits for somebody in one app, over all pages."""
    found, after = [], 0
    while True:
        page = todo.page(world.platform, world.actor(user), after, size)
        found += [one.record.id for one in page.todos if one.access.app.code == app.code]
        after = page.more
        if not after:
            return found


def test_what_one_is_asked_to_do_waits_across_apps(world: World, app: App, site: Flask) -> None:
    other = publish(world)
    first, second = write(world, app), write(world, other)
    for each, made in ((app, first), (other, second)):
        do(world, each, made, "ask")
    page = Visitor(site).enter("mori").get("/todo").text
    links = [
        f'href="/apps/{app.code}/records/{first}"',
        f'href="/apps/{other.code}/records/{second}"',
    ]
    assert page.index(links[0]) < page.index(links[1])
    assert "確認待ち" in page
    assert not any(one in Visitor(site).enter("ito").get("/todo").text for one in links)
    do(world, app, first, "confirm", user="mori")
    assert waits(world, "mori", app) == []
    assert waits(world, "abe", other) == [second]


def test_what_one_has_only_begun_does_not_wait(world: World, app: App) -> None:
    made = write(world, app)
    assert waits(world, "sato", app) == []
    do(world, app, made, "ask")
    do(world, app, made, "return", user="mori")
    assert waits(world, "mori", app) == []


def test_home_shows_the_first_and_leads_to_the_rest(world: World, app: App, site: Flask) -> None:
    for _ in range(4):
        do(world, app, write(world, app, title="待つ"), "ask")
    home = Visitor(site).enter("mori").get("/").text
    assert "自分が作業者の記録" in home
    assert 'href="/todo"' in home


def test_pages_hold_each_record_once(world: World, app: App, site: Flask) -> None:
    made = [write(world, app, title=f"件{n}") for n in range(7)]
    for one in made:
        do(world, app, one, "ask")
    assert waits(world, "mori", app, size=2) == made
    past = Visitor(site).enter("mori").get(f"/todo?after={max(made)}")
    assert "ここから先に" in past.text
    assert Visitor(site).enter("mori").get("/todo?after=x").status_code == 200


def test_nothing_that_waits_is_said(site: Flask, app: App) -> None:
    assert "操作を待っている記録はありません" in Visitor(site).enter("ito").get("/todo").text


def test_what_one_does_not_see_does_not_wait(world: World) -> None:
    heads = {"who": ["user:takahashi"], "where": 'title in ("隠す")', "allow": []}
    process = {
        **flow.PROCESS,
        "statuses": [
            flow.PROCESS["statuses"][0],
            {"code": "waiting", "assignee": flow.turn("ANY", "user:takahashi", "group:heads")},
            *flow.PROCESS["statuses"][2:],
        ],
    }
    app = publish(world, {**flow.RULES, "record": [heads, flow.RULES["record"][1]]}, **process)
    seen, hidden = write(world, app, title="見える"), write(world, app, title="隠す")
    for one in (seen, hidden):
        do(world, app, one, "ask")
    assert waits(world, "takahashi", app) == [seen]
    assert waits(world, "mori", app) == [seen, hidden]


def test_whoever_may_not_know_the_status_is_asked_nothing(world: World) -> None:
    field = [
        {"fields": ["stand"], "who": ["user:mori"], "allow": "none"},
        {"fields": ["stand"], "who": ["everyone"], "allow": "edit"},
    ]
    app = publish(world, {**flow.RULES, "field": field})
    do(world, app, write(world, app), "ask")
    assert waits(world, "mori", app) == []
    assert len(waits(world, "abe", app)) == 1


def test_a_deputy_finds_what_waits_for_the_other(world: World, app: App, site: Flask) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    day = world.platform.today
    deputies.name(world.platform, world.actor("abe"), "takahashi", day, day)
    assert waits(world, "takahashi", app) == [made]
    page = Visitor(site).enter("takahashi").get("/todo").text
    assert "阿部さんの代理" in page


def test_reading_the_list_notes_only_what_it_shows(world: World, app: App) -> None:
    made = [write(world, app) for _ in range(3)]
    for one in made:
        do(world, app, one, "ask")
    page = todo.page(world.platform, world.actor("mori"), made[0] - 1, 2)
    assert [one.record.id for one in page.todos] == made[:2]
    assert page.more == made[1]


def test_the_filter_names_statuses_as_people_do(app: App, site: Flask) -> None:
    page = Visitor(site).enter("mori").get(f"/apps/{app.code}/?f.0.field=stand&f.0.op=in").text
    assert re.search(r'value="waiting"[^>]*>\s*(<[^>]*>\s*)*確認待ち', page)
