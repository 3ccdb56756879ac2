"""The loader tells everything that is wrong at once, where it is, and in words for an admin."""

from __future__ import annotations

import json
from typing import Any

import pytest

from definitions.drafts import TEXT, calculated, draft, rule, table, view, written
from tsuzuri.definitions.load import load
from tsuzuri.errors import Invalid, Message
from tsuzuri.services.definitions import check
from tsuzuri.wire import record as wire

A = "/record/properties/a"
NUMBER = {"kind": "number", "title": "数"}
RADIO = {"kind": "radio", "title": "選択", "enum": ["はい", "いいえ"]}
LOOKUP = {"kind": "lookup", "title": "参照", "lookup": {"app": "x", "key": "k", "copy": {"k": "z"}}}
RELATED: dict[str, Any] = {
    "kind": "related",
    "title": "関連",
    "related": {"app": "x", "key": "z", "match": "k", "columns": ["k"]},
}

BROKEN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "an empty object": ({}, ["/app", "/name", "/record"]),
    "an app code in capitals": ({**draft(), "app": "Draft"}, ["/app"]),
    "an unknown part": ({**draft(), "colour": "red"}, [""]),
    "a name without Japanese": ({**draft(), "name": {"en": "Draft"}}, ["/name/ja"]),
    "no fields": (
        {**draft(), "record": {"type": "object", "properties": {}}},
        ["/record/properties"],
    ),
    "an unknown kind": (draft({"a": {"kind": "colour", "title": "色"}}), [f"{A}/kind"]),
    "a kind that is no text": (draft({"a": {"kind": ["text"], "title": "色"}}), [f"{A}/kind"]),
    "a field that is no object": (draft({"a": "text"}), [A]),
    "a field without a title": (draft({"a": {"kind": "text"}}), [f"{A}/title"]),
    "an option of another kind": (draft({"a": {**TEXT, "enum": ["x"]}}), [A]),
    "an option of the wrong type": (draft({"a": {**TEXT, "maxLength": "10"}}), [f"{A}/maxLength"]),
    "an option out of range": (draft({"a": {**TEXT, "maxLength": 2**63}}), [f"{A}/maxLength"]),
    "a choice without options": (draft({"a": {"kind": "radio", "title": "選択"}}), [f"{A}/enum"]),
    "an option twice": (draft({"a": {**RADIO, "enum": ["x", "x"]}}), [f"{A}/enum"]),
    "another type than the kind's": (draft({"a": {**TEXT, "type": "number"}}), [f"{A}/type"]),
    "a field code with a space": (draft({"a b": TEXT}), ["/record/properties"]),
    "a field code that is a digit": (draft({"1": TEXT}), ["/record/properties"]),
    "an unknown required field": (draft(required=["a", "b"]), ["/record/required/1"]),
    "an unknown title": (draft(recordTitle=["b"]), ["/recordTitle/0"]),
    "unknown fields in a form": (
        draft(form=[["a", "b"], {"group": "組", "rows": [["c"]]}]),
        ["/form/0/1", "/form/1/rows/0/0"],
    ),
    "a field twice in a form": (draft(form=[["a"], ["a"]]), ["/form/1/0"]),
    "unknown columns of a view": (
        draft(views=[view("a", "$id"), view("b", "$nobody")]),
        ["/views/1/columns/0", "/views/1/columns/1"],
    ),
    "a column of a table in a view": (
        draft({"t": table({"b": TEXT})}, views=[view("b")]),
        ["/views/0/columns/0"],
    ),
    "a view's condition on an unknown field": (
        draft(views=[view("a", where='b = "x"')]),
        ["/views/0/where"],
    ),
    "a view's order by an unknown field": (
        draft(views=[view("a", sort="b desc")]),
        ["/views/0/sort"],
    ),
    "a view's order with a limit": (
        draft(views=[view("a", sort="a asc limit 5")]),
        ["/views/0/sort"],
    ),
    "a view's blank order": (draft(views=[view("a", sort=" ")]), ["/views/0/sort"]),
    "a condition that ends halfway": (
        draft(access={"record": [rule(where="a =")]}),
        ["/access/record/0/where"],
    ),
    "an operator the field does not have": (
        draft(access={"field": [rule(allow="view", fields=["a"], where='a > "x"')]}),
        ["/access/field/0/where"],
    ),
    "a value the field cannot have": (
        draft({"a": NUMBER}, access={"record": [rule(where='a = "many"')]}),
        ["/access/record/0/where"],
    ),
    "unknown fields in a rule": (
        draft(access={"field": [rule(allow="none", fields=["a", "b"])]}),
        ["/access/field/0/fields/1"],
    ),
    "an unknown right": (draft(access={"app": [rule(allow=["see"])]}), ["/access/app/0/allow/0"]),
    "a person nobody can mean": (draft(access={"app": [rule("staff")]}), ["/access/app/0/who/0"]),
    "a field as reader that is not there": (
        draft(access={"record": [rule("field:b")]}),
        ["/access/record/0/who/0"],
    ),
    "a field as reader that names nobody": (
        draft(access={"record": [rule("field:a")]}),
        ["/access/record/0/who/0"],
    ),
    "a field as reader of the whole app": (
        draft(access={"app": [rule("field:a")]}),
        ["/access/app/0/who/0"],
    ),
    "a choice of what nothing copies": (
        draft({"a": {"kind": "agencies", "title": "範囲", "presets": ["last", "copied"]}}),
        [f"{A}/presets/1"],
    ),
    "a choice that is none": (
        draft({"a": {"kind": "agencies", "title": "範囲", "presets": ["everyone"]}}),
        [f"{A}/presets/0"],
    ),
    "a lookup that copies nowhere": (draft({"a": LOOKUP}), [f"{A}/lookup/copy/k"]),
    "related records without their key": (draft({"a": RELATED}), [f"{A}/related/key"]),
    "an age of nothing": (
        draft({"a": {"kind": "age", "title": "年齢", "of": "born"}}),
        [f"{A}/of"],
    ),
    "an expression that ends halfway": (draft({"a": calculated("1 +")}), [f"{A}/expression"]),
    "an expression of an unknown field": (draft({"a": calculated("b + 1")}), [f"{A}/expression"]),
    "expressions in a circle": (
        draft({"a": calculated("b + 1"), "b": calculated("a + 1")}),
        [f"{A}/expression"],
    ),
    "an expression of itself": (draft({"a": calculated("a + 1")}), [f"{A}/expression"]),
    "a reader named by a broken expression": (
        draft({"a": calculated("(")}, access={"record": [rule("field:a")]}),
        ["/access/record/0/who/0", f"{A}/expression"],
    ),
    "a table in a table": (
        draft({"a": table({"b": table({"c": TEXT})})}),
        [f"{A}/items/properties/b"],
    ),
    "a broken expression in a table": (
        draft({"a": table({"b": calculated("1 +")})}),
        [f"{A}/items/properties/b"],
    ),
    "a column called as a field": (
        draft({"a": TEXT, "t": table({"a": TEXT})}),
        ["/record/properties/t/items/properties/a"],
    ),
    "columns of two tables called alike": (
        draft({"a": table({"x": TEXT}), "b": table({"x": TEXT})}),
        [f"{A}/items/properties/x", "/record/properties/b/items/properties/x"],
    ),
    "an unknown required column": (
        draft({"a": table({"b": TEXT}, required=["c"])}),
        [f"{A}/items/required/0"],
    ),
    "a table of nothing but its rows' ids": (
        draft({"a": table({"id": {"type": "string", "maxLength": 20}})}),
        [f"{A}/items/properties"],
    ),
    "an initial value of another type": (draft({"a": {**TEXT, "initial": 5}}), [f"{A}/initial"]),
    "an initial value that is no option": (
        draft({"a": {**RADIO, "initial": "たぶん"}}),
        [f"{A}/initial"],
    ),
    "an initial value that is too long": (
        draft({"a": {**TEXT, "maxLength": 2, "initial": "abc"}}),
        [f"{A}/initial"],
    ),
    "an initial day that is none": (
        draft({"a": {"kind": "date", "title": "日", "initial": "2026-02-30"}}),
        [f"{A}/initial"],
    ),
    "problems of every part at once": (
        draft(
            {"a": {**TEXT, "pattern": "("}, "b": calculated("1 +")},
            required=["x"],
            recordTitle=["x"],
            form=[["x"]],
            views=[view("x", where="x = 1", sort="x")],
            access={"record": [rule("field:x", where="x = 1")]},
        ),
        [
            *("/access/record/0/where", "/access/record/0/who/0", "/form/0/0"),
            *(f"{A}/pattern", "/record/properties/b/expression", "/record/required/0"),
            *("/recordTitle/0", "/views/0/columns/0", "/views/0/sort", "/views/0/where"),
        ],
    ),
}


