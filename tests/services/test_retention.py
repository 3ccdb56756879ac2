"""Retention: due by the app's rule, proposed by one, erased by another, unless it is held."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, Unknown
from tsuzuri.services import attachments, definitions, records, retention, sweeping
from tsuzuri.storage import audit, audit_tables, uploads
from tsuzuri.storage.retention_tables import erasures
from worlds.town import EVERYTHING, World

FIELDS = {
    "name": {"kind": "text"},
    "status": {"kind": "radio", "enum": ["継続", "終結"]},
    "closed_at": {"kind": "date"},
    "papers": {"kind": "attachment"},
}
RULE = {"years": 5, "from": "closed_at", "where": 'status in ("終結")'}
OLD = {"name": "古い", "status": "終結", "closed_at": "2021-11-21"}
READ_ONLY = [
    {"who": ["user:suzuki"], "allow": ["view"]},
    {"who": ["everyone"], "allow": [*EVERYTHING]},
]
MOST_MAY_DELETE = {"app": READ_ONLY}


def kept_five_years(
    world: World,
    *,
    rule: Mapping[str, object] = RULE,
    access: Mapping[str, object] = MOST_MAY_DELETE,
) -> App:
    """Publish an app whose closed records are kept for five years."""
    return world.publish(FIELDS, access, retention=rule)


@contextmanager
def later(world: World, *, days: int) -> Iterator[None]:
    """Let days pass for a while."""
    before = world.clock.now
    world.clock.now += timedelta(days=days)
    try:
        yield
    finally:
        world.clock.now = before


def due(world: World, user: str, app: App) -> list[int]:
    """Return what somebody's review list shows as due."""
    found = retention.review(world.platform, world.entering(user, app))
    return [one.state.id for one in found.records if one.due]


def test_a_record_is_due_the_day_after_its_period_ended(world: World) -> None:
    app = kept_five_years(world)
    # In Tokyo it is the 22nd.
    ids = world.put(
        app,
        OLD,
        {**OLD, "closed_at": "2021-11-22"},
        {**OLD, "status": "継続"},
        {"name": "日付なし", "status": "終結"},
    )
    assert due(world, "mori", app) == ids[:1]


def test_months_count_on_top_of_years_and_updated_may_be_the_start(world: World) -> None:
    app = kept_five_years(world, rule={"years": 1, "months": 6, "from": "$updated"})
    ids = world.put(app, {"$updated": "2025-05-21T14:59:59Z"}, {"$updated": "2025-05-21T15:00:00Z"})
    assert due(world, "mori", app) == ids[:1]


def test_who_may_not_delete_has_no_review_list(world: World) -> None:
    app = kept_five_years(world)
    world.put(app, OLD)
    with pytest.raises(Unknown):
        due(world, "suzuki", app)


def test_who_may_not_know_the_date_has_no_review_list(world: World) -> None:
    fields = [{"fields": ["closed_at"], "who": ["user:mori"], "allow": "edit"}]
    hidden = {
        "app": READ_ONLY,
        "field": [*fields, {**fields[0], "who": ["everyone"], "allow": "none"}],
    }
    app = kept_five_years(world, access=hidden)
    ids = world.put(app, OLD)
    assert due(world, "mori", app) == ids
    assert not retention.reviews(world.entering("sato", app))
    with pytest.raises(Unknown):
        due(world, "sato", app)


def test_a_date_that_is_open_on_some_records_makes_only_those_due(world: World) -> None:
    rule = {"fields": ["closed_at"], "who": ["everyone"]}
    some = [
        {**rule, "who": ["user:mori"], "allow": "edit"},
        {**rule, "where": 'name in ("公開")', "allow": "view"},
    ]
    app = kept_five_years(world, access={"app": READ_ONLY, "field": some})
    ids = world.put(app, {**OLD, "name": "公開"}, {**OLD, "name": "非公開"})
    assert due(world, "mori", app) == ids
    assert due(world, "sato", app) == ids[:1]
    with pytest.raises(Unknown):
        retention.propose(world.platform, world.entering("sato", app), ids[1:], "満了")


