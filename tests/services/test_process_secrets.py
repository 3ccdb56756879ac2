"""A process tells nothing that its reader may not know."""

from __future__ import annotations

from typing import Any

import pytest

from tsuzuri.errors import Invalid
from tsuzuri.services import process, records
from tsuzuri.services.process import Move
from worlds import flow
from worlds.flow import do, offers, publish, read, refused, where, write
from worlds.town import OPEN_TO_ALL, World


def hidden(where: str, **levels: Any) -> dict[str, Any]:
    """Return rules under which ``where`` opens a field to takahashi, and abe reads all."""
    closed = [{"fields": ["secret"], "who": ["user:takahashi"], "allow": "none"}]
    return {
        **OPEN_TO_ALL,
        "field": [
            *closed,
            {"fields": ["guarded"], "who": ["user:takahashi"], "where": where, "allow": "edit"},
            {"fields": ["guarded"], "who": ["user:takahashi"], "allow": "none"},
        ],
        **levels,
    }


@pytest.mark.parametrize(
    "asked",
    [
        'secret in ("x")',
        'secret not in ("x")',
        'guarded not in ("x")',
        'guarded in ("")',
        'title in ("件") and guarded not in ("x")',
    ],
)
def test_an_action_tells_nothing_of_what_its_condition_asks(world: World, asked: str) -> None:
    actions = [
        flow.action("ask", "draft", "waiting", where=asked),
        *flow.PROCESS["actions"][1:],
    ]
    app = publish(world, hidden('urgent in ("はい")'), actions=actions)
    told = set()
    for secret in ("x", "y"):
        for guarded in ("x", "y", None):
            given = {"title": "件", "secret": secret, "guarded": guarded, "stand": "draft"}
            by = {"$creator": "takahashi", "turn": ["takahashi"]}
            [made] = world.put(app, {**given, **by})
            told.add(tuple(sorted(offers(world, app, made, "takahashi"))))
            refused(world, app, made, "ask", "takahashi")
    assert told == {("choose", "gather")}


def test_a_value_somebody_reads_opens_what_it_should(world: World) -> None:
    actions = [
        flow.action("ask", "draft", "waiting", where='guarded in ("x")'),
        *flow.PROCESS["actions"][1:],
    ]
    app = publish(world, hidden('urgent in ("はい")'), actions=actions)
    given = {"guarded": "x", "stand": "draft", "$creator": "takahashi", "turn": ["takahashi"]}
    closed, opened = world.put(app, {**given, "urgent": False}, {**given, "urgent": True})
    assert "ask" not in offers(world, app, closed, "takahashi")
    assert "ask" in offers(world, app, opened, "takahashi")


def test_no_candidate_tells_of_a_hidden_field(world: World) -> None:
    rules = {
        **OPEN_TO_ALL,
        "field": [
            {"fields": ["boss"], "who": ["user:takahashi"], "allow": "none"},
            {"fields": ["boss"], "who": ["everyone"], "allow": "edit"},
        ],
    }
    app = publish(world, rules)
    made = write(world, app, "takahashi")
    sato = world.entering("sato", app)
    records.change(world.platform, sato, made, {"boss": ["ito"]}, revision=None)
    assert offers(world, app, made, "takahashi")["choose"] == ("abe", "mori")
    do(world, app, made, "choose", user="takahashi", assignee="mori")
    assert where(world, app, made) == ("chosen", ["mori"])
    assert "turn" not in read(world, app, made, "takahashi").values


def test_who_may_not_know_where_a_record_stands_has_no_process(world: World) -> None:
    rules = {
        **OPEN_TO_ALL,
        "field": [{"fields": ["stand"], "who": ["user:takahashi"], "allow": "none"}],
    }
    app = publish(world, rules)
    made = write(world, app, "takahashi")
    access = world.entering("takahashi", app)
    state = read(world, app, made, "takahashi")
    assert process.standing(world.platform, access, state) is None
    with pytest.raises(Invalid):
        process.act(world.platform, access, made, Move(action="ask"), revision=None)
