"""Drafts in the browser: kept from the form, gone on with from home, saved or thrown away."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from tsuzuri.definitions.model import App
from worlds.face import Visitor, opened, read_form
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

FIELDS = {
    "title": {"kind": "text"},
    "day": {"kind": "date"},
    "tags": {"kind": "checkbox", "items": {"type": "string", "enum": ["い", "ろ"]}},
    "rows": {"kind": "table", "items": {"properties": {"x": {"kind": "text", "title": "x"}}}},
    "file": {"kind": "attachment"},
    "scope": {"kind": "agencies"},
}
RULES = {
    "app": [
        {"who": ["group:heads"], "allow": [*EVERYTHING, "manage"]},
        {"who": ["everyone"], "allow": [*EVERYTHING]},
    ],
    "record": [{"who": ["creator-agency", "field:scope"], "allow": [*EVERYTHING]}],
}


@pytest.fixture
def app(world: World) -> App:
    return world.publish(FIELDS, RULES, required=["day"], recordTitle=["title"])


@pytest.fixture(scope="module")
def web(world: World) -> Flask:
    return opened(world)


def begin(visitor: Visitor, app: App, **typed: object) -> str:
    """Keep a new form as a draft; return the address of the draft."""
    page = visitor.get(f"/apps/{app.code}/new")
    form = read_form(page.text, "record-form").fields
    data = {**form, **{name.replace("__", "."): one for name, one in typed.items()}}
    answer = visitor.post(f"/apps/{app.code}/drafts", data, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].split("?")[0].removesuffix("/edit")


def test_what_was_typed_comes_back_to_the_letter(world: World, web: Flask, app: App) -> None:
    visitor = Visitor(web).enter("sato")
    draft = begin(
        visitor,
        app,
        f__title="面談",
        f__day="きのうの夕方",
        f__tags=["ろ"],
        f__rows__n1__x="一行目",
        f__file=(io.BytesIO(b"x"), "手紙.txt"),
    )
    page = visitor.get(f"{draft}/edit")
    assert page.status_code == 200
    assert 'value="きのうの夕方"' in page.text
    assert 'value="一行目"' in page.text
    assert "手紙.txt" in page.text
    assert "下書きです" in page.text
    form = read_form(page.text, "record-form").fields
    assert form["f.tags"][-1] == "ろ"
    again = visitor.post(f"{draft}/save", {**form, "f.title": "面談二"})
    assert again.status_code == 303
    page = visitor.get(f"{draft}/edit")
    assert 'value="面談二"' in page.text
    assert "手紙.txt" in page.text


def test_home_lists_ones_own_drafts_and_nobody_elses(world: World, web: Flask, app: App) -> None:
    visitor = Visitor(web).enter("sato")
    draft = begin(visitor, app, f__title="ホームに出る下書き")
    assert f'href="{draft}/edit"' in visitor.get("/").text
    other = Visitor(web).enter("mori")
    assert "ホームに出る下書き" not in other.get("/").text
    assert draft not in other.get("/").text
    assert "ホームに出る下書き" not in visitor.get(f"/apps/{app.code}/").text
    assert "見つかりません" in visitor.get("/search?q=ホームに出る下書き").text


def test_a_draft_is_judged_only_when_it_becomes_a_record(
    world: World, web: Flask, app: App
) -> None:
    visitor = Visitor(web).enter("sato")
    draft = begin(visitor, app, f__title="清書")
    page = visitor.get(f"{draft}/edit")
    refused = visitor.send(page)
    assert refused.status_code == 422
    saved = visitor.send(page, f__day="2026-11-20")
    assert saved.status_code == 303
    assert saved.headers["Location"].startswith(draft.replace("drafts", "records"))
    # A second press, another open form, and a look at the draft lead to the record.
    assert visitor.send(page, f__day="2026-11-20").headers["Location"] == saved.headers["Location"]
    other = visitor.send(page, f__day="2026-11-20", _once="another")
    assert other.status_code == 303
    assert visitor.get(f"{draft}/edit").headers["Location"] == other.headers["Location"]
    assert len(world.seen("sato", app)) == 1
    assert Visitor(web).enter("takahashi").get(f"{draft}/edit").status_code == 404


def test_a_form_opened_before_another_screen_saved_is_told(
    world: World, web: Flask, app: App
) -> None:
    visitor = Visitor(web).enter("sato")
    draft = begin(visitor, app, f__title="一")
    first, second = (
        read_form(visitor.get(f"{draft}/edit").text, "record-form").fields for _ in range(2)
    )
    assert visitor.post(f"{draft}/save", {**first, "f.title": "二"}).status_code == 303
    by_itself = visitor.post(f"{draft}/save", {**second, "f.title": "三", "_auto": "1"})
    assert by_itself.status_code == 409
    refused = visitor.post(f"{draft}/save", {**second, "f.title": "三"})
    assert refused.status_code == 409
    assert "別の画面でも" in refused.text
    assert 'value="三"' in refused.text, "what was typed is still there"
    assert 'value="二"' in visitor.get(f"{draft}/edit").text
    again = read_form(refused.text, "record-form").fields
    assert visitor.post(f"{draft}/save", again).status_code == 303
    assert 'value="三"' in visitor.get(f"{draft}/edit").text


def test_a_draft_is_discarded_once_and_for_all(world: World, web: Flask, app: App) -> None:
    visitor = Visitor(web).enter("sato")
    draft = begin(visitor, app, f__title="いらない")
    other = Visitor(web).enter("mori")
    for path in ("edit", "discard"):
        assert other.get(f"{draft}/{path}").status_code == 404
        assert other.post(f"{draft}/{path}").status_code == 404
    assert visitor.get(f"{draft}/discard").status_code == 200
    assert visitor.post(f"{draft}/discard").status_code == 303
    for path in ("edit", "discard", "save"):
        assert visitor.post(f"{draft}/{path}").status_code == 404
    assert draft not in visitor.get("/").text


def test_whoever_looks_as_another_person_sees_no_drafts(world: World, web: Flask, app: App) -> None:
    draft = begin(Visitor(web).enter("sato"), app, f__title="まだ言っていない")
    onlooker = Visitor(web).enter("abe")
    onlooker.get("/viewing")
    assert onlooker.post("/viewing", {"user": "sato"}).status_code == 303
    assert onlooker.get(f"{draft}/edit").status_code in {403, 404}
    assert "まだ言っていない" not in onlooker.get("/").text