def refused(raw: bytes | str) -> list[tuple[str, Message]]:
    """Return the problems of a definition that must have some."""
    with pytest.raises(Invalid) as caught:
        check(raw)
    return [(one.pointer, one.message) for one in caught.value.problems]


@pytest.mark.parametrize("name", BROKEN)
def test_every_problem_has_its_place_and_a_sentence(name: str) -> None:
    document, pointers = BROKEN[name]
    problems = refused(json.dumps(document, ensure_ascii=False))
    assert [pointer for pointer, _ in problems] == pointers
    for _, sentence in problems:
        assert str(sentence).endswith("。") or ":" in str(sentence)


def test_a_valid_definition_loads() -> None:
    assert [one.code for one in check(written()).fields] == ["a"]


def test_a_key_that_is_a_pointers_own_character_is_escaped() -> None:
    document = draft({"a": TEXT}, access={"x~y/z": 1})
    assert [pointer for pointer, _ in refused(json.dumps(document))] == ["/access"]
    copied = {**LOOKUP, "lookup": {"app": "x", "key": "k", "copy": {"k": "a/b"}}}
    assert [pointer for pointer, _ in refused(written({"a": copied}))] == [f"{A}/lookup/copy/k"]


def test_load_too_takes_a_bad_expression_for_a_problem() -> None:
    with pytest.raises(Invalid) as caught:
        load(written({"a": calculated("1 +")}))
    assert [one.pointer for one in caught.value.problems] == [f"{A}/expression"]


