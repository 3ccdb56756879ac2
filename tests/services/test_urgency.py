"""What is urgent: told to whom it is urgent, until they open it, and who has not is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tsuzuri.access.actors import Origin
from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied
from tsuzuri.services import inbox, noticing, opening, readership, records, threads, urgency
from tsuzuri.services.ledger import ReadingLedger
from tsuzuri.services.threads import Draft
from tsuzuri.services.urgency import Waiting
from worlds.town import EVERYTHING, World

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE/*"], "allow": ["view", "edit", "comment", "delete"]},
        {"who": ["field:scope"], "allow": ["view", "edit", "comment"]},
    ],
    "field": [
        {"fields": ["grade"], "who": ["agency:CARE/*"], "allow": "edit"},
        {"fields": ["grade"], "who": ["everyone"], "allow": "none"},
    ],
}
FIELDS = {
    "a": {"kind": "text"},
    "importance": {"kind": "radio", "enum": ["通常", "緊急"]},
    "grade": {"kind": "radio", "enum": ["A", "B"]},
    "scope": {"kind": "agencies"},
}
NURSERY = ["NURSERY"]


def _app(world: World, urgent: dict[str, Any] | None = None, code: str = "") -> App:
    given = urgent or {"when": 'importance in ("緊急")'}
    return world.publish(FIELDS, RULES, code=code, recordTitle=["a"], notify={"urgent": given})


def _new(world: World, app: App, by: str = "mori", **given: Any) -> int:
    given = {"a": "連絡", "importance": "緊急", "scope": NURSERY, **given}
    made = records.create(world.platform, world.entering(by, app), given).id
    noticing.run(world.platform)
    return made


def _change(world: World, app: App, record: int, by: str = "mori", **given: Any) -> None:
    records.change(world.platform, world.entering(by, app), record, given, revision=None)
    noticing.run(world.platform)


def _urgent(world: World, app: App, user: str = "takahashi") -> list[int]:
    found = inbox.urgent(world.platform, world.actor(user))
    return [one.record for access, one in found if access.app.code == app.code]


def _open(world: World, app: App, record: int, user: str = "takahashi", **origin: Any) -> None:
    """Let somebody look at a record's page, as a request does."""
    ledger = ReadingLedger("records.show")
    actor = replace(world.actor(user), origin=Origin(door="web", ledger=ledger, **origin))
    opening.opened(world.platform, world.platform.admit(actor, app.code), record)
    with world.platform.changing(actor):
        pass


def _waiting(world: World, app: App, record: int, user: str = "mori") -> Waiting | None:
    access = world.entering(user, app)
    state = opening.opened(world.platform, access, record).state
    found = readership.of_record(world.platform, access, state)
    return urgency.waiting(world.platform, access, state, found)


def test_an_urgent_record_waits_for_everybody_who_sees_it_but_its_writer(world: World) -> None:
    app = _app(world)
    record = _new(world, app)
    for user in ("takahashi", "suzuki", "sato"):
        assert _urgent(world, app, user) == [record]
    for user in ("mori", "abe", "ito"):
        assert _urgent(world, app, user) == []


def test_a_record_that_is_not_urgent_waits_for_nobody_until_it_is(world: World) -> None:
    app = _app(world)
    record = _new(world, app, importance="通常")
    assert _urgent(world, app) == []
    _change(world, app, record, importance="緊急")
    assert _urgent(world, app) == [record]


def test_opening_the_record_by_any_way_ends_it_and_other_changes_do_not_renew_it(
    world: World,
) -> None:
    app = _app(world)
    record = _new(world, app)
    _open(world, app, record)
    assert _urgent(world, app) == []
    assert _urgent(world, app, "suzuki") == [record]
    _change(world, app, record, a="続き")
    assert _urgent(world, app) == []
    _change(world, app, record, importance="通常")
    _change(world, app, record, importance="緊急")
    assert _urgent(world, app) == [record]


def test_looking_with_the_eyes_of_somebody_opens_nothing_for_them(world: World) -> None:
    app = _app(world)
    record = _new(world, app)
    _open(world, app, record, viewed_by="abe")
    assert _urgent(world, app) == [record]


def test_whoever_the_record_is_shared_with_later_is_told_then(world: World) -> None:
    app = _app(world)
    record = _new(world, app, scope=[])
    assert _urgent(world, app) == []
    _change(world, app, record, scope=NURSERY)
    assert _urgent(world, app) == [record]
    _change(world, app, record, scope=[])
    assert _urgent(world, app) == []


