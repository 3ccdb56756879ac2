"""A change of what somebody may not see leaves no trace in what they do see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.errors import Invalid, Stale
from tsuzuri.query.parse import parse
from tsuzuri.services import history, listing, news, opening, records, threads
from tsuzuri.storage import history as stored
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

FIELDS: Mapping[str, Any] = {
    "title": {"kind": "text"},
    "body": {"kind": "multiline"},
    "secret": {"kind": "number"},
    "double": {"kind": "calculated", "expression": "secret * 2"},
    "longer": {"kind": "calculated_text", "expression": 'title & double & "点"'},
    "half": {"kind": "number"},
    "twice": {"kind": "calculated", "expression": "half * 2"},
    "number": {"kind": "text", "unique": True},
}
RULES: Mapping[str, Any] = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["user:abe"], "allow": ["view", "edit", "delete", "comment"]},
        {
            "who": ["everyone"],
            "where": 'title not in ("秘密")',
            "allow": ["view", "edit", "delete"],
        },
    ],
    "field": [
        {"fields": ["secret", "half"], "who": ["user:abe"], "allow": "edit"},
        {"fields": ["half"], "who": ["everyone"], "where": 'title in ("開")', "allow": "view"},
        {"fields": ["secret", "half"], "who": ["everyone"], "allow": "none"},
    ],
}


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return world.publish(FIELDS, RULES)


def known(world: World, access: Access, one: int) -> dict[str, Any]:
    """Return all that says when and how often a record changed."""
    platform = world.platform
    found = opening.opened(platform, access, one)
    listed = listing.queried(platform, access, parse("order by $updated desc"), ())
    return {
        "mark": found.mark,
        "values": found.state.known,
        "history": history.changes(platform, access, one),
        "list": [(row[:2], str(row)) for row in listed.page.rows],
        "news": [(i.event, i.at, i.by, i.text) for i in news.news(platform, access.actor)],
    }


def test_a_hidden_change_is_none(world: World, app: App) -> None:
    abe, ito = world.entering("abe", app), world.entering("ito", app)
    one = records.create(world.platform, abe, {"title": "あ", "secret": 1, "half": 1}).id
    before = known(world, ito, one)
    world.clock.now += timedelta(minutes=5)
    records.change(world.platform, abe, one, {"secret": 2}, revision=None)
    records.change(world.platform, abe, one, {"half": 2}, revision=None)
    assert known(world, ito, one) == before
    told = history.changes(world.platform, abe, one)
    assert [change.at for change in told[:2]] == [world.platform.stamp()] * 2
    records.change(world.platform, abe, one, {"body": "い"}, revision=None)
    after = known(world, ito, one)
    assert after["mark"] != before["mark"]
    assert after["values"]["$updated"] == world.platform.stamp()


def test_a_form_from_before_a_hidden_change_is_still_fresh(world: World, app: App) -> None:
    abe, ito = world.entering("abe", app), world.entering("ito", app)
    one = records.create(world.platform, abe, {"title": "あ", "secret": 1}).id
    mark = opening.opened(world.platform, ito, one).mark
    records.change(world.platform, abe, one, {"secret": 2}, revision=None)
    records.delete(world.platform, ito, one, reason="誤り", revision=mark)
    records.restore(world.platform, ito, one)
    mark = opening.opened(world.platform, ito, one).mark
    records.change(world.platform, abe, one, {"secret": 3, "title": "い"}, revision=None)
    with pytest.raises(Stale) as refused:
        records.change(world.platform, ito, one, {"title": "う"}, revision=mark)
    assert refused.value.revision == opening.opened(world.platform, ito, one).mark
    assert [clash.code for clash in refused.value.clashes] == ["title"]


def test_who_changed_something_hidden_last_is_not_told_by_a_conflict(
    world: World, app: App
) -> None:
    abe, ito, sato = (world.entering(who, app) for who in ("abe", "ito", "sato"))
    one = records.create(world.platform, abe, {"title": "あ"}).id
    mark = opening.opened(world.platform, ito, one).mark
    records.change(world.platform, sato, one, {"title": "い"}, revision=None)
    records.change(world.platform, abe, one, {"secret": 3}, revision=None)
    with pytest.raises(Stale) as refused:
        records.change(world.platform, ito, one, {"title": "う"}, revision=mark)
    assert refused.value.by == "sato"


def test_what_follows_from_a_secret_is_as_secret(world: World, app: App) -> None:
    abe, ito = world.entering("abe", app), world.entering("ito", app)
    assert {"double", "longer"} <= abe.app.by_code.keys()
    assert not {"secret", "double", "longer"} & ito.app.by_code.keys()
    for title, seen in (("閉", None), ("開", 8)):
        one = records.create(world.platform, abe, {"title": title, "half": 4}).id
        assert opening.opened(world.platform, ito, one).state.values.get("twice") == seen


def test_whether_a_value_is_taken_is_told_to_those_who_see_every_record(
    world: World, app: App
) -> None:
    abe, ito = world.entering("abe", app), world.entering("ito", app)
    records.create(world.platform, abe, {"title": "秘密", "number": "1号"})
    for number in ("1号", "2号"):
        with pytest.raises(Invalid) as refused:
            records.create(world.platform, ito, {"title": "あ", "number": number})
        assert [str(one.message) for one in refused.value.problems] == [
            "このフィールドは変更できません。"
        ]
    with pytest.raises(Invalid) as taken:
        records.create(world.platform, abe, {"title": "あ", "number": "1号"})
    assert [one.pointer for one in taken.value.problems] == ["/number"]


def test_remarks_on_unseen_records_do_not_crowd_out_seen_ones(world: World, app: App) -> None:
    abe, ito = world.entering("abe", app), world.entering("ito", app)
    news.looked(world.platform, ito.actor, world.platform.stamp())
    world.clock.now += timedelta(minutes=5)
    one = records.create(world.platform, abe, {"title": "話"}).id
    threads.comment(world.platform, abe, one, "聞こえる")
    secret = records.create(world.platform, abe, {"title": "秘密"}).id
    world.clock.now += timedelta(minutes=5)
    for number in range(210):
        threads.comment(world.platform, abe, secret, f"聞こえない{number}")
    texts = [item.text for item in news.news(world.platform, ito.actor)]
    assert "聞こえる" in texts
    assert not [text for text in texts if "聞こえない" in text]


def test_hidden_changes_push_nothing_out_of_the_history(
    world: World, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "HISTORY_SHOWN", 3)
    abe, ito = world.entering("abe", app), world.entering("ito", app)
    one = records.create(world.platform, abe, {"title": "あ"}).id
    for title in ("い", "う"):
        records.change(world.platform, abe, one, {"title": title}, revision=None)
    before = history.changes(world.platform, ito, one)
    for number in range(5):
        records.change(world.platform, abe, one, {"secret": number}, revision=None)
    assert len(before) == 3
    assert history.changes(world.platform, ito, one) == before
