"""The readers written down beside records say what the rules say, whatever is asked or changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.cases import PROPERTIES, Rule, access, rule
from query.oracle import Oracle, Person, Shape
from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access, admit
from tsuzuri.access.readers import Visibility
from tsuzuri.definitions.model import App, Principal
from tsuzuri.query.bound import ALWAYS
from tsuzuri.query.parse import parse_condition
from tsuzuri.services import records as service
from tsuzuri.storage.readers import Principals
from tsuzuri.storage.records import Listing, Records
from tsuzuri.storage.visible import Way
from tsuzuri.storage.writing import RecordState
from worlds.examples import PATIENCE, examples
from worlds.town import (
    NOW,
    PARENTS,
    TOKYO,
    USERS,
    World,
    listed,
    records_of,
    state,
    under,
    writer,
)

pytestmark = [
    pytest.mark.timeout(PATIENCE),
    # What a failing property prints is large, and worth it.
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]

SHAPE = Shape(
    kinds={
        "n": "number",
        "scope": "list",
        "staff": "list",
        "team": "list",
        "day": "date",
        "x": "number",
        "$creator": "choice",
        "plain": "text",
    },
    table_of={"x": "rows"},
)
CONDITIONS = (
    *("", "", "n > 3", "n > 3 and n < 8", "n = 5 or day = TODAY()", "x >= 2", "day < TODAY()"),
    *("staff in (LOGINUSER())", "n > 3 and staff in (LOGINUSER())", 'plain like "山"'),
    *("scope in (PRIMARY_ORGANIZATION())", "scope not in (PRIMARY_ORGANIZATION())"),
    *("n > 3 and (n < 6 or day >= TODAY())", '$creator in ("sato")', 'staff in ("")'),
)
PRINCIPALS = (
    *("everyone", "user:sato", "user:ito", "group:heads", "agency:CARE", "agency:NURSERY"),
    *("agency:CITY/*", "agency:CARE/*", "creator", "creator-agency", "creator-agency/*"),
    *("field:staff", "field:team", "field:scope", "field:scope/*"),
)
USER_CODES = [one.code for one in USERS]
AGENCIES = list(PARENTS)

rules = st.builds(
    rule,
    st.lists(st.sampled_from(PRINCIPALS), min_size=1, max_size=3).map(" ".join),
    st.sampled_from(["view", "view edit", "view edit", "", "edit"]),
    st.sampled_from(CONDITIONS),
)
many_rules = st.lists(rules, min_size=1, max_size=4)


def _some(values: Sequence[str]) -> st.SearchStrategy[list[str] | None]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(lambda one: one or None)


values = st.fixed_dictionaries(
    {
        "n": st.sampled_from([None, 1, 4, 5, 9]),
        "scope": _some(AGENCIES),
        "staff": _some(USER_CODES),
        "team": _some(["heads", "caseworkers"]),
        "day": st.sampled_from([None, "2026-11-21", "2026-11-22", "2026-11-23"]),
        "plain": st.sampled_from([None, "城山", "海"]),
        "x": st.sampled_from([None, 1, 2]),
    }
)
made_by = st.sampled_from([(one.code, (*one.agencies, "")[0]) for one in USERS])


@st.composite
def states(draw: st.DrawFn) -> list[RecordState]:
    """Draw a few records."""
    found = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        creator, agency = draw(made_by)
        given_ = {"$id": number, "$creator": creator, "$creator_agency": agency}
        found.append(state({**given_, **with_rows(number, draw(values))}))
    return found


def with_rows(number: int, given_: Mapping[str, Any]) -> dict[str, Any]:
    """Put ``x`` into a row of the table."""
    kept = {key: one for key, one in given_.items() if key != "x"}
    rows = None if given_["x"] is None else [{"id": str(number), "x": given_["x"]}]
    return {**kept, "rows": rows}


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return world.publish(PROPERTIES)


def at_or_below(agencies: Sequence[str], above: str) -> bool:
    """Tell whether one of ``agencies`` is ``above`` or somewhere below it."""
    while agencies and above:
        if above in agencies:
            return True
        agencies = [PARENTS[code] for code in agencies if PARENTS.get(code)]
    return False


def is_one_of(actor: Actor, who: str, record: RecordState) -> bool:
    """Tell whether a rule that names ``who`` speaks of ``actor`` on this record."""
    principal = Principal.read(who)
    creator = {"creator": "user", "creator-agency": "agency", "creator-agency/*": "agency"}
    if principal.sort == "everyone":
        return True
    if principal.sort in creator:
        agency = record.created_agency
        if principal.sort == "creator":
            return record.created_by == actor.user
        below = at_or_below(actor.agencies, agency) if who.endswith("/*") else False
        return below or (bool(agency) and agency in actor.agencies)
    named = [principal.code]
    sort = principal.sort
    if sort == "field":
        named = record.values.get(principal.code) or []
        sort = {"staff": "user", "team": "group", "scope": "agency"}[principal.code]
    own = {"user": (actor.user,), "group": actor.groups, "agency": actor.agencies}[sort]
    below = principal.below and any(at_or_below(actor.agencies, code) for code in named)
    return below or any(code in own for code in named)


def may(actor: Actor, action: str, record: RecordState, ruled: Sequence[Rule]) -> bool:
    """Read the rules from the top: the first that fits decides, and none is nothing."""
    # In a rule, the organisation of somebody without one is one that no record names.
    agency = actor.agency or "-"
    oracle = Oracle(SHAPE, Person(user=actor.user, agency=agency, zone=TOKYO, now=NOW))
    known = {**record.known, "$id": record.id}
    for one in ruled:
        fits = any(is_one_of(actor, who, record) for who in one["who"])
        if fits and oracle.holds(parse_condition(one.get("where", "")), known):
            return {action, "view"} <= set(one["allow"])
    return False


def agree(
    connection: Any,
    app: App,
    actors: Sequence[Actor],
    kept: Sequence[RecordState],
    ruled: Sequence[Rule],
) -> None:
    """Check every way to find somebody's records against the rules read in Python."""
    for actor in actors:
        entering = admit(actor, app, NOW)
        living = [one for one in kept if one.deleted_at is None]
        meant = [one.id for one in reversed(living) if may(actor, "view", one, ruled)]
        for records in every_way(connection, entering):
            assert listed(records, Listing(size=100)) == meant, (actor.user, records.visible.way)
            assert records.count(Listing()).number == len(meant)
            assert sorted(records.many([one.id for one in kept])) == sorted(meant)
        records = records_of(connection, entering)
        for one in kept:
            told = records.allows(one.id, [entering.rows["view"], entering.rows["edit"]])
            expected = (may(actor, "view", one, ruled), may(actor, "edit", one, ruled))
            assert told == expected, one.id


