"""What an open page hears when it connects: only what it missed, and in marks, never in texts."""

from __future__ import annotations

import re

import pytest

from tsuzuri.services import records, threads
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE"], "allow": ["view", "edit", "comment"]},
        {"who": ["field:scope"], "allow": ["view", "comment"]},
    ],
}
FIELDS = {"a": {"kind": "text"}, "scope": {"kind": "agencies"}}


def _place(world: World) -> tuple[str, str, int]:
    app = world.publish(FIELDS, RULES)
    given = {"a": "様子", "scope": ["NURSERY"]}
    record = records.create(world.platform, world.entering("mori", app), given).id
    return app.code, f"/apps/{app.code}/records/{record}", record


def _mark(page: str) -> str:
    found = re.search(r'data-seen="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_a_page_that_is_up_to_date_hears_nothing(world: World) -> None:
    _, path, _ = _place(world)
    visitor = Visitor(opened(world)).enter("takahashi")
    mark = _mark(visitor.get(path).text)
    answer = visitor.get(f"{path}/live", query_string={"seen": mark, "once": "1"})
    assert (answer.status_code, answer.text) == (204, "")


def test_what_was_missed_is_named_by_part(world: World) -> None:
    code, path, record = _place(world)
    visitor = Visitor(opened(world)).enter("takahashi")
    mark = _mark(visitor.get(path).text)
    access = world.entering("mori", world.platform.apps[code])
    threads.comment(world.platform, access, record, "お知らせ")
    answer = visitor.get(f"{path}/live", query_string={"seen": mark, "once": "1"})
    assert answer.mimetype == "text/event-stream"
    assert "event: talk" in answer.text
    assert "event: values" not in answer.text
    assert "お知らせ" not in answer.text
    records.change(world.platform, access, record, {"a": "変化"}, revision=None)
    answer = visitor.get(f"{path}/live", headers={"Last-Event-ID": _after(answer.text)})
    assert "event: values" in answer.text
    assert "event: talk" not in answer.text


def _after(events: str) -> str:
    return str(re.findall(r"^id: (.*)$", events, re.MULTILINE)[-1])


@pytest.mark.parametrize("old", ["", "0", "x" * 5000, "ffffffffffffffff.9", "\u3042.\u3044", "."])
def test_a_mark_of_no_page_only_makes_the_page_look_again(world: World, old: str) -> None:
    _, path, _ = _place(world)
    visitor = Visitor(opened(world)).enter("takahashi")
    answer = visitor.get(f"{path}/live", query_string={"seen": old, "once": "1"})
    assert answer.status_code == 200
    assert "event: talk" in answer.text
    assert "event: values" in answer.text


def test_an_unseen_record_and_a_missing_one_are_the_same(world: World) -> None:
    code, path, record = _place(world)
    other = world.entering("mori", world.platform.apps[code])
    hidden = records.create(world.platform, other, {"a": "別の子"}).id
    visitor = Visitor(opened(world)).enter("takahashi")
    assert visitor.get(f"{path}/live").status_code == 200
    unseen, missing = (
        visitor.get(f"/apps/{code}/records/{number}/live") for number in (hidden, record + 2)
    )
    assert unseen.status_code == missing.status_code == 404
    token = re.compile(r'(csrf[-_]token" (?:content|value)=")[^"]*|(/records/)\d+')
    assert token.sub("", unseen.text) == token.sub("", missing.text)


def test_a_list_is_told_only_of_what_is_newer(world: World) -> None:
    code, _, _ = _place(world)
    visitor = Visitor(opened(world)).enter("takahashi")
    mark = _mark(visitor.get(f"/apps/{code}/").text)
    asked = {
        seen: visitor.get(f"/apps/{code}/live", query_string={"seen": seen}).status_code
        for seen in (mark, "2999-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "x", "0001-01-01", "")
    }
    # What was written in the second in which the list was made may be missing from it.
    assert list(asked.values()) == [200, 204, 200, 200, 200, 200]


def test_an_open_page_alone_does_not_keep_anybody_signed_in(world: World) -> None:
    _, path, _ = _place(world)
    visitor = Visitor(opened(world)).enter("takahashi")
    visitor.get(path)
    idle = world.platform.config.idle_seconds
    start = world.clock.now
    try:
        for _ in range(4):
            world.clock.now = start.fromtimestamp(
                world.clock.now.timestamp() + idle / 3, start.tzinfo
            )
            status = visitor.get(f"{path}/live").status_code
        assert status == 302
    finally:
        world.clock.now = start
