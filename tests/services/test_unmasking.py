"""Masks: a constant stands for the value until somebody with the right gives a reason."""

from __future__ import annotations

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, QueryError, Unknown
from tsuzuri.query.bind import bind_text
from tsuzuri.services import unmasking
from tsuzuri.storage.records import MASKED, Listing
from worlds.town import EVERYTHING, World

RULES = {
    "app": [
        {"who": ["group:heads"], "allow": [*EVERYTHING]},
        {"who": ["everyone"], "allow": ["view"]},
    ],
    "field": [
        {"fields": ["caller"], "who": ["agency:CARE", "agency:HEALTH"], "allow": "masked"},
        {"fields": ["caller"], "who": ["everyone"], "allow": "none"},
    ],
}


def _masked(world: World) -> tuple[App, list[int]]:
    app = world.publish({"a": {"kind": "text"}, "caller": {"kind": "text"}}, RULES)
    return app, world.put(app, {"a": "1", "caller": "隣の人"}, {"a": "2"})


def test_a_mask_looks_alike_over_a_value_and_over_nothing(world: World) -> None:
    app, ids = _masked(world)
    access = world.entering("mori", app)
    with world.platform.reading(access) as reading:
        for record in ids:
            state = reading.get(record)
            assert "caller" not in state.values
            assert state.masked == {"caller"}
        rows = reading.page(Listing(columns=(access.app.field("caller"),))).rows
    assert [row[2] for row in rows] == [MASKED, MASKED]


@pytest.mark.parametrize("query", ['caller = "隣の人"', 'caller like "隣"', 'caller != ""'])
def test_no_filter_reaches_behind_a_mask(world: World, query: str) -> None:
    app, _ = _masked(world)
    access = world.entering("mori", app)
    with world.platform.reading(access) as reading:
        found = reading.page(Listing(where=bind_text(access.app, query, access.asker))).rows
    assert found == []


def test_for_everyone_else_the_field_does_not_exist(world: World) -> None:
    app, _ = _masked(world)
    access = world.entering("takahashi", app)
    with pytest.raises(QueryError):
        bind_text(access.app, 'caller = ""', access.asker)


def test_a_reason_lifts_the_mask_once(world: World) -> None:
    app, (record, empty) = _masked(world)
    access = world.entering("mori", app)
    assert unmasking.unmask(world.platform, access, record, "caller", "折り返し連絡") == "隣の人"
    assert unmasking.unmask(world.platform, access, empty, "caller", "折り返し連絡") is None
    with world.platform.reading(access) as reading:
        assert reading.get(record).masked == {"caller"}


def test_no_reason_no_right_and_no_mask_have_their_own_answers(world: World) -> None:
    app, (record, _) = _masked(world)
    with pytest.raises(Invalid):
        unmasking.unmask(world.platform, world.entering("mori", app), record, "caller", "  ")
    with pytest.raises(Denied):
        unmasking.unmask(
            world.platform, world.entering("suzuki", app), record, "caller", "知りたい"
        )
    for user, code in (("takahashi", "caller"), ("mori", "a"), ("mori", "nothing")):
        with pytest.raises(Unknown):
            unmasking.unmask(world.platform, world.entering(user, app), record, code, "知りたい")
