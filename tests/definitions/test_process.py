"""What a process may say, and the sentences that refuse the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tsuzuri.definitions.build import build, complete
from tsuzuri.errors import Invalid
from tsuzuri.fields.base import Scene
from tsuzuri.services.definitions import check_document

CODES = ["draft", "waiting", "done"]


def document(**process: Any) -> dict[str, Any]:
    """Return an app whose records are written, asked about and confirmed."""
    fields = {
        "title": {"kind": "text", "title": "題"},
        "heads": {"kind": "users", "title": "上長"},
        "stand": {"kind": "status", "title": "状況", "enum": [*CODES]},
        "turn": {"kind": "assignee", "title": "作業者"},
    }
    whole: dict[str, Any] = {
        "status": "stand",
        "assignee": "turn",
        "statuses": [
            {
                "code": "draft",
                "name": {"ja": "下書き", "en": "Draft"},
                "assignee": {"rule": "ONE", "who": ["creator"]},
            },
            {
                "code": "waiting",
                "name": "確認待ち",
                "assignee": {"rule": "ANY", "who": ["group:heads", "field:heads"]},
            },
            {"code": "done", "name": "確認済み"},
        ],
        "actions": [
            {"code": "ask", "name": "確認を求める", "from": ["draft"], "to": "waiting"},
            {"code": "confirm", "name": "確認する", "from": ["waiting"], "to": "done"},
        ],
        **process,
    }
    record = {"type": "object", "properties": fields}
    return {"app": "notes", "name": "記録", "record": record, "process": whole}


def refusals(given: dict[str, Any]) -> dict[str, str]:
    """Return the sentence at each place."""
    with pytest.raises(Invalid) as refused:
        check_document(given)
    return {one.pointer: str(one.message) for one in refused.value.problems}


def test_a_process_takes_its_status_field_over() -> None:
    app = check_document(document())
    assert app.process is not None
    field = app.field("stand")
    assert field.schema["readOnly"]
    assert field.schema["initial"] == "draft"
    assert app.process.at("gone") is None
    assert app.process.at(None) == app.process.first


def test_an_empty_process_is_none() -> None:
    given = {**document(), "process": {}}
    assert check_document(given).process is None
    assert not build(given).field("stand").schema.get("readOnly")


def test_the_published_document_gives_the_field_back() -> None:
    published = complete(document())
    assert "readOnly" not in published["record"]["properties"]["stand"]
    assert build(published).process == build(document()).process


def test_a_status_is_shown_by_its_name_and_read_by_code_or_name() -> None:
    field = check_document(document()).field("stand")
    kind, ja, en = field.kind, Scene(), Scene(language="en")
    assert kind.show(field, "draft", ja) == "下書き"
    assert kind.show(field, "draft", en) == "Draft"
    assert kind.show(field, "waiting", en) == "確認待ち"
    assert kind.show(field, "left long ago", ja) == "left long ago"
    for text in ("draft", "下書き", "Draft", " 下書き "):
        assert kind.parse(field, text, ja) == "draft"
    assert kind.parse(field, kind.cell(field, "done", ja), ja) == "done"


def test_every_problem_comes_back_at_once() -> None:
    found = refusals(
        document(
            status="nowhere",
            assignee="title",
            statuses=[
                {"code": "draft", "assignee": {"rule": "ANY", "who": ["group:heads"]}},
                {"code": "draft", "name": "二つ目"},
                {"code": "lonely", "assignee": {"rule": "ALL", "who": ["field:nowhere"]}},
            ],
            actions=[
                {
                    "code": "go",
                    "name": "進む",
                    "from": ["draft", "mars"],
                    "to": "moon",
                    "where": 'nowhere = "x"',
                    "who": ["field:title"],
                },
                {"code": "go", "name": "進む", "from": ["draft"], "to": "draft"},
            ],
        )
    )
    assert found == {
        "/process/status": "「nowhere」というフィールドはありません。",
        "/process/assignee": "「title」は作業者のフィールドではありません。",
        "/process/statuses/0/assignee": (
            "はじめの状態の作業者は、作成者だけか、なしにしてください。"
        ),
        "/process/statuses/1/code": "「draft」が二度あります。",
        "/process/statuses/2": (
            "「lonely」へ進む操作がありません。"
            "使わなくなった状態には retired を true にしてください。"
        ),
        "/process/statuses/2/assignee/who/0": "「nowhere」というフィールドはありません。",
        "/process/actions/0/from/1": "「mars」という状態はありません。",
        "/process/actions/0/to": "「moon」という状態はありません。",
        "/process/actions/0/where": "「nowhere」というフィールドはありません。",
        "/process/actions/0/who/0": (
            "「title」は人・所属・グループを選ぶフィールドではありません。"
        ),
        "/process/actions/1/code": "「go」が二度あります。",
        "/process/actions/1/name": "「進む」が二度あります。",
        "/process/actions/1/to": "もとの状態と同じ状態へは進めません。",
    }


def test_the_options_of_the_field_and_the_statuses_are_the_same() -> None:
    given = document()
    given["record"]["properties"]["stand"]["enum"] = ["draft", "waiting", "lost"]
    given["record"]["properties"]["stand"]["initial"] = "waiting"
    assert refusals(given) == {
        "/process/statuses": "選択肢のうち、状態になっていないものがあります: lost",
        "/process/statuses/2/code": "「done」は、フィールド「stand」の選択肢にありません。",
        "/record/properties/stand/initial": "はじめの状態「draft」と違う初期値です。",
    }


def test_a_status_field_must_be_one() -> None:
    found = refusals(document(status="title"))
    assert found["/process/status"] == "「title」は状態のフィールドではありません。"


def test_a_turn_needs_a_field_that_holds_it() -> None:
    given = document()
    del given["process"]["assignee"]
    sentence = "作業者を決めるには、process の assignee に作業者のフィールドを書いてください。"
    assert refusals(given) == {f"/process/statuses/{n}/assignee": sentence for n in (0, 1)}


def test_names_never_stand_for_two_statuses() -> None:
    given = document()
    given["process"]["statuses"][2]["name"] = "waiting"
    assert refusals(given) == {"/process/statuses/2/name": "名前が、ほかの状態のコードと同じです。"}
    given["process"]["statuses"][2]["name"] = {"ja": "済み", "en": "Draft"}
    assert refusals(given) == {"/process/statuses/2/name/en": "「Draft」が二度あります。"}


def test_a_retired_status_stays_known_and_is_reached_no_more() -> None:
    given = document()
    given["record"]["properties"]["stand"]["enum"].append("old")
    given["process"]["statuses"].append({"code": "old", "retired": True})
    assert check_document(given).process is not None
    given["process"]["actions"][1]["to"] = "old"
    assert refusals(given)["/process/actions/1/to"] == "「old」は使わなくなった状態です。"


@pytest.mark.parametrize(
    ("process", "pointer"),
    [
        ({"status": "stand"}, "/process/statuses"),
        ({"colour": "red"}, "/process"),
        ({"statuses": []}, "/process/statuses"),
    ],
)
def test_the_schema_refuses_what_is_no_process(process: dict[str, Any], pointer: str) -> None:
    whole = {**document()["process"], **process} if "status" not in process else process
    assert pointer in refusals({**document(), "process": whole})


@pytest.mark.parametrize("who", ["everyone", "nobody", "user:", "field:"])
def test_a_turn_is_nobody_in_general(who: str) -> None:
    given = document()
    given["process"]["statuses"][1]["assignee"]["who"] = [who]
    assert list(refusals(given)) == ["/process/statuses/1/assignee/who/0"]


def test_what_the_turn_follows_from_is_as_secret_as_that() -> None:
    given = document()
    given["access"] = {
        "app": [{"who": ["everyone"], "allow": ["view"]}],
        "field": [{"fields": ["heads"], "who": ["everyone"], "allow": "none"}],
    }
    assert {"heads", "turn"} <= check_document(given).restricted
