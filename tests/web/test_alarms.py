"""Alarms in the browser: for auditors and administrators, until somebody leaves a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from tsuzuri.access.actors import Actor
from tsuzuri.config import AlarmLimits
from tsuzuri.definitions.model import App
from tsuzuri.services import directory
from tsuzuri.services.directory import Person
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

RULES = {"app": [{"who": ["agency:NURSERY"], "allow": ["view"]}]}


@pytest.fixture(scope="module")
def notes(world: World) -> App:
    keeper = Actor(user="cli:test", administers=True)
    for person in (
        Person(code="watch", name="監査", audits=True),
        Person(code="keeper", name="管理", administers=True),
    ):
        directory.add(world.platform, keeper, person)
    limits = AlarmLimits(opened_hour=3)
    world.platform.config = replace(world.platform.config, alarms=limits)
    app = world.publish({"title": {"kind": "text"}}, RULES, recordTitle=["title"])
    reader = Visitor(opened(world)).enter("takahashi")
    for record in world.put(app, *({"title": "カナリア"} for _ in range(4))):
        assert reader.get(f"/apps/{app.code}/records/{record}").status_code == 200
    return app


@pytest.fixture
def app(world: World, notes: App) -> Flask:
    return opened(world)


@pytest.mark.parametrize("user", ["abe", "takahashi"])
def test_they_are_not_there_for_others(app: Flask, user: str) -> None:
    visitor = Visitor(app).enter(user)
    assert visitor.get("/alarms").status_code == 404
    assert visitor.get("/alarms/1").status_code == 404
    assert visitor.post("/alarms/1", {"reason": "x"}).status_code == 404
    assert "気になる動き" not in visitor.get("/").text


def test_they_wait_on_every_page_of_those_who_watch_until_one_leaves_a_sentence(
    app: Flask, notes: App
) -> None:
    watch, keeper = Visitor(app).enter("watch"), Visitor(app).enter("keeper")
    for visitor, path in ((keeper, "/alarms"), (keeper, "/"), (watch, "/"), (watch, "/audit")):
        page = visitor.get(path).text
        assert "髙橋さんが、1時間のうちに3件以上の記録を開きました。" in page, path
        assert "カナリア" not in page
    # The log itself is for auditors alone.
    assert "/audit?" not in keeper.get("/alarms").text
    page = watch.get("/alarms").text
    assert "/audit?user=takahashi" in page
    address = page.split('href="/alarms/')[1].split('"')[0]
    assert watch.post(f"/alarms/{address}", {"reason": ""}).status_code == 422
    assert watch.post(f"/alarms/{address}", {"reason": "当番の確認"}).status_code == 303
    assert "当番の確認" in keeper.get("/alarms").text
    assert "髙橋さんが" not in keeper.get("/").text
    assert keeper.get(f"/alarms/{address}").status_code == 200
    again = keeper.post(f"/alarms/{address}", {"reason": "あとから"})
    assert again.status_code == 422
    assert keeper.get("/alarms/12345").status_code == 404
