"""Lists: views, the filter builder, pages, honest counts, search, and how fast rows are written."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import Any

import pytest
from flask import Flask

from tsuzuri.definitions.model import App
from tsuzuri.fields.base import Scene
from tsuzuri.web.rows import RowWriter
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

FIELDS: dict[str, dict[str, Any]] = {
    "title": {"kind": "text", "title": "題"},
    "body": {"kind": "multiline", "title": "本文"},
    "count": {"kind": "number", "title": "人数"},
    "day": {"kind": "date", "title": "日"},
    "at": {"kind": "datetime", "title": "日時"},
    "how": {"kind": "radio", "title": "方法", "enum": ["訪問", "電話"]},
    "told": {"kind": "yes_no", "title": "伝えた"},
    "scope": {"kind": "agencies", "title": "公開範囲"},
    "born": {"kind": "date", "title": "生年月日"},
    "age": {"kind": "age", "title": "年齢", "of": "born"},
    "rows": {
        "kind": "table",
        "title": "表",
        "items": {"properties": {"part": {"kind": "text", "title": "部位"}}},
    },
    "secret": {"kind": "text", "title": "ひみつ"},
}
RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "field": [
        {"fields": ["secret"], "who": ["agency:CARE"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
    ],
}
VIEWS = [
    {"name": "日の順", "columns": ["title", "day", "how"], "sort": "day desc"},
    {"name": "年齢", "columns": ["title", "age"], "sort": "title asc"},
    {"name": "守られた列", "columns": ["title"], "where": 'secret = "x"'},
]
RECORDS: list[dict[str, Any]] = [
    {
        "title": "<b>甲</b>",
        "day": "2026-11-21",
        "at": "2026-11-21T14:59:00Z",
        "count": 3,
        "how": "訪問",
        "told": True,
        "born": "2020-04-01",
        "secret": "x",
        "rows": [{"part": "腕", "id": "1"}],
    },
    {
        "title": "乙",
        "day": "2026-11-22",
        "at": "2026-11-21T15:00:00Z",
        "count": 10,
        "how": "電話",
        "told": False,
        "body": "高橋さんと話した",
        "scope": ["NURSERY"],
    },
    {"title": "丙", "day": "2026-10-01", "at": "2026-11-22T15:00:00Z", "$creator": "mori"},
]


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    return opened(world)


@pytest.fixture(scope="module")
def notes(world: World) -> App:
    made = world.publish(FIELDS, RULES, views=VIEWS, recordTitle=["title"])
    world.put(made, *RECORDS)
    return made


@pytest.fixture
def mori(app: Flask) -> Visitor:
    return Visitor(app).enter("mori")


def titles(page: str) -> list[str]:
    """Return the titles of the listed records, in order."""
    cells = re.findall(r'class="data__title[^"]*"[^>]*><a[^>]*>(.*?)</a>', page)
    return [unescape(re.sub("<[^>]*>", "", cell)) for cell in cells]


def narrowed(visitor: Visitor, app: App, *rows: tuple[str, str, str], **more: str) -> list[str]:
    query: dict[str, Any] = {"view": "all", "sort": "title asc", **more}
    for place, (field, operator, value) in enumerate(rows):
        query[f"f.{place}.field"], query[f"f.{place}.op"] = field, operator
        query[f"f.{place}.value"] = value.split("|")
    answer = visitor.get(f"/apps/{app.code}/", query_string=query)
    assert answer.status_code == 200, answer.text
    return titles(answer.text)


KOU, OTSU, HEI = "<b>甲</b>", "乙", "丙"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (("title", "like", "甲"), [KOU]),
        (("body", "like", "髙橋"), [OTSU]),
        (("count", ">=", "１０"), [OTSU]),
        (("day", ">=", "R8.11.21"), [OTSU, KOU]),
        (("day", "<=", "令和8年11月20日"), [HEI]),
        (("at", "=", "R8.11.21"), [KOU]),
        (("at", ">=", "2026/11/22"), [HEI, OTSU]),
        (("at", "<=", "R8.11.22"), [OTSU, KOU]),
        (("at", ">", "R8.11.22"), [HEI]),
        (("at", "<", "R8.11.22"), [KOU]),
        (("at", "!=", "R8.11.22"), [HEI, KOU]),
        (("at", ">=", "R8.11.22 0:00"), [HEI, OTSU]),
        (("day", "today", ""), [OTSU]),
        (("day", "yesterday", ""), [KOU]),
        (("day", "7-days", ""), [OTSU, KOU]),
        (("how", "in", "訪問|電話"), [OTSU, KOU]),
        (("how", "not in", "訪問"), [HEI, OTSU]),
        (("told", "in", "はい"), [KOU]),
        (("scope", "in", "NURSERY"), [OTSU]),
        (("$creator", "me", ""), [HEI]),
        (("$creator", "in", "abe"), [OTSU, KOU]),
        (("part", "like", "腕"), [KOU]),
        (("part", "in", "腕"), [KOU]),
        (("body", "is empty", ""), [HEI, KOU]),
        (("title", "like", ""), [HEI, OTSU, KOU]),
        (("title", "no such word", "甲"), [KOU]),
    ],
)
def test_a_condition_is_chosen_not_typed(
    mori: Visitor, notes: App, row: tuple[str, str, str], found: list[str]
) -> None:
    assert sorted(narrowed(mori, notes, row)) == sorted(found)


def test_conditions_join_by_all_or_any(mori: Visitor, notes: App) -> None:
    rows = (("how", "in", "訪問"), ("title", "like", "乙"))
    assert narrowed(mori, notes, *rows) == []
    assert narrowed(mori, notes, *rows, join="or") == [KOU, OTSU]


def test_the_filter_form_keeps_its_rows_and_offers_what_fits(mori: Visitor, notes: App) -> None:
    page = mori.get(
        f"/apps/{notes.code}/?f.0.field=how&f.0.op=in&f.0.value=訪問&f.1.field=day&_filter=add"
    ).text
    assert page.count('class="filters__row"') == 3
    assert 'value="訪問" checked' in page
    for word in ("のどれか", "以降", "が今週"):
        assert word in page
    page = mori.get(f"/apps/{notes.code}/?f.0.field=how&f.1.field=day&_filter=remove.0").text
    assert page.count('class="filters__row"') == 1
    assert "以降" in page


def test_a_hidden_field_and_a_misspelt_one_get_one_answer(app: Flask, notes: App) -> None:
    reader = Visitor(app).enter("suzuki")
    pages = []
    for code in ("secret", "sicret"):
        answer = reader.get(f"/apps/{notes.code}/?view=all&f.0.field={code}&f.0.value=x")
        assert answer.status_code == 400
        text = re.sub(r'value="[^"]{60,}"|content="[^"]{60,}"', "", answer.text)
        pages.append(text.replace(code, "CODE"))
    assert pages[0] == pages[1]
    assert "「CODE」というフィールドはありません。" in pages[0]
    page = reader.get(f"/apps/{notes.code}/?sort=secret desc").text
    for word in ("ひみつ", "守られた列"):
        assert word not in page


@pytest.mark.parametrize(
    "query",
    [
        "f.0.field=day&f.0.op=>=&f.0.value=きのう",
        "f.0.field=count&f.0.op==&f.0.value=たくさん",
        "f.0.field=title&f.0.op=like&f.0.value=%00",
        "f.0.field=title&f.0.op=like&f.0.value=%ED%A0%80",
        "f.0.field=title) or (title&f.0.value=x",
        "f.0.field=$id&f.0.op==&f.0.value=9223372036854775808",
    ],
)
def test_an_unreadable_condition_is_told_beside_the_form(
    mori: Visitor, notes: App, query: str
) -> None:
    answer = mori.get(f"/apps/{notes.code}/?view=all&{query}")
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    "query",
    ["after=abc", "after=99999999999999999999", "before=-1", "view=zz", "view=own-1", "size=9999"],
)
def test_odd_addresses_show_a_list(mori: Visitor, notes: App, query: str) -> None:
    assert mori.get(f"/apps/{notes.code}/?{query}").status_code == 200


@pytest.mark.parametrize("record", ["0", "9007199254740991", "9007199254740992", str(2**63), "x"])
def test_a_record_that_cannot_be_is_not_found(mori: Visitor, notes: App, record: str) -> None:
    for path in ("", "/edit", "/history", "/print", "/delete"):
        assert mori.get(f"/apps/{notes.code}/records/{record}{path}").status_code == 404


def test_views_are_tabs_and_everything_is_one_of_them(mori: Visitor, notes: App) -> None:
    page = mori.get(f"/apps/{notes.code}/").text
    assert titles(page) == [OTSU, KOU, HEI]
    tabs = re.findall(r'class="tabs__tab"[^>]*>(.*?)</a>', page)
    assert tabs == ["日の順", "年齢", "守られた列", "すべて"]
    assert re.search(r'aria-current="page">日の順', page)
    page = mori.get(f"/apps/{notes.code}/?view=1").text
    assert "6歳7か月" in page, "a derived column is worked out from a field the view lacks"


def test_markup_in_a_value_stays_text(mori: Visitor, notes: App) -> None:
    page = mori.get(f"/apps/{notes.code}/").text
    assert "<b>甲" not in page
    assert "&lt;b&gt;甲" in page


def test_a_header_sorts_and_says_how(mori: Visitor, notes: App) -> None:
    page = mori.get(f"/apps/{notes.code}/?sort=title asc").text
    assert titles(page) == [KOU, HEI, OTSU]
    assert 'aria-sort="ascending"' in page
    assert mori.get(f"/apps/{notes.code}/?sort=body asc").status_code == 200


def test_a_view_of_ones_own_is_saved_used_and_removed(
    mori: Visitor, app: Flask, notes: App
) -> None:
    mori.get(f"/apps/{notes.code}/")
    sent = {"name": " 電話の 記録 ", "where": 'how in ("電話")', "sort": "day asc"}
    answer = mori.post(f"/apps/{notes.code}/views", sent)
    own = answer.headers["Location"]
    page = mori.get(own).text
    assert titles(page) == [OTSU]
    assert re.search(r'aria-current="page">電話の 記録', page)
    assert "電話の 記録" not in Visitor(app).enter("sato").get(own).text
    view = own.split("own-")[1]
    assert mori.post(f"/apps/{notes.code}/views/{view}/delete").status_code == 303
    assert mori.post(f"/apps/{notes.code}/views/{view}/delete").status_code == 404
    assert mori.post(f"/apps/{notes.code}/views/{2**63}/delete").status_code == 404
    assert mori.post(f"/apps/{notes.code}/views", {"name": ""}).status_code == 303
    bad = {"name": "x", "where": 'nothing = "1"'}
    assert mori.post(f"/apps/{notes.code}/views", bad).status_code == 400


def test_pages_lead_on_and_back_and_counts_are_honest(app: Flask, world: World) -> None:
    many = world.publish({"n": {"kind": "number"}}, views=[{"name": "順", "columns": ["n"]}])
    world.put(many, *[{"n": n} for n in range(1003)])
    visitor = Visitor(app).enter("mori")
    first = visitor.get(f"/apps/{many.code}/?sort=n asc&size=20").text
    assert "1,000件以上" in first
    following = unescape(re.findall(r'href="([^"]*)" rel="next"', first)[0])
    second = visitor.get(following).text
    assert titles(first) == [str(n) for n in range(20)]
    assert titles(second) == [str(n) for n in range(20, 40)]
    back = unescape(re.findall(r'href="([^"]*)" rel="prev"', second)[0])
    assert titles(visitor.get(back).text) == titles(first)
    exact = unescape(re.findall(r'href="([^"]*exact=1[^"]*)"', first)[0])
    assert "1,003件" in visitor.get(exact).text


def test_search_finds_in_one_app_and_in_all(mori: Visitor, notes: App) -> None:
    for app in ("", notes.code):
        page = mori.get("/search", query_string={"q": "髙橋", "app": app})
        assert "高橋さんと話した" in page.text
    assert "見つかりません" in mori.get("/search?q=どこにもない言葉").text
    assert mori.get("/search", query_string={"q": "あ" * 101}).status_code == 400


def test_home_offers_what_one_may_use(app: Flask, world: World) -> None:
    rules = {"app": [{"who": ["agency:CARE"], "allow": ["view"]}]}
    closed = world.publish({"title": {"kind": "text"}}, rules)
    page = Visitor(app).enter("mori").get("/").text
    assert f'href="/apps/{closed.code}/"' in page
    assert f'href="/apps/{closed.code}/new"' not in page
    assert closed.code not in Visitor(app).enter("ito").get("/").text


def test_a_hundred_rows_are_written_in_a_moment(app: Flask, world: World) -> None:
    fields: dict[str, dict[str, Any]] = {
        f"f{n}": {"kind": ("text", "date", "number", "radio")[n % 4]} for n in range(10)
    }
    for one in fields.values():
        if one["kind"] == "radio":
            one["enum"] = ["甲", "乙"]
    made = world.publish(fields)
    values = {"text": "会えた人と話<した>", "date": "2026-11-21", "number": 3, "radio": "甲"}
    rows = [
        (
            n,
            1,
            *(
                f"{values[one['kind']]}{n}" if one["kind"] == "text" else values[one["kind"]]
                for one in fields.values()
            ),
        )
        for n in range(100)
    ]
    access = world.entering("mori", made)
    with app.test_request_context():
        spent = []
        for _ in range(20):
            start = time.process_time()
            written = RowWriter(access, made.fields, made.fields, Scene()).rows(rows)
            spent.append(time.process_time() - start)
    assert written.count("<tr>") == 100
    assert "話<した>" not in written
    assert min(spent) < 0.005
