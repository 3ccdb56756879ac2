"""What a condition means at its edges, and what is refused when it meets an app."""

from __future__ import annotations

from typing import Any

import pytest

from query import wide
from tsuzuri.definitions.model import App
from tsuzuri.errors import QueryError
from tsuzuri.query.bind import bind_order, bind_text
from tsuzuri.query.parse import parse
from tsuzuri.storage.records import Listing
from worlds.town import World, listed, records_of, state, writer

RECORDS: tuple[dict[str, Any], ...] = (
    {"$id": 1, "name": "甲", "amount": -2.5, "places": ["DESK"], "clock": "09:05"},
    {"$id": 2, "amount": -2, "rows": [{"id": "21", "cell": "あ"}], "body": " \u2003\n"},
    {"$id": 3, "amount": 1e300, "rows": [{"id": "31", "score": 3}, {"id": "32", "cell": "い"}]},
)


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return world.publish(wide.PROPERTIES, views=wide.VIEWS)


def selected(world: World, app: App, condition: str, user: str = "sato") -> list[int]:
    access = world.access(user, app)
    where = bind_text(access.app, condition, access.asker)
    with world.undone() as connection:
        writer(connection, app).insert([state(one) for one in RECORDS])
        return sorted(listed(records_of(connection, access), Listing(where=where)))


@pytest.mark.parametrize(
    "condition, ids",
    [
        ('name = ""', [2, 3]),
        ('name != ""', [1]),
        ('name in ("", "甲")', [1, 2, 3]),
        ('name not in ("甲")', [2, 3]),
        ('name like ""', [1, 2, 3]),
        ('name not like ""', []),
        ("body is empty", [1, 2, 3]),
        ("body is not empty", []),
        # On PostgreSQL the first value's type must not round or overflow the others.
        ("amount in (10, -2.5)", [1]),
        ("amount in (10, 1e300)", [3]),
        ("$id = 2.5", []),
        ("$id in (2, 1e300)", [2]),
        ("$id < 2.5", [1, 2]),
        ('clock >= "午前9時"', [1]),
        ('cell not like "う"', [2, 3]),
        ('cell not like "い"', [2]),
        ('cell like ""', [2, 3]),
        ('cell in ("")', [3]),
        ('cell like "い" and score = 3', None),
        ('cell like "い" and score >= 3', []),
        ('cell in ("") and score >= 3', [3]),
        ('cell like "い" or score >= 3', [3]),
    ],
)
def test_a_condition_at_its_edges(
    world: World, app: App, condition: str, ids: list[int] | None
) -> None:
    if ids is None:
        with pytest.raises(QueryError):
            selected(world, app, condition)
    else:
        assert selected(world, app, condition) == ids


@pytest.mark.parametrize(
    "condition",
    [
        "places in (PRIMARY_ORGANIZATION())",
        "places not in (PRIMARY_ORGANIZATION())",
        'places in (PRIMARY_ORGANIZATION(), "DESK")',
    ],
)
def test_the_agency_of_somebody_without_one_is_not_asked_for(
    world: World, app: App, condition: str
) -> None:
    assert selected(world, app, condition, "ito") == [1, 2, 3]


def test_the_agency_of_somebody_with_one_is_asked_for(world: World, app: App) -> None:
    assert selected(world, app, "places in (PRIMARY_ORGANIZATION())") == [1]
    assert selected(world, app, "places not in (PRIMARY_ORGANIZATION())") == [2, 3]


@pytest.mark.parametrize(
    "condition",
    [
        *("nowhere = 1", "rows like 1", "rows.cell like 1", 'body = "x"', "amount like 1"),
        *('amount = "たくさん"', 'day = "R8"', 'clock < "夕方"', "clock = NOW()", "name = TODAY()"),
        *(
            'sure in ("たぶん")',
            "amount > LOGINUSER()",
            '$id = "x"',
            "day = FROM_TODAY(9999, YEARS)",
        ),
        *('cell = "あ"', "score != 3", "$revision > 1"),
    ],
)
def test_what_a_field_cannot_be_asked_is_refused(world: World, app: App, condition: str) -> None:
    access = world.access("abe", app)
    with pytest.raises(QueryError):
        bind_text(access.app, condition, access.asker)


@pytest.mark.parametrize("code", ["body", "some", "people", "papers", "rows", "cell", "nowhere"])
def test_what_has_no_order_is_refused(world: World, app: App, code: str) -> None:
    del world
    with pytest.raises(QueryError):
        bind_order(app, parse(f"order by {code}").order)
