"""Compiled conditions select what they mean, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from query import wide
from query.oracle import Oracle, Person
from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import admit
from tsuzuri.definitions.model import App
from tsuzuri.query.bind import Asker, bind_order, bind_text
from tsuzuri.query.tree import Node, Sort, write
from tsuzuri.storage import starts
from tsuzuri.storage.records import Listing, Records
from worlds.examples import PATIENCE, examples
from worlds.town import NOW, World, listed, records_of, state, writer

pytestmark = [
    pytest.mark.timeout(PATIENCE),
    # What a failing property prints is large, and worth it.
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]

PEOPLE = (
    Actor(user="sato", agencies=("DESK",)),
    Actor(user="suzuki", agencies=("HEALTH", "NURSERY"), zone=ZoneInfo("America/New_York")),
    Actor(user="ito", zone=ZoneInfo("UTC")),
)


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return world.publish(wide.PROPERTIES, views=wide.VIEWS)


@contextmanager
def counting(*, few: bool) -> Iterator[None]:
    """Take any number of records for few, or for many: lists are found in another way."""
    kept = starts.LEAST, starts.PAGE
    starts.LEAST, starts.PAGE = (1000, 100) if few else (0, 0)
    try:
        yield
    finally:
        starts.LEAST, starts.PAGE = kept


def stored(given: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return records whose id and system values stand among their values, rows with ids."""
    found = []
    for place, one in enumerate(given):
        rows = one.get("rows", [])
        named = [{"id": str(place * 10 + at + 1), **row} for at, row in enumerate(rows)]
        whole = state({**one, "rows": named or None, "$id": 1000 + place * 7 % 5 * 10 + place})
        found.append({**whole.known, "$id": whole.id})
    return found


def selected(records: Records, asker: Asker, condition: Node) -> list[int]:
    """Return the ids that the condition selects, written down and read again on the way."""
    where = bind_text(records.access.app, write(condition), asker)
    found = sorted(listed(records, Listing(where=where, size=100)))
    assert records.count(Listing(where=where)).number == len(found)
    return found


@examples(200)
@given(
    given=st.lists(wide.records, min_size=1, max_size=8),
    conditions=st.lists(wide.conditions, min_size=1, max_size=8),
    actor=st.sampled_from(PEOPLE),
    few=st.booleans(),
)
def test_a_condition_selects_what_it_means(
    world: World,
    app: App,
    given: list[dict[str, Any]],
    conditions: list[Node],
    actor: Actor,
    few: bool,
) -> None:
    access = admit(actor, app, NOW)
    person = Person(user=actor.user, agency=actor.agency, zone=actor.zone, now=NOW)
    oracle = Oracle(wide.SHAPE, person)
    kept = stored(given)
    with world.undone() as connection, counting(few=few):
        writer(connection, app).insert([state(one) for one in kept])
        records = records_of(connection, access)
        for condition in conditions:
            note(write(condition))
            meant = sorted(one["$id"] for one in kept if oracle.holds(condition, one))
            assert selected(records, access.asker, condition) == meant


def in_order(records: Sequence[dict[str, Any]], sorts: Sequence[Sort]) -> list[int]:
    """Sort as lists do: empty first, ties by id in the direction of the first key."""
    found = sorted(records, key=lambda one: one["$id"], reverse=sorts[0].descending)
    for sort in reversed(sorts):
        key = sort.field
        found.sort(key=lambda one: _empty_first(one.get(key)), reverse=sort.descending)
    return [one["$id"] for one in found]


def _empty_first(value: Any) -> tuple[bool, Any]:
    return value is not None, 0 if value is None else value


sorts = st.lists(
    st.builds(Sort, st.sampled_from(wide.ORDERABLE), st.booleans()), min_size=1, max_size=2
)


@examples(100)
@given(
    given=st.lists(wide.records, min_size=1, max_size=12),
    orders=st.lists(sorts, min_size=1, max_size=3),
    size=st.integers(1, 5),
)
def test_a_list_keeps_its_order_page_by_page_both_ways(
    world: World, app: App, given: list[dict[str, Any]], orders: list[list[Sort]], size: int
) -> None:
    kept = stored(given)
    with world.undone() as connection:
        writer(connection, app).insert([state(one) for one in kept])
        records = records_of(connection, world.access("abe", app))
        for order in orders:
            bound = bind_order(app, order)
            meant = in_order(kept, order)
            assert listed(records, Listing(order=bound, size=100)) == meant
            assert forward(records, Listing(order=bound, size=size)) == meant
            assert backward(records, Listing(order=bound, size=size), meant[-1]) == meant[:-1]
            assert [row[0] for row in records.stream(Listing(order=bound))] == meant


@examples(20)
@given(given=st.lists(wide.records, max_size=9), size=st.integers(1, 5))
def test_without_an_order_the_newest_comes_first(
    world: World, app: App, given: list[dict[str, Any]], size: int
) -> None:
    kept = stored(given)
    meant = sorted((one["$id"] for one in kept), reverse=True)
    with world.undone() as connection:
        writer(connection, app).insert([state(one) for one in kept])
        records = records_of(connection, world.access("abe", app))
        assert forward(records, Listing(size=size)) == meant
        if meant:
            assert backward(records, Listing(size=size), meant[-1]) == meant[:-1]


def forward(records: Records, listing: Listing) -> list[int]:
    """Read every page from the first to the last."""
    found: list[int] = []
    page = records.page(listing)
    assert not page.earlier
    while True:
        found += [row[0] for row in page.rows]
        if not page.later:
            return found
        assert len(page.rows) == listing.size
        page = records.page(_at(listing, after=found[-1]))
        assert page.earlier


def backward(records: Records, listing: Listing, edge: int) -> list[int]:
    """Read every page before a record, from the nearest to the first."""
    found: list[int] = []
    while True:
        page = records.page(_at(listing, before=edge))
        assert page.later
        found = [row[0] for row in page.rows] + found
        if not page.earlier:
            return found
        edge = found[0]


def _at(listing: Listing, after: int | None = None, before: int | None = None) -> Listing:
    return Listing(order=listing.order, size=listing.size, after=after, before=before)