def every_way(connection: Any, entering: Access) -> Sequence[Records]:
    """Return the records as found from the readers, by walking, and by the rules alone."""
    own = records_of(connection, entering)
    found = [own]
    if own.visible.way in {Way.FEW, Way.MANY}:
        for way in (Way.FEW, Way.MANY):
            other = records_of(connection, entering)
            other.visible.way = way
            found.append(other)
    view = entering.rows["view"]
    asked = Visibility(view == ALWAYS, None, view)
    return [*found, records_of(connection, replace(entering, visible=asked))]


@examples(50)
@given(
    users=st.lists(st.sampled_from(USER_CODES), min_size=2, max_size=2, unique=True),
    kept=states(),
    first=many_rules,
    second=many_rules,
    changed=st.lists(st.tuples(st.integers(0, 5), values), max_size=3),
    deleted=st.integers(0, 5),
)
def test_listed_readers_are_those_the_rules_name(
    world: World,
    app: App,
    users: list[str],
    kept: list[RecordState],
    first: list[Rule],
    second: list[Rule],
    changed: list[tuple[int, dict[str, Any]]],
    deleted: int,
) -> None:
    ruled = under(app, access(*first))
    kept, actors = list(kept), [world.actor(user) for user in users]
    with world.undone() as connection:
        writing = writer(connection, ruled)
        writing.insert(kept)
        agree(connection, ruled, actors, kept, first)
        for place, given_ in changed:
            before = kept[place % len(kept)]
            new = state(with_rows(before.id, given_)).values
            kept[place % len(kept)] = replace(before, values=new)
            writing.change(before, kept[place % len(kept)])
        gone = kept[deleted % len(kept)]
        kept[deleted % len(kept)] = replace(gone, deleted_at="2026-11-21T00:00:00Z")
        writing.change(gone, kept[deleted % len(kept)])
        agree(connection, ruled, actors, kept, first)
        writing.change(kept[deleted % len(kept)], gone)
        kept[deleted % len(kept)] = gone
        ruled = under(app, access(*second))
        writer(connection, ruled).relist(kept)
        agree(connection, ruled, actors, kept, second)


PUBLISHED = (
    [rule("agency:NURSERY", "view", "n > 3"), rule("creator", "view edit")],
    [rule("everyone", "", "n = 5"), rule("field:scope/*", "view"), rule("group:heads", "view")],
    [rule("everyone", "view", "day = TODAY()")],
    [rule("everyone", "view edit delete")],
    [rule("field:staff creator-agency", "view edit delete", "n > 0")],
)


def test_publishing_other_rules_lists_every_record_anew(world: World) -> None:
    code, kept = world.code(), []
    for place, ruled in enumerate(PUBLISHED):
        app = world.publish(PROPERTIES, access(*ruled), code=code)
        if place == 0:
            kept = [
                state({"$creator": user, "$creator_agency": "DESK", "n": n, "scope": ["CARE"]})
                for n, user in ((1, "sato"), (5, "abe"), (9, "takahashi"))
            ]
            kept.append(state({"n": 4, "day": "2026-11-22", "staff": ["takahashi"]}))
            world.put(app, *({**one.known, "$id": one.id} for one in kept))
        with world.undone() as connection:
            agree(connection, app, [world.actor(user) for user in USER_CODES], kept, ruled)


def test_the_verbs_keep_readers_in_step(world: World) -> None:
    ruled = [rule("field:scope creator", "view edit delete")]
    app = world.publish(PROPERTIES, access(*ruled))
    sato = world.access("sato", app)
    made = service.create(world.platform, sato, {"n": 1, "scope": ["NURSERY"]})
    assert world.seen("takahashi", app) == world.seen("sato", app) == [made.id]
    service.change(world.platform, sato, made.id, {"scope": ["HEALTH"]}, revision=1)
    assert world.seen("takahashi", app) == []
    assert world.seen("suzuki", app) == [made.id]
    service.delete(world.platform, sato, made.id, reason="誤り", revision=None)
    assert world.seen("suzuki", app) == world.seen("sato", app) == []
    service.restore(world.platform, sato, made.id)
    assert world.seen("suzuki", app) == [made.id]


def test_a_name_given_in_an_undone_write_is_given_anew(world: World) -> None:
    app = world.publish(PROPERTIES, access(rule("field:team", "view")))
    shared = Principals()
    entering = world.access("abe", app)
    with world.undone() as connection:
        writer(connection, app, shared).insert([state({"$id": 1, "team": ["heads"]})])
        assert listed(Records(connection, entering, shared), Listing()) == [1]
    with world.undone() as connection:
        writer(connection, app, shared).insert([state({"$id": 2, "team": ["caseworkers"]})])
        assert listed(Records(connection, entering, shared), Listing()) == []