def test_only_those_named_are_told(world: World) -> None:
    app = _app(world, {"when": 'importance in ("緊急")', "to": ["group:caseworkers"]})
    record = _new(world, app)
    assert _urgent(world, app, "sato") == [record]
    assert _urgent(world, app) == []


def test_what_is_urgent_by_a_hidden_field_is_urgent_to_who_may_know_it_alone(world: World) -> None:
    app = _app(world, {"when": 'grade in ("A")'})
    record = _new(world, app, importance="通常", grade="A")
    assert _urgent(world, app, "sato") == [record]
    assert _urgent(world, app) == []
    assert _waiting(world, app, record, "takahashi") is None
    assert _waiting(world, app, record) == Waiting(frozenset({"sato"}), frozenset({"sato"}))


def test_a_field_that_is_hidden_later_takes_the_notice_along(world: World) -> None:
    app = _app(world)
    record = _new(world, app)
    assert _urgent(world, app) == [record]
    closed = {
        **RULES,
        "field": [
            {"fields": ["importance"], "who": ["agency:CARE/*"], "allow": "edit"},
            {"fields": ["importance"], "who": ["everyone"], "allow": "none"},
        ],
    }
    world.publish(
        FIELDS,
        closed,
        code=app.code,
        recordTitle=["a"],
        notify={"urgent": {"when": 'importance in ("緊急")'}},
    )
    assert _urgent(world, app) == []
    found, _ = inbox.page(world.platform, world.actor("takahashi"), "all")
    assert all(one.access.app.code != app.code for one in found)
    assert _urgent(world, app, "sato") == [record]


def test_a_hidden_change_makes_no_sound(world: World) -> None:
    app = _app(world)
    record = _new(world, app)
    _open(world, app, record)
    _change(world, app, record, grade="A")
    assert _urgent(world, app) == []


def test_who_has_not_opened_is_told_to_who_may_know_with_whom_it_is_shared(world: World) -> None:
    app = _app(world)
    record = _new(world, app)
    everybody = frozenset({"takahashi", "suzuki", "sato"})
    assert _waiting(world, app, record) == Waiting(everybody, everybody)
    _open(world, app, record)
    assert _waiting(world, app, record) == Waiting(everybody, everybody - {"takahashi"})
    # Whoever asks has it before their eyes.
    found = _waiting(world, app, record, "suzuki")
    assert found is not None
    assert "suzuki" not in found.unopened
    _change(world, app, record, importance="通常")
    assert _waiting(world, app, record) is None


def test_who_does_not_read_any_more_is_waited_for_no_more(world: World) -> None:
    app = _app(world)
    record = _new(world, app)
    _change(world, app, record, scope=[])
    assert _waiting(world, app, record) == Waiting(frozenset({"sato"}), frozenset({"sato"}))


def test_readers_who_may_not_know_the_scope_are_told_nothing(world: World) -> None:
    rules = {
        **RULES,
        "field": [
            {"fields": ["scope"], "who": ["agency:CARE/*"], "allow": "edit"},
            {"fields": ["scope"], "who": ["everyone"], "allow": "none"},
        ],
    }
    urgent = {"when": 'importance in ("緊急")'}
    app = world.publish(FIELDS, rules, recordTitle=["a"], notify={"urgent": urgent})
    record = _new(world, app)
    assert _waiting(world, app, record, "takahashi") is None
    assert _waiting(world, app, record) is not None


def _say(world: World, app: App, record: int, by: str = "takahashi", **more: Any) -> int:
    draft = Draft(body="すぐ電話をください", **more)
    said = threads.comment(world.platform, world.entering(by, app), record, draft)
    noticing.run(world.platform)
    return said


def test_an_urgent_comment_waits_for_every_reader_until_it_is_taken_back(world: World) -> None:
    app = _app(world)
    record = _new(world, app, importance="通常")
    _say(world, app, record)
    assert _urgent(world, app, "mori") == []
    said = _say(world, app, record, urgent=True)
    for user in ("mori", "sato", "suzuki"):
        assert _urgent(world, app, user) == [record]
    assert _urgent(world, app) == []
    found = _waiting(world, app, record, "takahashi")
    readers = frozenset({"mori", "sato", "suzuki"})
    assert found == Waiting(readers, readers)
    threads.withdraw(world.platform, world.entering("takahashi", app), record, said)
    assert _urgent(world, app, "mori") == []
    assert _waiting(world, app, record, "takahashi") is None


