"""Rules of an app that tell people: who is told, and that a rule tells nobody what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.services import importing, inbox, noticing, records, threads
from worlds.town import EVERYTHING, World
from worlds.transfers import send

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE/*"], "allow": ["view", "edit", "comment", "delete"]},
        {"who": ["field:scope"], "allow": ["view", "edit", "comment"]},
    ],
    "field": [
        {"fields": ["secret", "hidden"], "who": ["agency:CARE/*"], "allow": "edit"},
        {
            "fields": ["secret"],
            "where": 'a in ("開く")',
            "who": ["everyone"],
            "allow": "view",
        },
        {"fields": ["secret", "hidden"], "who": ["everyone"], "allow": "none"},
    ],
}
FIELDS = {
    "a": {"kind": "text"},
    "secret": {"kind": "text"},
    "hidden": {"kind": "users", "maxItems": 5},
    "scope": {"kind": "agencies"},
}


def _app(world: World, *rules: dict[str, Any]) -> App:
    return world.publish(FIELDS, RULES, recordTitle=["a"], notify={"rules": [*rules]})


def _new(world: World, app: App, by: str = "mori", **given: Any) -> int:
    return records.create(world.platform, world.entering(by, app), given).id


def _told(world: World, app: App, user: str) -> list[tuple[str, int, str]]:
    noticing.run(world.platform)
    found, _ = inbox.page(world.platform, world.actor(user), "all")
    return [
        (one.notice.kind, one.record.id, one.notice.by)
        for one in found
        if one.access.app.code == app.code
    ]


@pytest.mark.parametrize(
    ("to", "users"),
    [
        ("everyone", {"sato", "suzuki", "takahashi"}),
        ("user:sato", {"sato"}),
        ("group:caseworkers", {"sato"}),
        ("agency:NURSERY", {"suzuki", "takahashi"}),
        ("agency:CARE", set()),
        ("agency:CARE/*", {"sato"}),
        ("agency:HEALTH", {"suzuki"}),
        ("field:scope", {"suzuki", "takahashi"}),
        ("creator", set()),
        ("user:ito", set()),
    ],
)
def test_whom_a_rule_names_is_told_of_a_new_record_they_see(
    world: World, to: str, users: set[str]
) -> None:
    app = _app(world, {"on": ["added"], "to": [to]})
    record = _new(world, app, a="登園", scope=["NURSERY"])
    everybody = ("abe", "mori", "sato", "suzuki", "takahashi", "ito")
    told = {user for user in everybody if _told(world, app, user)}
    assert told == users
    assert all(_told(world, app, user) == [("add", record, "mori")] for user in users)


def test_each_deed_is_told_once_however_many_rules_name_somebody(world: World) -> None:
    rule = {"on": ["added", "edited", "commented"], "to": ["agency:NURSERY", "field:scope"]}
    app = _app(world, rule, rule)
    record = _new(world, app, a="登園", scope=["NURSERY"])
    assert _told(world, app, "takahashi") == [("add", record, "mori")]
    records.change(
        world.platform, world.entering("mori", app), record, {"a": "降園"}, revision=None
    )
    threads.comment(world.platform, world.entering("mori", app), record, "連絡済み")
    assert _told(world, app, "takahashi") == [
        ("comment", record, "mori"),
        ("change", record, "mori"),
        ("add", record, "mori"),
    ]
    assert _told(world, app, "mori") == []


def test_only_records_that_meet_the_condition_are_told(world: World) -> None:
    app = _app(world, {"on": ["added"], "to": ["everyone"], "when": 'a in ("重要")'})
    _new(world, app, a="普通", scope=["NURSERY"])
    record = _new(world, app, a="重要", scope=["NURSERY"])
    assert _told(world, app, "takahashi") == [("add", record, "mori")]


def test_a_condition_on_a_hidden_field_tells_only_who_may_know_it(world: World) -> None:
    app = _app(world, {"on": ["added"], "to": ["everyone"], "when": 'secret in ("通告")'})
    record = _new(world, app, a="登園", secret="通告", scope=["NURSERY"])
    assert _told(world, app, "sato") == [("add", record, "mori")]
    assert _told(world, app, "takahashi") == []


@pytest.mark.parametrize("when", ['secret not in ("通告")', 'secret in ("")', 'secret != "通告"'])
def test_an_absence_tells_nobody_who_could_not_see_the_presence(world: World, when: str) -> None:
    app = _app(world, {"on": ["added"], "to": ["everyone"], "when": when})
    for a in ("登園", "開く"):
        _new(world, app, a=a, scope=["NURSERY"])
    assert len(_told(world, app, "sato")) == 2
    assert _told(world, app, "takahashi") == []


def test_a_field_open_on_some_records_tells_on_those_alone(world: World) -> None:
    app = _app(world, {"on": ["added"], "to": ["everyone"], "when": 'secret in ("通告")'})
    _new(world, app, a="登園", secret="通告", scope=["NURSERY"])
    record = _new(world, app, a="開く", secret="通告", scope=["NURSERY"])
    assert _told(world, app, "takahashi") == [("add", record, "mori")]


def test_who_is_named_by_a_field_they_may_not_see_is_not_told(world: World) -> None:
    app = _app(world, {"on": ["added"], "to": ["field:hidden"]})
    record = _new(world, app, a="登園", hidden=["takahashi", "sato"], scope=["NURSERY"])
    assert _told(world, app, "sato") == [("add", record, "mori")]
    assert _told(world, app, "takahashi") == []


def test_a_hidden_change_is_told_to_nobody_who_may_not_know_it(world: World) -> None:
    app = _app(world, {"on": ["edited"], "to": ["everyone"]})
    record = _new(world, app, a="登園", scope=["NURSERY"])
    records.change(
        world.platform, world.entering("mori", app), record, {"secret": "x"}, revision=None
    )
    assert _told(world, app, "sato") == [("change", record, "mori")]
    assert _told(world, app, "takahashi") == []


def test_a_notice_about_a_deleted_record_is_neither_listed_nor_counted(world: World) -> None:
    app = _app(world, {"on": ["added"], "to": ["agency:NURSERY"]})
    record = _new(world, app, a="登園", scope=["NURSERY"])
    nursery = world.actor("takahashi")
    assert _told(world, app, "takahashi")
    before = inbox.unread(world.platform, nursery)
    mori = world.entering("mori", app)
    records.delete(world.platform, mori, record, reason="誤って作成", revision=None)
    assert _told(world, app, "takahashi") == []
    assert inbox.unread(world.platform, nursery) == before - 1


def test_a_file_is_told_once_and_not_as_new_records(world: World) -> None:
    app = _app(world, {"on": ["imported", "added", "edited"], "to": ["agency:NURSERY"]})
    mori = world.entering("mori", app)

    def take_in(text: str) -> None:
        importing.start(world.platform, mori, send(world, mori, text))

    take_in("a,scope\n" + "".join(f"記録{n},NURSERY\n" for n in range(3)))
    ((kind, _, by),) = _told(world, app, "takahashi")
    assert (kind, by) == ("import", "mori")
    take_in("a,scope\nほか,CARE\n")
    assert len(_told(world, app, "takahashi")) == 1


def test_a_rule_that_leaves_the_definition_leaves_its_notices(world: World) -> None:
    app = _app(world, {"on": ["added"], "to": ["agency:NURSERY"]})
    record = _new(world, app, a="登園", scope=["NURSERY"])
    assert _told(world, app, "takahashi")
    later = world.publish(FIELDS, RULES, code=app.code, recordTitle=["a"])
    assert _told(world, later, "takahashi") == [("add", record, "mori")]
    _new(world, later, a="登園", scope=["NURSERY"])
    assert len(_told(world, later, "takahashi")) == 1
