"""Two definitions written from scratch become working apps: through services, and by HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from support.visitor import Visitor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Denied, Invalid, Unknown
from tsuzuri.factory import create_app
from tsuzuri.services import definitions, history, listing, records, search, threads
from tsuzuri.services.listing import Asked
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

EVERYDAY = ["view", "add", "edit", "delete", "comment", "print"]

SHELF: dict[str, Any] = {
    "app": "toy-shelf",
    "name": {"ja": "おもちゃ棚", "en": "Toy shelf"},
    "record": {
        "type": "object",
        "required": ["番号", "品名"],
        "properties": {
            "番号": {"kind": "text", "title": "番号", "unique": True, "maxLength": 10},
            "品名": {"kind": "text", "title": "品名"},
            "単価": {"kind": "number", "title": "単価", "unit": "円", "digits": True},
        },
    },
    "access": {"app": [{"who": ["everyone"], "allow": EVERYDAY}]},
}

LOAN: dict[str, Any] = {
    "app": "toy-loan",
    "name": "貸出票",
    "record": {
        "type": "object",
        "required": ["借りる人", "貸出日"],
        "properties": {
            "借りる人": {"kind": "name", "title": "借りる人", "maxLength": 60},
            "貸出日": {"kind": "date", "title": "貸出日", "initial": "today"},
            "おもちゃ": {
                "kind": "lookup",
                "title": "おもちゃ",
                "lookup": {
                    "app": "toy-shelf",
                    "key": "番号",
                    "copy": {"品名": "品名", "単価": "単価"},
                },
            },
            "品名": {"kind": "text", "title": "品名", "readOnly": True},
            "単価": {"kind": "number", "title": "単価", "readOnly": True},
            "明細": {
                "kind": "table",
                "title": "明細",
                "items": {
                    "properties": {
                        "摘要": {"kind": "text", "title": "摘要"},
                        "個数": {"kind": "number", "title": "個数", "minimum": 0},
                    },
                    "required": ["摘要"],
                },
            },
            "合計": {"kind": "calculated", "title": "合計", "expression": "SUM(個数) * 単価"},
            "公開範囲": {"kind": "agencies", "title": "公開範囲"},
            "事情": {"kind": "multiline", "title": "事情"},
        },
    },
    "recordTitle": ["借りる人", "貸出日"],
    "form": [["借りる人", "貸出日"], {"group": "品", "rows": [["おもちゃ"], ["品名", "単価"]]}],
    "views": [
        {
            "name": "高額",
            "columns": ["借りる人", "貸出日", "合計"],
            "where": "合計 >= 1000",
            "sort": "貸出日 desc",
        },
        {"name": "全件", "columns": ["借りる人", "品名", "合計"]},
    ],
    "access": {
        "app": [{"who": ["everyone"], "allow": EVERYDAY}],
        "record": [
            {"who": ["agency:DESK"], "allow": ["view", "edit", "delete", "comment"]},
            {"where": "合計 >= 1000", "who": ["group:heads"], "allow": ["view"]},
            {"who": ["field:公開範囲"], "allow": ["view", "comment"]},
        ],
        "field": [
            {"fields": ["事情"], "who": ["agency:DESK"], "allow": "edit"},
            {"fields": ["事情"], "where": "合計 >= 1000", "who": ["group:heads"], "allow": "view"},
            {"fields": ["事情"], "who": ["everyone"], "allow": "none"},
        ],
    },
    "comments": {"acknowledge": ["確認しました"]},
}

FIRST = {
    "借りる人": "髙橋 桃子",
    "貸出日": "2026-11-20",
    "おもちゃ": "T-1",
    "明細": [{"摘要": "積み木", "個数": 2}, {"摘要": "ボール", "個数": 3}],
    "公開範囲": ["NURSERY"],
    "事情": "雨の日の外遊びに",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The two apps at work, seen by each kind of person."""

    world: World

    def access(self, user: str, app: str = "toy-loan") -> Access:
        """Walk in."""
        return self.world.platform.admit(self.world.actor(user), app)

    def names(self, user: str, **asked: Any) -> list[Any]:
        """Return the first column of somebody's list."""
        found = listing.listed(self.world.platform, self.access(user), Asked(**asked))
        return [row[2] for row in found.page.rows]


