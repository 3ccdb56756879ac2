"""The page on which people make, see and end their API tokens."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from worlds.face import Visitor, errors, opened
from worlds.fixtures import world
from worlds.program import Program
from worlds.town import World

__all__ = ["world"]


@pytest.fixture(scope="module")
def web(world: World) -> Flask:
    return opened(world)


def test_a_token_is_shown_once_and_works_until_it_is_ended(world: World, web: Flask) -> None:
    app = world.publish({"body": {"kind": "text"}})
    visitor = Visitor(web).enter("sato")
    page = visitor.get("/account/tokens")
    made = visitor.send(page, "tokens", name="集計", app=app.code, rights="view", days="30")
    found = re.search(r'value="(tsuzuri_[\w-]+)"', made.text)
    assert found is not None
    program = Program(web, found[1])
    assert program.ask("GET", f"/api/apps/{app.code}/records").status_code == 200
    later = visitor.get("/account/tokens")
    assert "集計" in later.text
    assert found[1] not in later.text
    assert visitor.send(later, "end").status_code == 303
    assert program.ask("GET", f"/api/apps/{app.code}/records").status_code == 401
    assert "集計" not in visitor.get("/account/tokens").text


def test_mistakes_lead_to_their_controls(web: Flask) -> None:
    visitor = Visitor(web).enter("sato")
    answer = visitor.send(visitor.get("/account/tokens"), "tokens", name="", days="500")
    assert answer.status_code == 422
    assert {one for one, _ in errors(answer.text)} == {"name", "app", "days"}


def test_nobody_sees_or_ends_somebody_elses(world: World, web: Flask) -> None:
    app = world.publish({"body": {"kind": "text"}})
    mine, other = Visitor(web).enter("mori"), Visitor(web).enter("abe")
    mine.send(mine.get("/account/tokens"), "tokens", name="秘密の用途", app=app.code, rights="view")
    page = mine.get("/account/tokens").text
    address = re.search(r'action="(/account/tokens/\d+/end)"', page)
    assert address is not None
    assert "秘密の用途" not in other.get("/account/tokens").text
    assert other.post(address[1]).status_code == 404
