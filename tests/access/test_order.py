"""In which order rules decide: app, record, field; from the top; the first that fits alone."""

from __future__ import annotations

from typing import Any

import pytest

from access.cases import PROPERTIES, Rule, access, opens, rule
from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import ACTIONS, App
from tsuzuri.storage.records import Listing
from worlds.town import World, under

RECORDS: tuple[dict[str, Any], ...] = (
    {"n": 1, "$creator": "abe", "$creator_agency": "CITY", "scope": ["NURSERY"]},
    {"n": 5, "$creator": "sato", "$creator_agency": "DESK", "staff": ["takahashi"]},
    {
        **{"n": 9, "$creator": "takahashi", "$creator_agency": "NURSERY"},
        **{"scope": ["CARE"], "team": ["heads"], "secret": "秘"},
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
    "a record without a rule is not there": ([rule("everyone", "view", "n < 9")], "ito", {1, 5}, set()),
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
    ruled = under(app, {**access(*rules), "record": rules})
    with world.undone() as connection:
        # Readers are listed anew for each table of rules.
        del connection
    entering = world.access(user, ruled)
    assert by_rules(world, entering, "view") == seen
    assert by_rules(world, entering, "edit") == edited


def by_rules(world: World, entering: Access, action: str) -> set[int]:
    """Ask the rules themselves; that the listed readers agree is test_readers' matter."""
    with world.platform.database.read(entering) as connection:
        del connection
    return may(world, _unlisted(entering), action)


def _unlisted(entering: Access) -> Access:
    return entering
