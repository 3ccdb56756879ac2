"""One record's page: masks, other records, history, thanks, comments, files, the bin, paper."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from tsuzuri.definitions.model import App
from tsuzuri.services import attachments, records
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

FIELDS: dict[str, dict[str, Any]] = {
    "no": {"kind": "text", "title": "番号"},
    "title": {"kind": "text", "title": "題"},
    "body": {"kind": "multiline", "title": "本文"},
    "scope": {"kind": "agencies", "title": "公開範囲"},
    "caller": {"kind": "text", "title": "通告者"},
    "address": {"kind": "text", "title": "住所"},
    "papers": {"kind": "attachment", "title": "書類"},
}
RULES = {
    "app": [
        {"who": ["agency:CARE/*"], "allow": [*EVERYTHING]},
        {"who": ["everyone"], "allow": ["view", "comment"]},
    ],
    "record": [
        {"who": ["agency:CARE/*"], "allow": [*EVERYTHING]},
        {"who": ["field:scope"], "allow": ["view", "comment"]},
    ],
    "field": [
        {"fields": ["caller"], "who": ["agency:CARE/*"], "allow": "masked"},
        {"fields": ["caller"], "who": ["everyone"], "allow": "none"},
        {"fields": ["address"], "who": ["agency:CARE/*"], "allow": "edit"},
        {"fields": ["address"], "where": 'no = "開"', "who": ["everyone"], "allow": "view"},
    ],
}
PHRASES = ["確認しました", "ありがとうございます"]


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    return opened(world)


@pytest.fixture(scope="module")
def notes(world: World) -> App:
    return world.publish(
        FIELDS, RULES, recordTitle=["no", "title"], comments={"acknowledge": PHRASES}
    )


@pytest.fixture
def mori(app: Flask) -> Visitor:
    return Visitor(app).enter("mori")


def put(world: World, notes: App, **values: Any) -> int:
    given = {"no": "R8-1", "title": "題", "body": "本文", "scope": ["NURSERY"], **values}
    return world.put(notes, given)[0]


def address(notes: App, record: int, *parts: str) -> str:
    return "/".join((f"/apps/{notes.code}/records/{record}", *parts))


def test_a_mask_lifts_for_a_reason_and_only_then(mori: Visitor, world: World, notes: App) -> None:
    record = put(world, notes, caller="匿名の隣人")
    page = mori.get(address(notes, record))
    assert "●●●●●" in page.text
    assert "匿名の隣人" not in page.text
    asked = mori.get(address(notes, record, "unmask", "caller"))
    assert "通告者" in asked.text
    assert mori.send(asked, "caller", reason=" ").status_code == 422
    shown = mori.send(asked, "caller", reason="安全確認のため")
    assert "匿名の隣人" in shown.text
    assert "匿名の隣人" not in mori.get(address(notes, record)).text
    for path in ("edit", "history", "print"):
        assert "匿名の隣人" not in mori.get(address(notes, record, path)).text


@pytest.mark.parametrize("field", ["title", "address", "nothing", "%00"])
def test_what_has_no_mask_has_nothing_to_lift(
    mori: Visitor, world: World, notes: App, field: str
) -> None:
    record = put(world, notes, caller="x")
    assert mori.get(address(notes, record, "unmask", field)).status_code == 404
    answer = mori.post(address(notes, record, "unmask", field), {"reason": "わけ"})
    assert answer.status_code == 404


def test_a_guarded_field_reads_as_empty_where_its_rule_does_not_hold(
    app: Flask, world: World, notes: App
) -> None:
    reader = Visitor(app).enter("takahashi")
    open_one = put(world, notes, no="開", address="城山町1")
    closed = put(world, notes, no="閉", address="城山町2")
    nothing = put(world, notes, no="閉")
    assert "城山町1" in reader.get(address(notes, open_one)).text
    pages = [reader.get(address(notes, one)).text for one in (closed, nothing)]
    plain = [re.sub(r'\d{10,}|content="[^"]*"|value="[^"]*"', "", page) for page in pages]
    assert plain[0] == plain[1]


def test_an_unseen_record_is_not_there(app: Flask, world: World, notes: App) -> None:
    record = put(world, notes, scope=["HEALTH"])
    stranger = Visitor(app).enter("takahashi")
    for path in ("", "/history", "/files/papers/" + "ab" * 32):
        assert stranger.get(address(notes, record) + path).status_code == 404
    for path in ("comments", "thanks"):
        sent = {"body": "x", "word": PHRASES[0]}
        assert stranger.post(address(notes, record, path), sent).status_code == 404


def test_history_tells_who_changed_what(mori: Visitor, world: World, notes: App) -> None:
    platform, access = world.platform, world.entering("mori", notes)
    record = records.create(platform, access, {"title": "はじめ", "scope": ["NURSERY"]}).id
    records.change(platform, access, record, {"title": "あと"}, revision=None)
    records.change(platform, access, record, {"address": "城山町3"}, revision=None)
    page = mori.get(address(notes, record, "history")).text
    for word in ("はじめ", "あと", "森", "城山町3", "作成"):
        assert word in page
    reader = Visitor(mori.app).enter("takahashi")
    page = reader.get(address(notes, record, "history")).text
    assert "はじめ" in page
    assert "城山町3" not in page
    assert page.count("history__entry") == 2, "a change of what one may not see leaves no trace"


def test_thanks_are_one_tap_and_can_be_taken_back(app: Flask, world: World, notes: App) -> None:
    record = put(world, notes)
    reader = Visitor(app).enter("takahashi")
    reader.get(address(notes, record))
    answer = reader.post(address(notes, record, "thanks"), {"word": PHRASES[1]})
    assert answer.status_code == 303
    page = Visitor(app).enter("mori").get(address(notes, record)).text
    assert "髙橋(ひまわり保育園)" in page
    part = reader.post(
        address(notes, record, "thanks"), {"word": PHRASES[1]}, headers={"HX-Request": "true"}
    )
    assert part.text.strip().startswith("<section")
    assert 'aria-pressed="true"' not in part.text
    assert reader.post(address(notes, record, "thanks"), {"word": "別の言葉"}).status_code == 422
    home = reader.post(address(notes, record, "thanks"), {"word": PHRASES[0], "next": "/"})
    assert home.headers["Location"] == "/"


def test_a_comment_is_escaped_and_a_bad_one_comes_back(
    app: Flask, world: World, notes: App
) -> None:
    record = put(world, notes)
    reader = Visitor(app).enter("takahashi")
    reader.get(address(notes, record))
    assert reader.post(address(notes, record, "comments"), {"body": " "}).status_code == 422
    long = "あ" * 65_536
    answer = reader.post(address(notes, record, "comments"), {"body": long})
    assert answer.status_code == 422
    assert long in answer.text
    reader.post(address(notes, record, "comments"), {"body": "<i>一行目</i>\r\n二行目"})
    page = reader.get(address(notes, record)).text
    assert "&lt;i&gt;一行目&lt;/i&gt;\n二行目" in page


def test_news_of_others_is_on_the_home_page_until_it_was_seen(
    app: Flask, world: World, notes: App
) -> None:
    reader = Visitor(app).enter("takahashi")
    access = world.entering("mori", notes)
    made = records.create(
        world.platform, access, {"no": "R8-9", "title": "新しい知らせ", "scope": ["NURSERY"]}
    )
    page = reader.get("/").text
    assert "新しい知らせ" in page
    assert address(notes, made.id, "thanks") in page
    stamp = re.findall(r'name="at" value="([^"]*)"', page)[0]
    reader.post("/seen", {"at": stamp})
    assert "新しい知らせ" not in reader.get("/").text
    reader.post("/seen", {"at": "9999"})
    reader.post("/seen", {"at": "\x00"})
    assert reader.get("/").status_code == 200


def test_a_deletion_asks_why_and_can_be_undone(
    mori: Visitor, app: Flask, world: World, notes: App
) -> None:
    record = put(world, notes, title="消す題")
    asked = mori.get(address(notes, record, "delete"))
    assert mori.send(asked, "delete", reason="").status_code == 422
    assert mori.send(asked, "delete", reason="二重に書いた").status_code == 303
    assert mori.get(address(notes, record)).status_code == 404
    assert "消す題" in mori.get(f"/apps/{notes.code}/trash").text
    reader = Visitor(app).enter("takahashi")
    assert reader.get(f"/apps/{notes.code}/trash").status_code == 403
    assert reader.post(address(notes, record, "restore")).status_code == 403
    assert mori.post(address(notes, record, "restore")).status_code == 303
    assert mori.get(address(notes, record)).status_code == 200
    assert "二重に書いた" in mori.get(address(notes, record, "history")).text
    assert mori.post(address(notes, record, "restore")).status_code == 404


def test_a_stale_deletion_keeps_the_reason(mori: Visitor, world: World, notes: App) -> None:
    record = put(world, notes)
    asked = mori.get(address(notes, record, "delete"))
    access = world.entering("mori", notes)
    records.change(world.platform, access, record, {"title": "変"}, revision=None)
    answer = mori.send(asked, "delete", reason="長い理由")
    assert answer.status_code == 409
    assert "長い理由" in answer.text
    assert mori.get(address(notes, record)).status_code == 200


def test_paper_says_who_printed_it_and_keeps_masks(
    mori: Visitor, app: Flask, world: World, notes: App
) -> None:
    record = put(world, notes, caller="匿名の隣人")
    page = mori.get(address(notes, record, "print")).text
    for word in ("取扱注意", "令和8年11月22日(日) 00:30", "森(こども課)", "●●●●●"):
        assert word in page
    assert Visitor(app).enter("takahashi").get(address(notes, record, "print")).status_code == 403


def test_files_are_given_out_safely_and_to_readers_only(
    mori: Visitor, app: Flask, world: World, notes: App
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(picture, "PNG")
    platform, access = world.platform, world.entering("mori", notes)
    page = io.BytesIO(b"<html><script>x()</script></html>")
    files = [
        attachments.receive(platform, access.actor, name, source)
        for name, source in (("玄関.png", io.BytesIO(picture.getvalue())), ("危険.html", page))
    ]
    record = records.create(platform, access, {"papers": files, "scope": ["NURSERY"]}).id
    shown, saved = (address(notes, record, "files", "papers", one["key"]) for one in files)
    for where, called in ((shown, "image/png"), (saved, "application/octet-stream")):
        answer = mori.get(where)
        assert answer.mimetype == called
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert "Last-Modified" not in answer.headers
    assert mori.get(shown + "/preview").mimetype == "image/jpeg"
    assert mori.get(saved + "/preview").status_code == 404
    assert Visitor(app).enter("ito").get(shown).status_code == 404
    assert Visitor(app).enter("takahashi").get(shown).status_code == 200
    other = put(world, notes)
    assert mori.get(address(notes, other, "files", "papers", files[0]["key"])).status_code == 404


def test_records_that_belong_together_lead_to_each_other(app: Flask, world: World) -> None:
    visits = world.code()
    related = {
        "app": visits,
        "key": "no",
        "match": "case",
        "columns": ["title", "hidden"],
        "size": 1,
    }
    case = world.publish(
        {
            "no": {"kind": "text"},
            "visits": {"kind": "related", "title": "訪問", "related": related},
        },
        recordTitle=["no"],
    )
    rules = {
        "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
        "record": [{"where": 'title != "内緒"', "who": ["everyone"], "allow": [*EVERYTHING]}],
        "field": [{"fields": ["hidden"], "who": ["everyone"], "allow": "none"}],
    }
    link = {"app": case.code, "key": "no", "copy": {}}
    fields = {
        "case": {"kind": "lookup", "lookup": link},
        "title": {"kind": "text"},
        "hidden": {"kind": "text"},
    }
    visit = world.publish(fields, rules, code=visits)
    record = world.put(case, {"no": "R8-1"})[0]
    world.put(
        visit,
        {"case": "R8-1", "title": "一回目", "hidden": "見えない"},
        {"case": "R8-1", "title": "二回目"},
        {"case": "R8-2", "title": "よその子"},
        {"case": "R8-1", "title": "内緒"},
    )
    page = Visitor(app).enter("mori").get(f"/apps/{case.code}/records/{record}").text
    assert "二回目" in page
    assert "すべて見る(2件)" in page
    assert f'/apps/{visits}/new?f.case=R8-1"' in page
    for word in ("よその子", "内緒", "見えない"):
        assert word not in page
    every = re.findall(rf'href="(/apps/{visits}/\?[^"]*)"', page)[0].replace("&amp;", "&")
    page = Visitor(app).enter("mori").get(every).text
    assert "一回目" in page
    assert "よその子" not in page


def test_a_reference_shows_the_present_title(app: Flask, world: World) -> None:
    case = world.publish({"name": {"kind": "text"}}, recordTitle=["name"])
    target = world.put(case, {"name": "髙橋 花"})[0]
    note = world.publish({"about": {"kind": "reference", "reference": {"app": case.code}}})
    record = world.put(note, {"about": str(target)})[0]
    page = Visitor(app).enter("mori").get(f"/apps/{note.code}/records/{record}").text
    assert f'<a href="/apps/{case.code}/records/{target}">髙橋 花</a>' in page


def test_health_says_nothing_but_that_it_works(app: Flask) -> None:
    answer = Visitor(app).get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_every_page_carries_its_headers_and_nothing_inline(
    mori: Visitor, world: World, notes: App
) -> None:
    record = put(world, notes)
    for path in ("/", f"/apps/{notes.code}/", address(notes, record), f"/apps/{notes.code}/new"):
        answer = mori.get(path)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", answer.text)