def test_a_list_of_problems_ends_somewhere() -> None:
    fields = {f"f{place}": {"kind": "text"} for place in range(400)}
    assert len(refused(written(fields))) == 200


WORDS_OF_THE_MACHINE = (
    *("Meta", "load", "dump", "fields", "context", "opts", "validate", "_schema", "None", "self"),
    *("__class__", "__init__", "__module__", "__dict__", "__proto__", "constructor", "toString"),
)


@pytest.mark.parametrize("code", WORDS_OF_THE_MACHINE)
def test_a_field_may_be_called_anything(code: str) -> None:
    app = check(written({code: {**TEXT, "maxLength": 3}}))
    assert wire.load(app, {code: "あ"}) == {code: "あ"}
    with pytest.raises(Invalid) as caught:
        wire.load(app, {code: "あいうえ"})
    assert [one.pointer for one in caught.value.problems] == [f"/{code}"]


def test_words_for_an_initial_value_count_only_where_the_kind_offers_them() -> None:
    day = {"kind": "date", "title": "日"}
    assert check(written({"a": {**day, "initial": "today"}})).code == "draft"
    assert refused(written({"a": {**day, "initial": "me"}}))
    assert check(written({"a": {**TEXT, "initial": "me"}})).code == "draft"
    assert refused(written({"a": {**RADIO, "initial": "now"}}))