def test_a_record_one_may_not_see_is_in_nobodys_list_but_the_others(world: World) -> None:
    rows = [
        {"where": 'name in ("秘密")', "who": ["user:mori"], "allow": ["view", "delete"]},
        {"where": 'name in ("秘密")', "who": ["everyone"], "allow": []},
        {"who": ["everyone"], "allow": ["view", "delete"]},
    ]
    app = kept_five_years(world, access={"app": READ_ONLY, "record": rows})
    ids = world.put(app, OLD, {**OLD, "name": "秘密"})
    assert due(world, "mori", app) == ids
    assert due(world, "sato", app) == ids[:1]
    with pytest.raises(Unknown):
        retention.propose(world.platform, world.entering("sato", app), ids, "満了")


def test_deleted_records_are_due_by_their_rule_or_the_period_after_their_deletion(
    world: World,
) -> None:
    app = kept_five_years(world)
    by_rule, by_deletion = world.put(app, OLD, {"name": "誤って作成", "status": "継続"})
    access = world.entering("mori", app)
    for one in (by_rule, by_deletion):
        records.delete(world.platform, access, one, reason="誤り", revision=None)
    assert due(world, "mori", app) == [by_rule]
    with later(world, days=5 * 366):
        assert due(world, "mori", app) == [by_rule, by_deletion]


def proposed(world: World, app: App, ids: list[int]) -> tuple[Access, Access]:
    """Let one person propose; return both people's access."""
    first, second = world.entering("mori", app), world.entering("sato", app)
    retention.propose(world.platform, first, ids, "保存期間の満了")
    return first, second


def test_one_proposes_and_another_erases(world: World) -> None:
    app = kept_five_years(world)
    ids = world.put(app, OLD, OLD)
    first, second = proposed(world, app, ids)
    with pytest.raises(Invalid, match="1か所"):
        retention.approve(world.platform, first, ids)
    retention.approve(world.platform, second, ids)
    assert due(world, "mori", app) == []
    with world.platform.database.platform() as connection:
        rows = connection.execute(select(erasures).where(erasures.c.app == app.number)).all()
        assert {(row.record, row.by, row.approved_by, row.reason) for row in rows} == {
            (one, "mori", "sato", "") for one in ids
        }
        entries = audit_tables.entries
        told = connection.execute(select(entries).where(entries.c.app == app.code)).all()
    assert [row.action for row in told if row.record == ids[0]] == [
        "erasure.propose",
        "erasure.approve",
    ]


def test_only_due_records_are_proposed_and_only_proposed_ones_erased(world: World) -> None:
    app = kept_five_years(world)
    old, young = world.put(app, OLD, {**OLD, "closed_at": "2026-01-01"})
    access = world.entering("mori", app)
    for ids in ([young], [old, young], [old, 99]):
        with pytest.raises(Unknown):
            retention.propose(world.platform, access, ids, "満了")
    with pytest.raises(Unknown):
        retention.approve(world.platform, access, [old])
    for ids, reason in (([old], " "), ([], "満了"), ([old], "あ" * 1001)):
        with pytest.raises(Invalid):
            retention.propose(world.platform, access, ids, reason)


def test_a_record_that_was_reopened_is_not_erased(world: World) -> None:
    app = kept_five_years(world)
    ids = world.put(app, OLD)
    first, second = proposed(world, app, ids)
    records.change(world.platform, first, ids[0], {"status": "継続"}, revision=None)
    with pytest.raises(Invalid):
        retention.approve(world.platform, second, ids)
    assert world.seen("mori", app) == ids