@pytest.fixture(scope="module")
def desk(world: World) -> Desk:
    """Publish both apps and put one toy on the shelf."""
    for document in (SHELF, LOAN):
        definitions.publish(world.platform, document, by="abe")
    found = Desk(world)
    toy = {"番号": "T-1", "品名": "木のおもちゃ", "単価": 300}
    records.create(world.platform, found.access("sato", "toy-shelf"), toy)
    return found


def test_a_record_is_created_listed_and_filtered(desk: Desk) -> None:
    platform = desk.world.platform
    saved = records.create(platform, desk.access("sato"), FIRST)
    small = {"借りる人": "鈴木", "明細": [{"摘要": "絵本", "個数": 1}], "おもちゃ": "T-1"}
    records.create(platform, desk.access("sato"), small)

    with platform.reading(desk.access("sato")) as reader:
        values = reader.get(saved.id).values
    assert (values["品名"], values["単価"], values["合計"]) == ("木のおもちゃ", 300, 1500)

    assert desk.names("sato") == ["髙橋 桃子"]
    assert sorted(desk.names("sato", view=1)) == ["鈴木", "髙橋 桃子"]
    assert desk.names("sato", view=1, where='摘要 like "積木"') == []
    assert desk.names("sato", view=1, where='摘要 like "積み木" and 個数 >= 2') == ["髙橋 桃子"]
    assert desk.names("sato", view=1, where='借りる人 like "高橋"') == ["髙橋 桃子"]
    assert desk.names("sato", view=1, where="貸出日 = TODAY()") == ["鈴木"]
    assert desk.names("sato", view=1, sort="合計 asc") == ["鈴木", "髙橋 桃子"]


def test_everybody_sees_what_the_rules_give_them(desk: Desk) -> None:
    assert sorted(desk.names("sato", view=1)) == ["鈴木", "髙橋 桃子"]
    assert desk.names("abe", view=1) == ["髙橋 桃子"]
    assert desk.names("takahashi", view=1) == ["髙橋 桃子"]
    assert desk.names("ito", view=1) == []
    for user, hidden in (("sato", False), ("abe", False), ("takahashi", True)):
        access = desk.access(user)
        assert ("事情" not in access.app.by_code) is hidden
        hits = search.search(desk.world.platform, access.actor, "外遊び").hits
        assert bool(hits) is not hidden


def test_a_change_is_kept_in_history_and_calculated_anew(desk: Desk) -> None:
    platform, access = desk.world.platform, desk.access("sato")
    saved = records.create(platform, access, FIRST)
    rows = [{"摘要": "積み木", "個数": 1}]
    changed = records.change(platform, access, saved.id, {"明細": rows}, revision=1)
    assert changed.revision == 2
    newest, first = history.changes(platform, access, saved.id)
    told = {field.code: pair for field, pair in newest.differences.items()}
    assert told["合計"] == (1500, 300)
    assert first.action == "create"
    with pytest.raises(Unknown):
        history.changes(platform, desk.access("ito"), saved.id)


def test_people_talk_under_a_record_as_far_as_they_may(desk: Desk) -> None:
    platform = desk.world.platform
    saved = records.create(platform, desk.access("sato"), FIRST)
    threads.comment(platform, desk.access("takahashi"), saved.id, "受け取りました")
    assert threads.thank(platform, desk.access("takahashi"), saved.id, "確認しました")
    with pytest.raises(Denied):
        threads.comment(platform, desk.access("abe"), saved.id, "一言")
    with pytest.raises(Denied):
        records.change(platform, desk.access("takahashi"), saved.id, {"借りる人": "x"}, revision=1)
    talk = threads.thread(platform, desk.access("sato"), saved.id)
    assert [one.body for one in talk.comments] == ["受け取りました"]
    assert [one.phrase for one in talk.thanks] == ["確認しました"]


