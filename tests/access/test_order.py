"""In which order rules decide: app, record, field; from the top; the first that fits alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from access.cases import EVERYBODY, PROPERTIES, Rule, access, opens, rule
from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import ACTIONS, App
from tsuzuri.storage.records import Listing, Records
from worlds.town import World, under

RECORDS: tuple[dict[str, Any], ...] = (
    {"n": 1, "$creator": "abe", "$creator_agency": "CITY", "scope": ["NURSERY"]},
    {"n": 5, "$creator": "sato", "$creator_agency": "DESK", "staff": ["takahashi"]},
    {
        "n": 9,
        "$creator": "takahashi",
        "$creator_agency": "NURSERY",
        "scope": ["CARE"],
        "team": ["heads"],
        "secret": "秘",
    },
)
ALL = {1, 5, 9}


@pytest.fixture(scope="module")
def app(world: World) -> App:
    made = world.publish(PROPERTIES)
    world.put(made, *RECORDS)
    return made


def may(world: World, entering: Access, action: str) -> set[int]:
    """Return the numbers of the records on which somebody may do ``action``."""
    with world.platform.reading(entering) as records:
        page = records.page(Listing(columns=(entering.whole.field("n"),), size=100))
        allowed = [records.allows(row[0], [entering.rows[action]])[0] for row in page.rows]
    return {row[2] for row, yes in zip(page.rows, allowed, strict=True) if yes}


VIEW = rule("everyone", "view")
RECORD_CASES: dict[str, tuple[list[Rule], str, set[int], set[int]]] = {
    # what it shows: the record rules, who comes, what they see, what they may edit
    "without rules the app decides": ([], "ito", ALL, ALL),
    "a rule for another is no rule": ([rule("user:abe", "view")], "ito", set(), set()),
    "view alone is not edit": ([VIEW], "ito", ALL, set()),
    "edit without view is nothing": ([rule("everyone", "edit")], "ito", set(), set()),
    "allowing nothing is a refusal": ([rule("user:ito", ""), VIEW], "ito", set(), set()),
    "a refusal is for whom it names": ([rule("user:abe", ""), VIEW], "ito", ALL, set()),
    "lower rules are not merged": (
        [rule("user:ito", "view"), rule("everyone", "view edit")],
        *("ito", ALL, set()),
    ),
    "what is not reached does not refuse": ([VIEW, rule("user:ito", "")], "ito", ALL, set()),
    "each record finds its own rule": (
        [rule("everyone", "view", "n > 4"), rule("everyone", "view edit", "n > 0")],
        *("ito", ALL, {1}),
    ),
    "a record without a rule is not there": (
        [rule("everyone", "view", "n < 9")],
        "ito",
        {1, 5},
        set(),
    ),
    "a refusal by condition": ([rule("everyone", "", "n = 5"), VIEW], "ito", {1, 9}, set()),
    "a group": ([rule("group:heads", "view")], "mori", ALL, set()),
    "an agency": ([rule("agency:NURSERY", "view")], "suzuki", ALL, set()),
    "an agency is not those below it": ([rule("agency:CARE", "view")], "sato", set(), set()),
    "an agency with those below": ([rule("agency:CARE/*", "view")], "sato", ALL, set()),
    "below is itself too": ([rule("agency:DESK/*", "view")], "sato", ALL, set()),
    "far below": ([rule("agency:CITY/*", "view")], "sato", ALL, set()),
    "below is not above": ([rule("agency:DESK/*", "view")], "mori", set(), set()),
    "the creator": ([rule("creator", "view edit")], "sato", {5}, {5}),
    "the creator's agency": ([rule("creator-agency", "view")], "suzuki", {9}, set()),
    "the creator's agency is not above": ([rule("creator-agency", "view")], "mori", set(), set()),
    "below the creator's agency": ([rule("creator-agency/*", "view")], "sato", {1, 5}, set()),
    "people a field names": ([rule("field:staff", "view")], "takahashi", {5}, set()),
    "groups a field names": ([rule("field:team", "view")], "mori", {9}, set()),
    "agencies a field names": ([rule("field:scope", "view")], "takahashi", {1}, set()),
    "an agency of several": ([rule("field:scope", "view")], "suzuki", {1}, set()),
    "a field names agencies exactly": ([rule("field:scope", "view")], "sato", set(), set()),
    "or with those below": ([rule("field:scope/*", "view")], "sato", {9}, set()),
    "any of who is enough": ([rule("creator field:scope", "view")], "takahashi", {1, 9}, set()),
    "a refusal of some people": ([rule("field:staff", ""), VIEW], "takahashi", {1, 9}, set()),
    "who and where must both fit": (
        [rule("creator", "view edit", "n > 6"), rule("creator", "view")],
        *("takahashi", {9}, {9}),
    ),
    "a condition on who asks": (
        [rule("everyone", "view", "staff in (LOGINUSER())")],
        *("takahashi", {5}, set()),
    ),
    "a condition on the asker's agency": (
        [rule("everyone", "view", "scope in (PRIMARY_ORGANIZATION())")],
        *("takahashi", {1}, set()),
    ),
    "the primary agency is the first": (
        [rule("everyone", "view", "scope in (PRIMARY_ORGANIZATION())")],
        *("suzuki", set(), set()),
    ),
}


@pytest.mark.parametrize("case", RECORD_CASES.values(), ids=RECORD_CASES)
def test_record_rules(
    world: World, app: App, case: tuple[list[Rule], str, set[int], set[int]]
) -> None:
    rules, user, seen, edited = case
    entering = world.access(user, ruled(app, access(*rules)))
    assert may(world, entering, "view") == seen
    assert may(world, entering, "edit") == edited


def ruled(app: App, rules: Any) -> App:
    """Return the app under other rules; its records list no readers by them, so ask the rules."""
    return replace(under(app, rules), listed=False)


NEED_VIEW = {"edit", "delete", "comment", "export", "print", "unmask"}
APP_CASES: dict[str, tuple[list[Rule], str, str]] = {
    # what it shows: the app rules, who comes, what they may do
    "no rule allows nothing": ([], "abe", ""),
    "no rule for somebody": ([rule("user:abe", "view")], "ito", ""),
    "everyone": ([rule("everyone", "view add")], "ito", "view add"),
    "first match wins": ([rule("user:ito", "view"), EVERYBODY], "ito", "view"),
    "a refusal first": ([rule("user:ito", ""), EVERYBODY], "ito", ""),
    "everyone first leaves nothing to those below": (
        [rule("everyone", "view"), rule("user:ito", "view edit")],
        *("ito", "view"),
    ),
    "agency with those below": ([rule("agency:CITY/*", "view")], "sato", "view"),
    "agency without": ([rule("agency:CITY", "view")], "sato", ""),
    "the second of two agencies": ([rule("agency:NURSERY", "view")], "suzuki", "view"),
    "group": ([rule("group:heads", "view")], "abe", "view"),
    "who made the app": ([rule("creator", "view manage")], "abe", "view manage"),
    "who did not": ([rule("creator", "view manage")], "mori", ""),
    "what needs view is nothing without it": (
        [rule("everyone", "add edit delete comment export print unmask")],
        *("ito", "add"),
    ),
}


@pytest.mark.parametrize("case", APP_CASES.values(), ids=APP_CASES)
def test_app_rules(world: World, app: App, case: tuple[list[Rule], str, str]) -> None:
    rules, user, allowed = case
    entering = world.access(user, ruled(app, access(app=tuple(rules))))
    assert {action for action in ACTIONS if entering.may(action)} == set(allowed.split())


def test_app_rights_bound_record_rights(world: World, app: App) -> None:
    rules = access(rule("everyone", "view edit delete"), app=(rule("everyone", "view edit"),))
    entering = world.access("ito", ruled(app, rules))
    assert may(world, entering, "edit") == ALL
    assert not entering.may("delete")


def test_a_record_rule_without_view_takes_every_right_on_the_record(world: World, app: App) -> None:
    rules = access(rule("everyone", "edit delete comment", "n = 5"), EVERYBODY)
    entering = world.access("ito", ruled(app, rules))
    for action in ("view", *NEED_VIEW):
        assert may(world, entering, action) == {1, 9}


FIELD_CASES: dict[str, tuple[list[Rule], str, str]] = {
    # what it shows: the rules of the field, who comes, how it is open on records 1, 5 and 9
    "without rules it is open": (
        [opens("everyone", "none", fields="plain")],
        "ito",
        "edit edit edit",
    ),
    "a rule for another": ([opens("user:abe", "edit")], "ito", "unknown unknown unknown"),
    "none": ([opens("everyone", "none")], "ito", "unknown unknown unknown"),
    "view": ([opens("everyone", "view")], "ito", "view view view"),
    "masked": ([opens("everyone", "masked")], "ito", "masked masked masked"),
    "first match wins": (
        [opens("user:ito", "view"), opens("everyone", "edit")],
        "ito",
        "view view view",
    ),
    "a refusal first": (
        [opens("user:ito", "none"), opens("everyone", "edit")],
        *("ito", "unknown unknown unknown"),
    ),
    "a condition on the record": ([opens("everyone", "view", "n > 4")], "ito", "empty view view"),
    "a refusal by condition": (
        [opens("everyone", "none", "n = 5"), opens("everyone", "edit")],
        *("ito", "edit empty edit"),
    ),
    "view here, edit there": (
        [opens("everyone", "edit", "n > 6"), opens("everyone", "view", "n > 4")],
        *("ito", "empty view edit"),
    ),
    "masked but on one's own": (
        [opens("creator", "edit"), opens("everyone", "masked")],
        *("takahashi", "masked masked edit"),
    ),
    "masked here, nothing there": (
        [opens("everyone", "masked", "n > 6"), opens("everyone", "none")],
        *("ito", "empty empty masked"),
    ),
    "who a field names": ([opens("field:staff", "edit")], "takahashi", "empty edit empty"),
    "a condition on the rule's own field": (
        [opens("everyone", "view", 'secret = "秘"')],
        *("ito", "empty empty view"),
    ),
}


@pytest.mark.parametrize("case", FIELD_CASES.values(), ids=FIELD_CASES)
def test_field_rules(world: World, case: tuple[list[Rule], str, str]) -> None:
    rules, user, expected = case
    app = world.publish(PROPERTIES, access(field=tuple(rules)))
    ids = world.put(app, *({"secret": "鍵", **one} for one in RECORDS))
    entering = world.access(user, app)
    with world.platform.reading(entering) as records:
        assert " ".join(openness(records, one) for one in ids) == expected


def openness(records: Records, record: int) -> str:
    """Return how far the field ``secret`` of a record is open."""
    entering = records.access
    if "secret" not in {one.code for one in entering.app.fields}:
        assert not entering.may_write("secret")
        return "unknown"
    state = records.get(record)
    editable = records.allows(record, [entering.writable["secret"]])[0]
    if "secret" in state.masked:
        assert not editable
        assert "secret" not in state.values
        return "masked"
    if "secret" in state.values:
        return "edit" if editable else "view"
    assert not editable
    return "empty"


def test_a_table_is_hidden_with_its_columns(world: World, app: App) -> None:
    rules = access(field=(opens("everyone", "none", fields="rows"),))
    entering = world.access("ito", ruled(app, rules))
    assert not {"rows", "x"} & entering.app.by_code.keys()


def test_one_rule_may_speak_of_several_fields(world: World, app: App) -> None:
    rules = access(field=(opens("everyone", "none", fields="secret plain"),))
    known = {one.code for one in world.access("ito", ruled(app, rules)).app.fields}
    assert known == PROPERTIES.keys() - {"secret", "plain"}


def test_who_reads_the_app_knows_neither_rules_nor_definition(world: World, app: App) -> None:
    rules = access(rule("everyone", "view", "n > 0"), field=(opens("everyone", "none"),))
    entering = world.access("ito", ruled(app, rules))
    assert entering.app.access.record == ()
    assert entering.app.access.field == ()
    assert entering.app.document == {}
    assert "secret" not in entering.app.schema["properties"]