def test_a_withdrawn_proposal_cannot_be_approved(world: World) -> None:
    app = kept_five_years(world)
    ids = world.put(app, OLD)
    _, second = proposed(world, app, ids)
    retention.withdraw(world.platform, second, ids)
    with pytest.raises(Unknown):
        retention.approve(world.platform, second, ids)
    with pytest.raises(Unknown):
        retention.withdraw(world.platform, second, ids)


def test_a_held_record_is_neither_deleted_nor_proposed_nor_erased(world: World) -> None:
    app = kept_five_years(world)
    ids = world.put(app, OLD)
    first, second = proposed(world, app, ids)
    retention.place_hold(world.platform, second, ids[0], "裁判所からの照会")
    with pytest.raises(Invalid):
        retention.approve(world.platform, second, ids)
    with pytest.raises(Invalid):
        retention.propose(world.platform, first, ids, "満了")
    with pytest.raises(Invalid):
        records.delete(world.platform, first, ids[0], reason="誤り", revision=None)
    hold = retention.hold_of(world.platform, first, ids[0])
    assert hold is not None
    assert (hold.reason, hold.by) == ("裁判所からの照会", "sato")
    assert retention.hold_of(world.platform, world.entering("suzuki", app), ids[0]) is None
    retention.lift_hold(world.platform, first, ids[0], "照会の終了")
    retention.approve(world.platform, second, ids)
    assert world.seen("mori", app) == []


def test_only_who_may_delete_a_record_holds_it(world: World) -> None:
    app = kept_five_years(world)
    ids = world.put(app, OLD)
    with pytest.raises(Denied):
        retention.place_hold(world.platform, world.entering("suzuki", app), ids[0], "理由")
    access = world.entering("mori", app)
    with pytest.raises(Unknown):
        retention.place_hold(world.platform, access, ids[0] + 1, "理由")
    with pytest.raises(Unknown):
        retention.lift_hold(world.platform, access, ids[0], "理由")


def test_erasure_takes_the_files_that_nothing_else_names(world: World) -> None:
    app, platform = kept_five_years(world), world.platform
    access = world.entering("mori", app)
    own, both = (
        attachments.receive(platform, access.actor, f"{name}.txt", BytesIO(name.encode()))
        for name in (f"own {app.code}", f"both {app.code}")
    )
    first = records.create(platform, access, {**OLD, "papers": [own, both]})
    records.create(platform, access, {"name": "ほか", "papers": [both]})
    for file in (own, both):
        os.utime(platform.files.path(file["key"]), (0, 0))
    _, second = proposed(world, app, [first.id])
    with later(world, days=2):
        retention.approve(platform, second, [first.id])
    with pytest.raises(Unknown):
        platform.files.path(own["key"])
    assert platform.files.path(both["key"]).is_file()
    assert uploads.of(platform.database, "mori", [own["key"]]) == {}


