"""The page of notices, and the number beside the bell."""

from __future__ import annotations

import re

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.services import noticing, records, threads
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [{"who": ["agency:CARE", "field:scope"], "allow": ["view", "edit", "comment"]}],
}
FIELDS = {"title": {"kind": "text"}, "scope": {"kind": "agencies"}}
BADGE = re.compile(r'<span class="badge">.*?</span>(\d+)')


@pytest.fixture
def told(world: World) -> tuple[App, int]:
    """Return a record of takahashi's, on which mori commented with a canary in the words."""
    app = world.publish(FIELDS, RULES, recordTitle=["title"])
    given = {"title": "登園の様子", "scope": ["NURSERY"]}
    record = records.create(world.platform, world.entering("takahashi", app), given).id
    threads.comment(world.platform, world.entering("mori", app), record, "カナリア")
    noticing.run(world.platform)
    return app, record


def _badge(page: str) -> int:
    found = BADGE.search(page)
    return int(found[1]) if found else 0


def test_a_notice_is_counted_opened_and_then_read(world: World, told: tuple[App, int]) -> None:
    app, record = told
    visitor = Visitor(opened(world)).enter("takahashi")
    page = visitor.get("/notices").text
    before = _badge(page)
    assert before
    assert "登園の様子" in page
    assert "カナリア" not in page
    act = re.search(r'action="(/notices/\d+/open)"', page)
    assert act
    answer = visitor.post(act[1], {})
    assert answer.headers["Location"] == f"/apps/{app.code}/records/{record}"
    page = visitor.get("/notices").text
    assert _badge(page) == before - 1
    assert act[1] not in page
    assert act[1] in visitor.get("/notices?box=all").text


def test_one_is_kept_for_later_and_the_others_are_read(world: World, told: tuple[App, int]) -> None:
    visitor = Visitor(opened(world)).enter("takahashi")
    page = visitor.get("/notices").text
    act = re.search(r'action="(/notices/\d+)/later"', page)
    assert act
    assert visitor.post(f"{act[1]}/later", {}).status_code == 303
    newest = re.search(r'name="up_to" value="(\d+)"', page)
    assert newest
    assert visitor.post("/notices/read", {"up_to": newest[1]}).status_code == 303
    page = visitor.get("/notices").text
    assert _badge(page) == 1
    assert act[1] in visitor.get("/notices?box=later").text


def test_a_record_that_is_not_shared_any_more_is_on_no_page(
    world: World, told: tuple[App, int]
) -> None:
    app, record = told
    visitor = Visitor(opened(world)).enter("takahashi")
    page = visitor.get("/notices").text
    before = _badge(page)
    act = re.search(r'action="(/notices/\d+/open)"', page)
    assert act
    mori = world.entering("mori", app)
    records.change(world.platform, mori, record, {"scope": []}, revision=None)
    for box in ("unread", "all", "later"):
        page = visitor.get(f"/notices?box={box}").text
        assert act[1] not in page
        assert _badge(page) == before - 1
    assert visitor.post(act[1], {}).status_code == 404


def test_a_mail_leads_through_signing_in_to_its_one_notice(
    world: World, told: tuple[App, int]
) -> None:
    app, record = told
    flask = opened(world)
    visitor = Visitor(flask).enter("takahashi")
    acts = re.findall(r'action="(/notices/\d+)/open"', visitor.get("/notices").text)
    asked = Visitor(flask).get(acts[0])
    assert asked.headers["Location"] == f"/login?next={acts[0]}"
    page = visitor.get(acts[0]).text
    assert re.findall(r'action="(/notices/\d+)/open"', page) == acts[:1]
    assert acts[0] in visitor.get("/notices").text, "looking has not read it"
    assert Visitor(flask).enter("mori").get(acts[0]).status_code == 404
    mori = world.entering("mori", app)
    records.change(world.platform, mori, record, {"scope": []}, revision=None)
    assert visitor.get(acts[0]).status_code == 404


@pytest.mark.parametrize("query", ["box=x", "before=x", "before=-1", f"before={10**30}"])
def test_odd_questions_get_a_page(world: World, query: str) -> None:
    visitor = Visitor(opened(world)).enter("takahashi")
    assert visitor.get(f"/notices?{query}").status_code == 200
    assert visitor.post("/notices/read", {"up_to": "x"}).status_code == 303
    assert visitor.post("/notices/1/open", {}).status_code == 404
