"""The band on every page, and the panel that says who has not opened what is urgent."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.services import noticing, records
from tsuzuri.storage import people
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [{"who": ["agency:CARE", "field:scope"], "allow": ["view", "edit", "comment"]}],
}
FIELDS = {
    "title": {"kind": "text"},
    "importance": {"kind": "radio", "enum": ["通常", "緊急"]},
    "scope": {"kind": "agencies"},
}
CALL = "通知だけでは、伝わったことになりません。必ず電話でも伝えてください。"
BAND = "緊急のお知らせがあります"


@pytest.fixture
def urgent(world: World) -> tuple[App, int]:
    """Return an urgent record of mori's that the nursery reads, whose telephone is known."""
    nursery = world.platform.directory.agencies["NURSERY"]
    with world.platform.database.platform(writing=True) as connection:
        people.put_agencies(connection, [replace(nursery, phone="0771-00-1234（代）")])
    notify = {"urgent": {"when": 'importance in ("緊急")'}}
    app = world.publish(FIELDS, RULES, recordTitle=["title"], notify=notify)
    given = {"title": "カナリア", "importance": "緊急", "scope": ["NURSERY"]}
    record = records.create(world.platform, world.entering("mori", app), given).id
    noticing.run(world.platform)
    return app, record


def test_the_band_stands_on_every_page_until_the_record_is_opened(
    world: World, urgent: tuple[App, int]
) -> None:
    app, record = urgent
    visitor = Visitor(opened(world)).enter("takahashi")
    for place in ("/", "/notices", f"/apps/{app.code}/", "/search?q=x", "/security"):
        page = visitor.get(place).text
        assert BAND in page
        band = page[page.index('class="urgent ') : page.index("</section>", page.index(BAND))]
        assert "カナリア" not in band
    act = re.search(r'action="(/notices/\d+/open)"', band)
    assert act
    answer = visitor.post(act[1], {})
    assert answer.headers["Location"] == f"/apps/{app.code}/records/{record}"
    assert BAND not in visitor.get(f"/apps/{app.code}/records/{record}").text
    assert BAND not in visitor.get("/").text


def test_opening_the_record_from_its_list_ends_the_band(
    world: World, urgent: tuple[App, int]
) -> None:
    app, record = urgent
    visitor = Visitor(opened(world)).enter("takahashi")
    assert BAND in visitor.get(f"/apps/{app.code}/").text
    assert BAND not in visitor.get(f"/apps/{app.code}/records/{record}").text
    assert BAND not in visitor.get("/").text


def test_the_record_says_who_has_not_opened_it_where_to_call_and_that_one_must(
    world: World, urgent: tuple[App, int]
) -> None:
    app, record = urgent
    mori = Visitor(opened(world)).enter("mori")
    place = f"/apps/{app.code}/records/{record}"
    page = mori.get(place).text
    panel = page[page.index('class="urgent-panel"') : page.index('id="live"')]
    assert CALL in panel
    assert "知らせた2人のうち、まだ開いていない人が2人います。" in panel
    assert "ひまわり保育園" in panel
    assert 'href="tel:0771001234"' in panel
    assert "2人中 2人" in panel
    assert "だれも開いていません" in panel
    assert "髙橋" in panel
    Visitor(opened(world)).enter("takahashi").get(place)
    page = mori.get(place).text
    panel = page[page.index('class="urgent-panel"') : page.index('id="live"')]
    assert "2人中 1人" in panel
    assert "だれも開いていません" not in panel
    assert "髙橋" not in panel
    assert "鈴木" in panel


def test_a_page_of_nothing_urgent_has_neither(world: World) -> None:
    app = world.publish(FIELDS, RULES, recordTitle=["title"])
    given = {"title": "x", "importance": "緊急", "scope": ["NURSERY"]}
    record = records.create(world.platform, world.entering("mori", app), given).id
    page = Visitor(opened(world)).enter("ito").get("/").text
    assert BAND not in page
    page = Visitor(opened(world)).enter("mori").get(f"/apps/{app.code}/records/{record}").text
    assert "urgent-panel" not in page


def test_a_comment_is_sent_as_urgent_and_says_so(world: World) -> None:
    app = world.publish(FIELDS, RULES, recordTitle=["title"])
    given = {"title": "x", "scope": ["NURSERY"]}
    record = records.create(world.platform, world.entering("mori", app), given).id
    nursery = Visitor(opened(world)).enter("takahashi")
    place = f"/apps/{app.code}/records/{record}"
    sent = {"body": "", "urgent": "1"}
    refused = nursery.post(f"{place}/comments", sent)
    assert refused.status_code == 422
    assert re.search(r'name="urgent" value="1"[^>]* checked', refused.text)
    assert nursery.post(f"{place}/comments", {**sent, "body": "至急"}).status_code == 303
    noticing.run(world.platform)
    mori = Visitor(opened(world)).enter("mori")
    assert BAND in mori.get("/").text
    page = mori.get(place).text
    assert '<span class="chip chip--red">緊急</span>' in page
