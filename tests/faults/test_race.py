"""A writer and a publication that meet: the rules that are published decide who reads."""

from __future__ import annotations

import pytest

from tsuzuri.errors import Busy
from tsuzuri.services import definitions, records, threads
from worlds.fixtures import world
from worlds.town import EVERYTHING, World, document_of

__all__ = ["world"]

FIELDS = {"a": {"kind": "text"}, "scope": {"kind": "agencies"}}


def rules(who: str) -> dict[str, object]:
    """Return rules that let the writer, and ``who``, read."""
    return {
        "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
        "record": [{"who": ["agency:CITY", who], "allow": ["view", "edit", "comment"]}],
    }


def test_who_walked_in_under_the_old_rules_does_not_write_by_them(world: World) -> None:
    before = world.publish(FIELDS, rules("field:scope"))
    late = world.entering("abe", before)
    saved = records.create(world.platform, late, {"a": "x"})
    after = world.publish(FIELDS, rules("group:heads"), code=before.code)
    values = {"a": "極秘", "scope": ["NURSERY"]}
    with pytest.raises(Busy):
        records.create(world.platform, late, values)
    with pytest.raises(Busy):
        records.change(world.platform, late, saved.id, values, revision=None)
    with pytest.raises(Busy):
        threads.comment(world.platform, late, saved.id, "一言")
    assert world.seen("takahashi", after) == []

    again = world.entering("abe", after)
    records.change(world.platform, again, saved.id, values, revision=None)
    assert world.seen("takahashi", after) == []
    assert world.seen("mori", after) == [saved.id]


def test_readers_are_not_written_by_rules_that_were_replaced_meanwhile(world: World) -> None:
    first = world.publish(FIELDS, rules("field:scope"))
    access = world.entering("abe", first)
    saved = records.create(world.platform, access, {"a": "x", "scope": ["NURSERY"]})
    assert world.seen("takahashi", first) == [saved.id]
    document = document_of(FIELDS, rules("group:heads"), code=first.code)
    second = definitions.publish(world.platform, document, by="abe")
    # Somebody who began under the first version goes on only now.
    definitions.list_readers(world.platform, first)
    assert world.seen("takahashi", second) == []
    assert world.platform.apps[first.code].listed
