"""The generated form: what is typed is kept, what is wrong is told, nothing changes unasked."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tsuzuri.definitions.model import App
from tsuzuri.services import attachments, records
from tsuzuri.storage.records import load_whole
from tsuzuri.storage.writing import RecordState
from worlds.face import Visitor, errors, opened, read_form
from worlds.fixtures import world
from worlds.town import World
from worlds.wide_form import FIELDS, FILLED, RULES

__all__ = ["world"]


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    return opened(world)


@pytest.fixture(scope="module")
def form(world: World) -> App:
    return world.publish(FIELDS, RULES, required=["title", "day"], recordTitle=["title"])


@pytest.fixture
def mori(app: Flask) -> Visitor:
    return Visitor(app).enter("mori")


def stored(world: World, form: App, record: int) -> RecordState:
    with world.undone() as connection:
        return load_whole(connection, form, [record])[record]


def written(answer: Any) -> int:
    assert answer.status_code == 303, errors(answer.text)
    return int(answer.headers["Location"].split("/")[-1].split("?")[0])


def filled(world: World, form: App) -> int:
    platform = world.platform
    file = attachments.receive(platform, world.actor("mori"), "意見書.txt", io.BytesIO(b"text"))
    values = {**FILLED, "papers": [file]}
    values["rows"] = [{**FILLED["rows"][0], "proof": [file]}, FILLED["rows"][1]]
    return records.create(platform, world.entering("mori", form), values).id


def test_opening_a_form_and_saving_it_changes_nothing(
    mori: Visitor, world: World, form: App
) -> None:
    record = filled(world, form)
    before = stored(world, form, record)
    page = mori.get(f"/apps/{form.code}/records/{record}/edit")
    assert mori.send(page).status_code == 303
    assert stored(world, form, record) == before


def test_everything_typed_is_read_as_an_office_writes_it(
    mori: Visitor, world: World, form: App
) -> None:
    page = mori.get(f"/apps/{form.code}/new")
    answer = mori.send(
        page,
        f__title="題",
        f__count="３人",
        f__day="令和８年１１月２１日",
        f__at="R8.11.21 午後3時5分",
        f__clock="９時半",
        f__marks=["い", "ろ"],
        f__told="true",
        f__home__city="南丹市",
        f__log__0__at="９時５分",
        f__log__0__text="入電",
        f__rows__0__size="１．５",
        f__rows__n1__part="脚",
    )
    values = stored(world, form, written(answer)).values
    assert values["count"] == 3
    assert values["sum"] == 6
    assert values["day"] == "2026-11-21"
    assert values["at"] == "2026-11-21T06:05:00Z"
    assert values["clock"] == "09:30"
    assert values["marks"] == ["い", "ろ"]
    assert values["told"] is True
    assert values["home"] == {"city": "南丹市"}
    assert values["log"] == [{"at": "09:05", "text": "入電"}]
    assert [{k: v for k, v in row.items() if k != "id"} for row in values["rows"]] == [
        {"size": 1.5},
        {"part": "脚"},
    ]


def test_every_mistake_is_told_at_once_beside_its_control(mori: Visitor, form: App) -> None:
    page = mori.get(f"/apps/{form.code}/new")
    answer = mori.send(
        page,
        f__body="残る",
        f__count="たくさん",
        f__at="R8.13.40",
        f__rows__0__part="",
        f__rows__1__size="大きい",
        f__log__0__text="時刻がない",
    )
    assert answer.status_code == 422
    found = dict(errors(answer.text))
    assert found["f-title"] == "題：入力してください。"
    assert found["f-day"] == "日：入力してください。"
    assert found["f-count"] == "人数：数値で入力してください。"
    assert found["f-at"].startswith("日時：日時として読めません。")
    assert found["f-rows-1-size"] == "大きさ：数値で入力してください。"
    assert "f-log" in found
    for target in found:
        assert f'id="{target}"' in answer.text, target
    typed = read_form(answer.text, "record-form").fields
    assert typed["f.body"] == ["残る"]
    assert typed["f.at"] == ["R8.13.40"]
    assert typed["f.rows.1.size"] == ["大きい"]
    assert typed["f.log.0.text"] == ["時刻がない"]


def test_initial_values_and_the_address_fill_a_new_form(mori: Visitor, world: World) -> None:
    made = world.publish(
        {
            "who": {"kind": "users", "initial": "me"},
            "day": {"kind": "date", "initial": "today"},
            "case": {"kind": "text"},
            "body": {"kind": "multiline", "template": "【状況】\n【対応】"},
            "on": {"kind": "yes_no", "initial": True},
        }
    )
    page = mori.get(f"/apps/{made.code}/new?f.case=R8-1&f.nothing=x")
    typed = read_form(page.text, "record-form").fields
    assert typed["f.who"] == ["mori"]
    assert typed["f.day"] == ["2026-11-22"]
    assert typed["f.case"] == ["R8-1"]
    assert typed["f.body"] == ["【状況】\n【対応】"]
    assert typed["f.on"] == ["false", "true"]


def test_rows_are_added_and_removed_without_a_script(
    mori: Visitor, world: World, form: App
) -> None:
    record = filled(world, form)
    page = mori.get(f"/apps/{form.code}/records/{record}/edit")
    answer = mori.send(page, f__title="途中", _add="f.rows")
    assert answer.status_code == 200
    assert stored(world, form, record).revision == 1, "a step within the form saves nothing"
    typed = read_form(answer.text, "record-form").fields
    assert typed["f.title"] == ["途中"]
    assert "f.rows.2.part" in typed
    answer = mori.send(answer, f__rows__2__part="頭", f__rows__0___remove="1")
    written(answer)
    assert [row["part"] for row in stored(world, form, record).values["rows"]] == ["脚", "頭"]


def test_a_file_survives_a_mistake_elsewhere(mori: Visitor, world: World, form: App) -> None:
    page = mori.get(f"/apps/{form.code}/new")
    sent = (io.BytesIO(b"\x89PNG\r\n\x1a\nx"), "玄関.png")
    answer = mori.send(page, f__papers=[sent], f__rows__0__proof=[(io.BytesIO(b"y"), "y.txt")])
    assert answer.status_code == 422
    assert "玄関.png" in answer.text
    answer = mori.send(answer, f__title="題", f__day="2026-11-21")
    values = stored(world, form, written(answer)).values
    assert [one["name"] for one in values["papers"]] == ["玄関.png"]
    assert values["rows"][0]["proof"][0]["name"] == "y.txt"


def test_files_are_kept_and_removed_one_by_one(mori: Visitor, world: World, form: App) -> None:
    record = filled(world, form)
    page = mori.get(f"/apps/{form.code}/records/{record}/edit")
    key = read_form(page.text, "record-form").fields["f.papers.keep"][0]
    answer = mori.send(page, f__papers=[(io.BytesIO(b"two"), "二.txt")])
    written(answer)
    names = [one["name"] for one in stored(world, form, record).values["papers"]]
    assert names == ["意見書.txt", "二.txt"]
    page = mori.get(f"/apps/{form.code}/records/{record}/edit")
    written(mori.send(page, f__papers__remove=key))
    names = [one["name"] for one in stored(world, form, record).values["papers"]]
    assert names == ["二.txt"]


def test_a_hash_one_merely_knows_is_no_file(mori: Visitor, app: Flask, form: App) -> None:
    key = "ab" * 32
    page = mori.get(f"/apps/{form.code}/new")
    answer = mori.send(page, f__title="x", f__day="2026-11-21", f__papers__keep=key)
    assert answer.status_code == 303
    assert key not in mori.get(answer.headers["Location"]).text


def test_a_file_that_is_too_large_is_told_and_the_rest_is_kept(
    app: Flask, world: World, form: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(world.platform.config, attachment_bytes=1000)
    monkeypatch.setattr(world.platform, "config", small)
    visitor = Visitor(app).enter("mori")
    page = visitor.get(f"/apps/{form.code}/new")
    sent = [(io.BytesIO(bytes(1001)), "大.bin")]
    answer = visitor.send(page, f__title="残る題", f__day="2026-11-21", f__papers=sent)
    assert answer.status_code == 422
    told = dict(errors(answer.text))["f-papers"]
    assert told.startswith("書類：ファイルが大きすぎます")
    assert read_form(answer.text, "record-form").fields["f.title"] == ["残る題"]


def test_two_people_at_one_record_lose_nothing(
    mori: Visitor, app: Flask, world: World, form: App
) -> None:
    record = filled(world, form)
    address = f"/apps/{form.code}/records/{record}/edit"
    other = Visitor(app).enter("sato")
    mine, theirs = mori.get(address), other.get(address)
    written(other.send(theirs, f__body="佐藤の文", f__count="9"))
    answer = mori.send(mine, f__body="森の文", f__how="訪問")
    assert answer.status_code == 409
    assert "佐藤の文" in answer.text
    assert "佐藤さんが保存しています" in answer.text
    typed = read_form(answer.text, "record-form").fields
    assert typed["f.body"] == ["森の文"]
    assert typed["f.how"] == ["訪問"]
    assert typed["f.count"] == ["9"], "what only the other changed is taken over"
    written(mori.send(answer))
    values = stored(world, form, record).values
    assert (values["body"], values["how"], values["count"]) == ("森の文", "訪問", 9)


def test_the_other_side_of_a_conflict_can_stay(
    mori: Visitor, app: Flask, world: World, form: App
) -> None:
    record = filled(world, form)
    address = f"/apps/{form.code}/records/{record}/edit"
    mine, other = mori.get(address), Visitor(app).enter("sato")
    written(other.send(other.get(address), f__body="佐藤の文"))
    answer = mori.send(mine, f__body="森の文", f__title="森の題")
    written(mori.send(answer, _keep__body="theirs"))
    values = stored(world, form, record).values
    assert (values["body"], values["title"]) == ("佐藤の文", "森の題")


def test_edits_of_different_fields_meet_without_a_word(
    mori: Visitor, app: Flask, world: World, form: App
) -> None:
    record = filled(world, form)
    address = f"/apps/{form.code}/records/{record}/edit"
    mine, other = mori.get(address), Visitor(app).enter("sato")
    written(other.send(other.get(address), f__count="9"))
    written(mori.send(mine, f__title="森の題"))
    values = stored(world, form, record).values
    assert (values["count"], values["title"]) == (9, "森の題")


def test_typing_into_a_record_that_is_gone_is_not_lost(
    mori: Visitor, world: World, form: App
) -> None:
    record = filled(world, form)
    page = mori.get(f"/apps/{form.code}/records/{record}/edit")
    access = world.entering("mori", form)
    records.delete(world.platform, access, record, reason="誤り", revision=None)
    answer = mori.send(page, f__body="長く書いた文")
    assert answer.status_code == 404
    assert "長く書いた文" in answer.text


def test_a_hidden_field_is_nowhere_and_cannot_be_written(
    app: Flask, world: World, form: App
) -> None:
    access = world.entering("mori", form)
    values = {**FILLED, "scope": ["NURSERY"], "secret": "見えない値"}
    record = records.create(world.platform, access, values).id
    reader = Visitor(app).enter("takahashi")
    for path in ("", "/edit", "/history", "/print"):
        page = reader.get(f"/apps/{form.code}/records/{record}{path}")
        assert page.status_code == 200
        for word in ("secret", "ひみつの欄", "見えない値"):
            assert word not in page.text, path
    page = reader.get(f"/apps/{form.code}/records/{record}/edit")
    written(reader.send(page, f__title="変", f__secret="書いた"))
    assert stored(world, form, record).values["secret"] == "見えない値"


def test_a_field_is_open_only_where_its_rule_says(app: Flask, world: World, form: App) -> None:
    access = world.entering("mori", form)
    reader = Visitor(app).enter("takahashi")
    for title, open_here in (("開", True), ("閉", False)):
        values = {**FILLED, "title": title, "scope": ["NURSERY"], "later": "前から"}
        record = records.create(world.platform, access, values).id
        page = reader.get(f"/apps/{form.code}/records/{record}/edit")
        assert ("f.later" in read_form(page.text, "record-form").fields) is open_here
        assert "前から" in page.text


def test_somebody_without_the_right_meets_no_form(app: Flask, world: World) -> None:
    made = world.publish(
        {"title": {"kind": "text"}}, {"app": [{"who": ["agency:CARE"], "allow": ["view"]}]}
    )
    record = world.put(made, {"title": "題"})[0]
    mori, ito = Visitor(app).enter("mori"), Visitor(app).enter("ito")
    for path in ("new", f"records/{record}/edit", f"records/{record}/delete", "trash"):
        assert mori.get(f"/apps/{made.code}/{path}").status_code == 403
        assert ito.get(f"/apps/{made.code}/{path}").status_code == 404
    assert mori.post(f"/apps/{made.code}/new", {"f.title": "x"}).status_code == 403


def test_a_look_up_offers_records_and_fills_the_form(app: Flask, world: World) -> None:
    fields = {"no": {"kind": "text"}, "name": {"kind": "text"}, "team": {"kind": "agencies"}}
    case = world.publish(fields, recordTitle=["no", "name"])
    world.put(case, {"no": "R8-1", "name": "髙橋 花", "team": ["NURSERY"]})
    world.put(case, {"no": "R8-2", "name": "森 太郎"})
    link = {"app": case.code, "key": "no", "copy": {"name": "name", "team": "scope"}}
    note = world.publish(
        {
            "case": {"kind": "lookup", "lookup": {**link, "pick": ["no", "name"]}},
            "name": {"kind": "text", "readOnly": True},
            "scope": {"kind": "agencies"},
            "body": {"kind": "multiline"},
        }
    )
    visitor = Visitor(app).enter("mori")
    offers = visitor.get(f"/apps/{note.code}/lookup/case?q=高橋", headers={"HX-Request": "true"})
    assert 'data-value="R8-1"' in offers.text
    assert "R8-2" not in offers.text
    assert "<html" not in offers.text
    page = visitor.get(f"/apps/{note.code}/new")
    answer = visitor.send(page, f__case="R8-1", f__body="途中", _fill="1")
    assert "髙橋 花" in answer.text
    typed = read_form(answer.text, "record-form").fields
    assert typed["f.scope"] == ["NURSERY"]
    assert typed["f.body"] == ["途中"]
    record = written(visitor.send(answer))
    assert stored(world, note, record).values["name"] == "髙橋 花"
    page = visitor.get(f"/apps/{note.code}/records/{record}")
    assert f"/apps/{case.code}/records/" in page.text, "the source is one tap away"
    assert visitor.get(f"/apps/{note.code}/lookup/body").status_code == 404


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("day", "R8.11.21", "令和8年11月21日（土） 2026/11/21"),
        ("at", "R8.11.21 15:05", "令和8年11月21日（土） 2026/11/21 15:05"),
        ("day", "R8.13.40", ""),
        ("day", "", ""),
    ],
)
def test_a_date_is_echoed_in_both_calendars(
    mori: Visitor, form: App, field: str, typed: str, said: str
) -> None:
    answer = mori.get(f"/apps/{form.code}/echo/{field}", query_string={"q": typed})
    assert (answer.status_code, answer.text) == (200, said)