def test_a_file_left_by_a_stop_after_the_commit_is_swept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, platform = kept_five_years(world), world.platform
    access = world.entering("mori", app)
    file = attachments.receive(platform, access.actor, "a.txt", BytesIO(app.code.encode()))
    made = records.create(platform, access, {**OLD, "papers": [file]})
    _, second = proposed(world, app, [made.id])
    with monkeypatch.context() as stopped:
        stopped.setattr(sweeping, "remove_left_files", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            retention.approve(platform, second, [made.id])
    path = platform.files.path(file["key"])
    os.utime(path, (0, 0))
    with later(world, days=2):
        assert sweeping.sweep(platform).missing == ()
    assert not path.exists()


def test_no_file_is_removed_while_a_backup_is_made(world: World) -> None:
    app, platform = kept_five_years(world), world.platform
    access = world.entering("mori", app)
    file = attachments.receive(platform, access.actor, "a.txt", BytesIO(app.code.encode()))
    made = records.create(platform, access, {**OLD, "papers": [file]})
    path = platform.files.path(file["key"])
    os.utime(path, (0, 0))
    _, second = proposed(world, app, [made.id])
    with later(world, days=2):
        with sweeping.running(platform).holding(sweeping.BACKUP):
            retention.approve(platform, second, [made.id])
            sweeping.sweep(platform)
            assert path.exists()
        assert sweeping.remove_left_files(platform) == 1
    assert not path.exists()


def test_the_sweep_removes_old_strays_keeps_what_is_named_and_tells_what_lacks(
    world: World,
) -> None:
    app, platform = kept_five_years(world), world.platform
    access = world.entering("mori", app)
    sent = [
        attachments.receive(platform, access.actor, f"{n}.txt", BytesIO(f"{app.code} {n}".encode()))
        for n in range(4)
    ]
    named, past, stray, lost = (platform.files.path(one["key"]) for one in sent)
    made = records.create(platform, access, {"papers": [sent[0], sent[1], sent[3]]})
    records.change(platform, access, made.id, {"papers": [sent[0], sent[3]]}, revision=None)
    with later(world, days=2):
        assert sweeping.sweep(platform) == sweeping.Swept(removed=0, missing=())
    for path in (named, past, stray):
        os.utime(path, (0, 0))
    lost.unlink()
    with later(world, days=2):
        swept = sweeping.sweep(platform)
    assert (swept.removed, swept.missing) == (1, (sent[3]["key"],))
    assert [path.exists() for path in (named, past, stray)] == [True, True, False]
    # Of what follows in this town's other tests nothing is to be missing.
    platform.files.put(BytesIO(f"{app.code} 3".encode()), 100)


def test_the_chain_holds_after_reasons_are_erased(world: World) -> None:
    app = kept_five_years(world)
    ids = world.put(app, OLD, OLD)
    access = world.entering("mori", app)
    for one, reason in zip(ids, ("二つとない理由", "よくある理由"), strict=True):
        records.delete(world.platform, access, one, reason=reason, revision=None)
    kept = world.put(app, {"name": "残る"})[0]
    records.delete(world.platform, access, kept, reason="よくある理由", revision=None)
    _, second = proposed(world, app, ids)
    retention.approve(world.platform, second, ids)
    with world.platform.database.platform() as connection:
        texts = set(connection.execute(select(audit_tables.values.c.value)).scalars())
        assert audit.first_bad(connection, world.platform.config.key("audit")) is None
    assert "よくある理由" in texts
    assert texts.isdisjoint({"二つとない理由"})


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"from": "closed_at"}, "/retention/years"),
        ({"years": 5}, "/retention/from"),
        ({"years": 0, "from": "closed_at"}, "/retention/years"),
        ({"months": 1.5, "from": "closed_at"}, "/retention/months"),
        ({"years": 5, "from": "closed_at", "who": "me"}, "/retention"),
        ({"years": 5, "from": "nothing"}, "/retention/from"),
        ({"years": 5, "from": "name"}, "/retention/from"),
        ({"years": 5, "from": 'status = "終結" or closed_at'}, "/retention/from"),
        ({"years": 5, "from": "closed_at", "where": "nothing = 1"}, "/retention/where"),
    ],
)
def test_a_wrong_rule_is_told_with_its_place(
    world: World, rule: dict[str, object], pointer: str
) -> None:
    with pytest.raises(Invalid) as told:
        kept_five_years(world, rule=rule)
    assert [one.pointer for one in told.value.problems] == [pointer]
    assert all(str(one.message) for one in told.value.problems)


def test_every_problem_of_a_rule_is_told_at_once() -> None:
    document = {
        "app": "x",
        "name": "x",
        "record": {"type": "object", "properties": {"a": {"kind": "text", "title": "a"}}},
        "retention": {"years": 5, "from": "b", "where": "c = 1"},
    }
    with pytest.raises(Invalid) as told:
        definitions.check_document(document)
    assert [one.pointer for one in told.value.problems] == ["/retention/from", "/retention/where"]
