"""Fields that hold no value, or cannot be asked for, are refused with a sentence and never fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tsuzuri.definitions.model import App
from worlds import face
from worlds.face import Visitor
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

FIELDS: Mapping[str, Any] = {
    "t": {"kind": "text"},
    "n": {"kind": "number"},
    "day": {"kind": "date"},
    "age": {"kind": "age", "of": "day"},
    "rows": {"kind": "table", "items": {"properties": {"x": {"kind": "text", "title": "x"}}}},
}
RULES: Mapping[str, Any] = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CITY"], "allow": [*EVERYTHING]},
        {"who": ["everyone"], "where": 't != "秘"', "allow": ["view"]},
    ],
}


@pytest.fixture(scope="module")
def app(world: World) -> App:
    """Publish an app with a record that takahashi sees and one that stays unseen."""
    published = world.publish(FIELDS, RULES)
    world.put(published, {"t": "川の記録", "n": 1}, {"t": "秘", "n": 2})
    return published


@pytest.fixture(scope="module")
def visitor(world: World, app: App) -> Visitor:
    return Visitor(face.opened(world)).enter("takahashi")


@pytest.mark.parametrize("code", ["age", "rows"])
def test_what_cannot_be_compared_is_no_filter(visitor: Visitor, app: App, code: str) -> None:
    answer = visitor.get(f"/apps/{app.code}/?f.0.field={code}&f.0.op=in&f.0.value=1")
    assert answer.status_code == 400
    assert f"「{code}」では絞り込めません。" in answer.text


def test_text_that_is_no_number_has_no_echo(visitor: Visitor, app: App) -> None:
    answer = visitor.get(f"/apps/{app.code}/echo/n?q=山")
    assert (answer.status_code, answer.text) == (200, "")


def test_what_holds_no_value_is_left_out_of_json(visitor: Visitor, app: App) -> None:
    for query in ("", "?field=age&field=n"):
        answer = visitor.get(f"/api/apps/{app.code}/records{query}")
        (record,) = answer.get_json()["records"]
        assert record["n"] == 1
        assert "age" not in record