def test_an_urgent_comment_that_was_taken_back_first_is_told_to_nobody(world: World) -> None:
    app = _app(world)
    record = _new(world, app, importance="通常")
    entering = world.entering("takahashi", app)
    draft = Draft(body="すぐ電話をください", urgent=True)
    said = threads.comment(world.platform, entering, record, draft)
    threads.withdraw(world.platform, entering, record, said)
    noticing.run(world.platform)
    assert _urgent(world, app, "mori") == []


def test_who_may_not_comment_shouts_nothing(world: World) -> None:
    app = _app(world)
    record = _new(world, app, scope=["HEALTH"])
    rules = {**RULES, "record": [{"who": ["everyone"], "allow": ["view"]}]}
    later = world.publish(FIELDS, rules, code=app.code, recordTitle=["a"])
    with pytest.raises(Denied):
        _say(world, later, record, by="suzuki", urgent=True)


def test_a_deleted_record_waits_for_nobody(world: World) -> None:
    app = _app(world)
    record = _new(world, app)
    mori = world.entering("mori", app)
    records.delete(world.platform, mori, record, reason="誤って作成", revision=None)
    noticing.run(world.platform)
    assert _urgent(world, app) == []
    records.restore(world.platform, world.entering("mori", app), record)
    noticing.run(world.platform)
    assert _urgent(world, app) == [record]


def test_restoring_renews_nothing_that_was_opened(world: World) -> None:
    app = _app(world)
    record = _new(world, app)
    _open(world, app, record)
    mori = world.entering("mori", app)
    records.delete(world.platform, mori, record, reason="誤って作成", revision=None)
    records.restore(world.platform, world.entering("mori", app), record)
    noticing.run(world.platform)
    assert _urgent(world, app) == []


def test_what_is_urgent_is_neither_read_with_the_rest_nor_put_aside(world: World) -> None:
    app = _app(world)
    record = _new(world, app)
    nursery = world.actor("takahashi")
    ((_, one),) = [
        found for found in inbox.urgent(world.platform, nursery) if found[1].record == record
    ]
    inbox.read_all(world.platform, nursery, one.id)
    assert _urgent(world, app) == [record]
    inbox.put_aside(world.platform, nursery, one.id)
    found, _ = inbox.page(world.platform, nursery, "later")
    assert one.id not in {other.notice.id for other in found}
    inbox.open_one(world.platform, nursery, one.id)
    inbox.put_aside(world.platform, nursery, one.id)
    assert _urgent(world, app) == []


def test_an_old_urgent_record_is_not_told_of_because_something_hidden_changed(
    world: World,
) -> None:
    rules = {
        **RULES,
        "record": [
            {"who": ["field:scope", "agency:CARE"], "allow": ["view", "edit", "comment"]},
            {"who": ["agency:HEALTH"], "where": 'grade in ("A")', "allow": ["view"]},
        ],
    }
    urgent = {"when": 'importance in ("緊急")'}
    app = world.publish(FIELDS, rules, recordTitle=["a"], notify={"urgent": urgent})
    (record,) = world.put(app, {"a": "古い記録", "importance": "緊急", "scope": NURSERY})
    _change(world, app, record, grade="A")
    assert _urgent(world, app) == []
    _change(world, app, record, importance="通常")
    _change(world, app, record, importance="緊急")
    assert _urgent(world, app) == [record]


def test_names_are_told_to_nobody_from_whom_what_decides_them_is_hidden(world: World) -> None:
    fields = {**FIELDS, "team": {"kind": "users", "maxItems": 5}}
    rules = {
        **RULES,
        "field": [
            {"fields": ["grade", "team"], "who": ["agency:CARE/*"], "allow": "edit"},
            {"fields": ["grade", "team"], "who": ["everyone"], "allow": "none"},
        ],
    }
    urgent = {"when": 'importance in ("緊急")', "to": ["field:team"]}
    app = world.publish(fields, rules, recordTitle=["a"], notify={"urgent": urgent})
    record = _new(world, app, team=["sato"])
    assert _waiting(world, app, record) == Waiting(frozenset({"sato"}), frozenset({"sato"}))
    nobody: frozenset[str] = frozenset()
    assert _waiting(world, app, record, "takahashi") == Waiting(nobody, nobody, sure=False)
