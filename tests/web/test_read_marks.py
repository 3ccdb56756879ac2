"""Which agencies have read a record is told to those who may know with whom it is shared."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from access.cases import access, rule
from tsuzuri.definitions.model import App
from tsuzuri.services import records
from tsuzuri.storage import people
from tsuzuri.storage.people import Agency
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

SCOPE = {"kind": "agencies", "title": "公開範囲"}
RULES = access(rule("field:scope creator", "view edit"))


@pytest.fixture(scope="module")
def web(world: World) -> Flask:
    return opened(world)


@pytest.fixture
def shared(world: World) -> tuple[App, str]:
    app = world.publish({"scope": SCOPE, "body": {"kind": "text"}}, RULES)
    given = {"scope": ["NURSERY", "DESK"], "body": "様子"}
    made = records.create(world.platform, world.entering("mori", app), given)
    return app, f"/apps/{app.code}/records/{made.id}"


def marks(page: str) -> tuple[int, int]:
    found = re.search(r"読んだ：(\d+)所属　まだ：(\d+)所属", page)
    assert found is not None
    return int(found[1]), int(found[2])


def test_an_agency_counts_once_somebody_of_it_opened_the_record(
    web: Flask, shared: tuple[App, str]
) -> None:
    _, path = shared
    mori = Visitor(web).enter("mori")
    # Whoever looks has read it: theirs is the first.
    assert marks(mori.get(path).text) == (1, 2)
    Visitor(web).enter("takahashi").get(path)
    assert marks(mori.get(path).text) == (2, 1)
    Visitor(web).enter("takahashi").get(path)
    assert marks(mori.get(path).text) == (2, 1)
    Visitor(web).enter("sato").get(path)
    assert marks(mori.get(path).text) == (3, 0)


def test_a_list_is_no_reading_and_neither_is_a_refusal(web: Flask, shared: tuple[App, str]) -> None:
    app, path = shared
    Visitor(web).enter("takahashi").get(f"/apps/{app.code}/")
    assert Visitor(web).enter("ito").get(path).status_code in {403, 404}
    assert marks(Visitor(web).enter("mori").get(path).text) == (1, 2)


def test_a_confidential_agency_is_counted_for_nobody_who_may_not_know_it(
    world: World, web: Flask, shared: tuple[App, str]
) -> None:
    _, path = shared
    Visitor(web).enter("takahashi").get(path)
    nursery = Agency(code="NURSERY", name="ひまわり保育園", confidential=True)
    with world.platform.database.platform(writing=True) as connection:
        people.put_agencies(connection, [nursery])
    try:
        page = Visitor(web).enter("mori").get(path).text
        assert "ひまわり保育園" not in page
        assert marks(page) == (1, 1)
    finally:
        with world.platform.database.platform(writing=True) as connection:
            people.put_agencies(connection, [Agency(code="NURSERY", name="ひまわり保育園")])
