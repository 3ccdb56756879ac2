"""An app's managers change its definition in the browser, publish it and go back."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask

from tsuzuri.definitions.model import App
from tsuzuri.services import definitions, drafting, records
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

MANAGED = {
    "app": [
        {"who": ["user:abe", "group:heads"], "allow": [*EVERYTHING, "manage"]},
        {"who": ["everyone"], "allow": [*EVERYTHING]},
    ]
}
FIELDS: dict[str, Any] = {
    "name": {"kind": "text", "title": "名前"},
    "memo": {
        "kind": "multiline",
        "title": "経過",
        "help": {"ja": "何がありましたか。", "en": "What?"},
    },
    "way": {"kind": "radio", "title": "方法", "enum": ["訪問", "電話"]},
}


@pytest.fixture(scope="module")
def web(world: World) -> Flask:
    return opened(world)


@pytest.fixture
def app(world: World) -> App:
    return world.publish(
        FIELDS, MANAGED, form=[["name", "way"], {"group": "内容", "rows": [["memo"]]}]
    )


class Builder:
    """Somebody at the builder of one app."""

    def __init__(self, web: Flask, app: App, user: str = "abe") -> None:
        self.visitor = Visitor(web).enter(user)
        self.path = f"/apps/{app.code}/design"

    def mark(self) -> str:
        page = self.visitor.get(self.path).text
        found = re.search(r'name="mark" value="([0-9a-f]+)"', page)
        assert found, page
        return found[1]

    def step(self, **form: str) -> Any:
        return self.visitor.post(self.path, {"mark": self.mark(), **form})

    def settle(self, code: str, **form: str) -> Any:
        return self.visitor.post(f"{self.path}/fields/{code}", {"mark": self.mark(), **form})

    def publish(self) -> Any:
        return self.visitor.post(f"{self.path}/publish", {"mark": self.mark()})


@pytest.fixture
def abe(web: Flask, app: App) -> Builder:
    return Builder(web, app)


def now(world: World, app: App) -> App:
    return world.platform.apps[app.code]


def test_a_field_is_added_named_and_published(world: World, app: App, abe: Builder) -> None:
    saved = records.create(world.platform, world.entering("abe", app), {"name": "花"})
    added = abe.step(kind="dropdown", after="name")
    assert added.status_code == 303
    assert "ドロップダウン" in abe.visitor.get(added.headers["Location"]).text
    done = abe.settle(
        "ドロップダウン",
        title="連絡",
        required="1",
        **{"s.enum": "いつでも\r\n夜だけ\r\n夜だけ\r\n"},
    )
    assert done.status_code == 303
    assert now(world, app).version == 1
    page = abe.visitor.get(f"{abe.path}/changes").text
    assert "項目「連絡」（ドロップダウン）を追加します。" in page
    assert abe.publish().status_code == 303
    after = now(world, app)
    assert after.version > 1
    assert after.document["record"]["properties"]["ドロップダウン"]["enum"] == [
        "いつでも",
        "夜だけ",
    ]
    assert after.document["form"][:2] == [["name", "way"], ["ドロップダウン"]]
    access = world.entering("abe", after)
    records.change(world.platform, access, saved.id, {"ドロップダウン": "夜だけ"}, revision=None)
    with world.platform.reading(access) as reading:
        assert reading.get(saved.id).values["ドロップダウン"] == "夜だけ"


def test_who_does_not_manage_the_app_finds_no_builder(web: Flask, app: App) -> None:
    sato = Builder(web, app, "sato")
    pages = ("", "/changes", "/versions", "/source", "/definition.json", "/fields/name")
    for page in pages:
        assert sato.visitor.get(sato.path + page).status_code == 403
    for path in ("", "/publish", "/discard", "/source", "/fields/name", "/versions/1"):
        assert sato.visitor.post(sato.path + path, {"mark": "x"}).status_code == 403
    assert sato.visitor.get("/apps/nowhere/design").status_code == 404


def test_two_who_change_one_draft_are_told(
    world: World, web: Flask, app: App, abe: Builder
) -> None:
    mori = Builder(web, app, "mori")
    seen = mori.mark()
    abe.step(act="down", field="memo")
    abe.settle("memo", title="くわしい経過", help="")
    late = mori.visitor.post(mori.path, {"mark": seen, "act": "remove", "field": "memo"})
    assert late.status_code == 303
    told = mori.visitor.get(late.headers["Location"]).text
    assert "阿部さんが先に変えたため" in told
    assert "くわしい経過" in told
    typed = json.dumps({**FIELDS, "app": app.code})
    late = mori.visitor.post(f"{mori.path}/source", {"mark": seen, "text": typed})
    assert late.status_code == 409
    assert "ほかの人が先に保存しました" in late.text
    stale = mori.visitor.post(f"{mori.path}/publish", {"mark": seen})
    assert "先に変えたため" in mori.visitor.get(stale.headers["Location"]).text
    assert now(world, app).version == app.version


def test_what_is_not_finished_is_told_and_not_published(
    world: World, app: App, abe: Builder
) -> None:
    abe.step(kind="lookup")
    page = abe.visitor.get(abe.path).text
    assert "公開の前に直すところ" in page
    assert "直すところがあります" in page
    # The rest of the form is shown nevertheless.
    assert 'name="f.name"' in page
    assert 'name="f.ルックアップ"' not in page
    refused = abe.publish()
    assert refused.status_code == 422
    assert f'action="{abe.path}/publish"' not in refused.text
    assert now(world, app).version == app.version
    told = abe.settle(
        "memo", title="経過", help="何がありましたか。", **{"s.maxLength": "たくさん"}
    )
    assert told.status_code == 422
    assert "たくさん" in told.text


def test_a_removed_field_keeps_its_values_and_comes_back(
    world: World, app: App, abe: Builder
) -> None:
    access = world.entering("abe", app)
    saved = records.create(world.platform, access, {"name": "花", "memo": "元気でした。"})
    abe.step(act="remove", field="memo")
    told = abe.visitor.get(f"{abe.path}/changes").text
    assert "項目「経過」を外します。" in told
    assert "1件の記録で見えなくなります" in told
    abe.publish()
    without = world.entering("abe", now(world, app))
    with world.platform.reading(without) as reading:
        assert "memo" not in reading.get(saved.id).values
    shown = abe.visitor.get(f"{abe.path}/versions?version={app.version}").text
    assert "項目「経過」（文章）を追加します。" in shown
    back = abe.visitor.post(f"{abe.path}/versions/{app.version}")
    assert back.status_code == 303
    again = world.entering("abe", now(world, app))
    with world.platform.reading(again) as reading:
        assert reading.get(saved.id).values["memo"] == "元気でした。"


GUARD = {**MANAGED, "field": [{"fields": ["memo"], "who": ["user:mori"], "allow": "edit"}]}


def test_a_protected_field_is_opened_by_a_rule_and_not_by_leaving_one_out(
    world: World, web: Flask
) -> None:
    app = world.publish(FIELDS, GUARD)
    abe = Builder(web, app)
    records.create(world.platform, world.entering("mori", app), {"memo": "通告者は祖母"})
    bare = {**app.document, "access": MANAGED}
    abe.visitor.post(f"{abe.path}/source", {"mark": abe.mark(), "text": json.dumps(bare)})
    refused = abe.publish()
    assert refused.status_code == 422
    assert "見られる人が限られていました" in refused.text
    # Neither by taking it out and putting it in again.
    abe.step(act="remove", field="memo")
    assert abe.publish().status_code == 303
    abe.visitor.post(f"{abe.path}/source", {"mark": abe.mark(), "text": json.dumps(bare)})
    assert abe.publish().status_code == 422
    open_ = {"fields": ["memo"], "who": ["everyone"], "allow": "view"}
    said = {**bare, "access": {**MANAGED, "field": [open_]}}
    abe.visitor.post(f"{abe.path}/source", {"mark": abe.mark(), "text": json.dumps(said)})
    told = abe.visitor.get(f"{abe.path}/changes").text
    assert "項目の権限を変えます" in told
    assert abe.publish().status_code == 303


def test_a_new_field_never_takes_the_place_of_one_that_left(
    world: World, app: App, abe: Builder
) -> None:
    abe.step(kind="text")
    abe.publish()
    first = now(world, app).fields[-1].code
    records.create(world.platform, world.entering("abe", app), {first: "前の値"})
    abe.step(act="remove", field=first)
    abe.publish()
    abe.step(kind="text")
    abe.publish()
    second = now(world, app).fields[-1].code
    assert second not in {first, *FIELDS}


def test_the_english_of_a_text_stays_when_the_japanese_changes(
    world: World, app: App, abe: Builder
) -> None:
    abe.settle("memo", title="経過", help="だれと何を話しましたか。", english="Course")
    abe.publish()
    given = now(world, app).document["record"]["properties"]["memo"]
    assert given["help"] == {"ja": "だれと何を話しましたか。", "en": "What?"}
    assert given["titles"] == {"en": "Course"}


def test_fields_move_on_the_form(world: World, app: App, abe: Builder) -> None:
    def form() -> Any:
        return drafting.opened(world.platform, world.entering("abe", app)).document["form"]

    abe.step(act="up", field="way")
    assert form() == [["way"], ["name"], {"group": "内容", "rows": [["memo"]]}]
    abe.step(act="down", field="name")
    assert form() == [["way"], {"group": "内容", "rows": [["name"], ["memo"]]}]
    abe.step(act="left", field="memo")
    assert form() == [["way"], {"group": "内容", "rows": [["name", "memo"]]}]
    abe.step(act="rename", place="0", title="面談の内容")
    abe.step(act="group", title="そのほか")
    assert form()[1:] == [
        {"group": "面談の内容", "rows": [["name", "memo"]]},
        {"group": "そのほか", "rows": []},
    ]
    abe.step(act="arrange", layout=json.dumps([[["name"]], [["memo", "way"]], [], [], []]))
    assert form()[0] == ["name"]
    abe.step(act="ungroup", place="0")
    assert form()[:2] == [["name"], ["memo", "way"]]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"act": "fly"},
        {"act": "up", "field": "nowhere"},
        {"act": "remove", "field": ""},
        {"kind": "riddle"},
        {"kind": "text", "after": "nowhere"},
        {"act": "rename", "place": "9", "title": "x"},
        {"act": "ungroup", "place": "-1"},
        {"act": "arrange", "layout": "{"},
        {"act": "arrange", "layout": '[[["name"]]]'},
        {"act": "arrange", "layout": '[[["name","name","way"]],[["memo"]],[]]'},
    ],
)
def test_a_step_that_makes_no_sense_changes_nothing(
    world: World, app: App, abe: Builder, form: dict[str, str]
) -> None:
    assert abe.step(**form).status_code == 404
    assert not drafting.opened(world.platform, world.entering("abe", app)).is_draft


def test_nobody_locks_themselves_out(world: World, app: App, abe: Builder) -> None:
    document = {**app.document, "access": {"app": [{"who": ["everyone"], "allow": ["view"]}]}}
    sent = {"mark": abe.mark(), "text": json.dumps(document, ensure_ascii=False)}
    assert abe.visitor.post(f"{abe.path}/source", sent).status_code == 303
    refused = abe.publish()
    assert refused.status_code == 422
    assert "あなたはこのアプリを管理できなくなります" in refused.text
    assert now(world, app).version == app.version


@pytest.mark.parametrize("text", ["", "{", "[]", '{"app": "other"}', '{"app": 1}', "null"])
def test_what_is_no_definition_of_this_app_is_no_draft(
    world: World, app: App, abe: Builder, text: str
) -> None:
    told = abe.visitor.post(f"{abe.path}/source", {"mark": abe.mark(), "text": text})
    assert told.status_code == 422
    assert not drafting.opened(world.platform, world.entering("abe", app)).is_draft


def test_a_draft_that_is_no_form_is_mended_as_json_or_thrown_away(
    world: World, app: App, abe: Builder
) -> None:
    mark = abe.mark()
    odd = json.dumps({"app": app.code, "name": "x", "record": {"properties": {"a": 1}}})
    assert abe.visitor.post(f"{abe.path}/source", {"mark": mark, "text": odd}).status_code == 303
    led = abe.visitor.get(abe.path)
    assert (led.status_code, led.headers["Location"]) == (303, f"{abe.path}/source")
    page = abe.visitor.get(f"{abe.path}/source").text
    assert "フォームとして組み立てられません" in page
    assert abe.visitor.get(f"{abe.path}/changes").status_code == 200
    found = re.search(r'name="mark" value="([0-9a-f]+)"', page)
    assert found
    abe.visitor.post(f"{abe.path}/discard", {"mark": found[1]})
    assert abe.visitor.get(abe.path).status_code == 200


def test_an_exported_definition_is_the_one_that_is_published(
    world: World, app: App, abe: Builder
) -> None:
    abe.step(kind="number")
    abe.settle("数値", title="人数", **{"s.minimum": "0", "s.unit": "人"})
    abe.publish()
    given = abe.visitor.get(f"{abe.path}/definition.json")
    assert given.headers["Content-Disposition"] == f'attachment; filename="{app.code}.json"'
    document = json.loads(given.text)
    assert definitions.check_document(document).schema == now(world, app).schema
    assert document["record"]["properties"]["数値"] == {
        "kind": "number",
        "title": "人数",
        "type": "number",
        "minimum": 0,
        "unit": "人",
    }