@pytest.mark.parametrize(
    "given, pointer",
    [
        ({"貸出日": "2026-11-20"}, "/借りる人"),
        ({"借りる人": "x", "貸出日": "2026-02-30"}, "/貸出日"),
        ({"借りる人": "x", "おもちゃ": "T-9"}, "/おもちゃ"),
        ({"借りる人": "x", "明細": [{"個数": 1}]}, "/明細/0/摘要"),
        ({"借りる人": "x", "明細": [{"摘要": "y", "個数": -1}]}, "/明細/0/個数"),
        ({"借りる人": "x", "合計": 1}, "/合計"),
        ({"借りる人": "x", "品名": "y"}, "/品名"),
        ({"借りる人": "x", "公開範囲": ["NOWHERE"]}, "/公開範囲"),
        ({"借りる人": "x", "色": "赤"}, "/色"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(
    desk: Desk, given: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as caught:
        records.create(desk.world.platform, desk.access("sato"), given)
    assert [one.pointer for one in caught.value.problems] == [pointer]


def test_the_same_by_http(desk: Desk) -> None:
    platform = desk.world.platform
    flask = create_app(platform.config, platform)
    sato = Visitor(flask, platform, "sato")
    form = sato.text("/apps/toy-loan/new")
    for label in ("借りる人", "貸出日", "おもちゃ", "明細", "摘要", "公開範囲", "事情"):
        assert label in form
    typed = {
        "f.借りる人": "佐々木 花",
        "f.貸出日": "R8.11.21",
        "f.おもちゃ": "T-1",
        "f.明細.0.摘要": "三輪車",
        "f.明細.0.個数": "４",
        "f.公開範囲": "NURSERY",
        "f.事情": "通院のため",
    }
    refused = sato.post("/apps/toy-loan/new", {**typed, "f.貸出日": "11月の終わり"})
    assert refused.status_code == 422
    assert "佐々木 花" in refused.get_data(as_text=True)
    created = sato.post("/apps/toy-loan/new", typed)
    assert created.status_code == 303
    address = re.sub(r"\?.*", "", created.headers["Location"])

    page = sato.text(address)
    for shown in ("佐々木 花", "木のおもちゃ", "三輪車", "1200", "令和8年", "通院のため"):
        assert shown in page, shown
    filtered = {"f.0.field": "借りる人", "f.0.op": "like", "f.0.value": "佐々木"}
    assert "佐々木 花" in sato.text("/apps/toy-loan/", view="all", **filtered)
    assert "佐々木 花" not in sato.text(
        "/apps/toy-loan/", view="all", **{**filtered, "f.0.value": "田中"}
    )

    takahashi = Visitor(flask, platform, "takahashi")
    seen = takahashi.text(address)
    assert "佐々木 花" in seen
    assert "通院のため" not in seen
    said = takahashi.post(f"{address}/comments", {"body": "承知しました"}, shown_at=address)
    assert said.status_code == 303
    assert "承知しました" in sato.text(address)

    revision = re.search(r'name="_revision" value="(\d+)"', sato.text(f"{address}/edit"))
    assert revision is not None
    changed = {**typed, "f.事情": "退院した", "_revision": revision[1]}
    assert sato.post(f"{address}/edit", changed).status_code == 303
    past = sato.text(f"{address}/history")
    assert "通院のため" in past
    assert "退院した" in past

    alone = sato.post("/apps/toy-loan/new", {**typed, "f.公開範囲": ""}).headers["Location"]
    unseen = takahashi.client.get(alone)
    missing = takahashi.client.get("/apps/toy-loan/records/1")
    assert (unseen.status_code, missing.status_code) == (404, 404)
