"""Notices: each deed is told once, to those it concerns and who see it, and to nobody else."""

from __future__ import annotations

import time
from typing import Any

import pytest
from click.testing import CliRunner

from tsuzuri.cli import main
from tsuzuri.definitions.model import App
from tsuzuri.errors import Unknown
from tsuzuri.services import inbox, noticing, records, threads
from tsuzuri.storage import erasure, notices
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.notices import Notice
from worlds.town import ERRAND, EVERYTHING, World

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE"], "allow": ["view", "edit", "comment", "delete"]},
        {"who": ["field:scope"], "allow": ["view", "edit", "comment"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["agency:CARE"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
    ],
}
FIELDS = {"a": {"kind": "text"}, "secret": {"kind": "text"}, "scope": {"kind": "agencies"}}


def _shared(world: World) -> tuple[App, int]:
    """Return a record of mori's under which takahashi of the nursery said something."""
    app = world.publish(FIELDS, RULES, recordTitle=["a"])
    given = {"a": "登園時の様子", "scope": ["NURSERY"]}
    record = records.create(world.platform, world.entering("mori", app), given).id
    threads.comment(world.platform, world.entering("takahashi", app), record, "承知しました")
    noticing.run(world.platform)
    return app, record


def _change(world: World, app: App, record: int, by: str = "mori", **given: Any) -> None:
    records.change(world.platform, world.entering(by, app), record, given, revision=None)


def _told(world: World, user: str, app: App, box: str = "unread") -> list[tuple[str, int, str]]:
    found, _ = inbox.page(world.platform, world.actor(user), box)
    return [
        (one.notice.kind, one.record.id, one.notice.by)
        for one in found
        if one.access.app.code == app.code
    ]


def test_a_comment_is_told_to_the_writer_and_not_to_who_said_it(world: World) -> None:
    app, record = _shared(world)
    assert _told(world, "mori", app) == [("comment", record, "takahashi")]
    assert _told(world, "takahashi", app) == []


def test_a_change_is_told_to_who_commented(world: World) -> None:
    app, record = _shared(world)
    _change(world, app, record, a="変わった")
    noticing.run(world.platform)
    assert _told(world, "takahashi", app) == [("change", record, "mori")]


def test_a_hidden_change_is_told_to_nobody_even_right_after_an_open_one(world: World) -> None:
    app, record = _shared(world)
    _change(world, app, record, secret="ないしょ")
    noticing.run(world.platform)
    assert _told(world, "takahashi", app) == []
    _change(world, app, record, a="変わった")
    _change(world, app, record, secret="もっとないしょ")
    noticing.run(world.platform)
    assert _told(world, "takahashi", app) == [("change", record, "mori")]


def test_what_is_done_to_an_unseen_record_is_told_to_nobody(world: World) -> None:
    app, record = _shared(world)
    _change(world, app, record, scope=[])
    noticing.run(world.platform)
    threads.comment(world.platform, world.entering("mori", app), record, "内部の話")
    noticing.run(world.platform)
    _change(world, app, record, scope=["NURSERY"])
    assert all(kind != "comment" for kind, *_ in _told(world, "takahashi", app))


def test_a_notice_about_a_record_that_is_gone_is_not_there_and_not_counted(world: World) -> None:
    app, record = _shared(world)
    _change(world, app, record, a="変わった")
    noticing.run(world.platform)
    nursery = world.actor("takahashi")
    before = inbox.unread(world.platform, nursery)
    found, _ = inbox.page(world.platform, nursery, "unread")
    _change(world, app, record, scope=[])
    assert inbox.unread(world.platform, nursery) == before - 1
    assert _told(world, "takahashi", app) == []
    for verb in (inbox.open_one, inbox.put_aside):
        with pytest.raises(Unknown):
            verb(world.platform, nursery, found[0].notice.id)


def test_nobody_opens_the_notices_of_others(world: World) -> None:
    app, _ = _shared(world)
    found, _ = inbox.page(world.platform, world.actor("mori"), "unread")
    assert found[0].access.app.code == app.code
    with pytest.raises(Unknown):
        inbox.open_one(world.platform, world.actor("sato"), found[0].notice.id)


def test_opening_reads_and_putting_aside_keeps(world: World) -> None:
    app, record = _shared(world)
    mori = world.actor("mori")
    found, _ = inbox.page(world.platform, mori, "unread")
    number = found[0].notice.id
    assert inbox.open_one(world.platform, mori, number) == (app.code, record)
    assert _told(world, "mori", app) == []
    assert len(_told(world, "mori", app, "all")) == 1
    inbox.put_aside(world.platform, mori, number)
    inbox.read_all(world.platform, mori, number)
    assert len(_told(world, "mori", app, "later")) == 1
    assert len(_told(world, "mori", app)) == 1


def test_a_kill_before_moving_on_loses_nothing_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, record = _shared(world)
    threads.comment(world.platform, world.entering("takahashi", app), record, "もう一つ")
    kept = notices.add

    def killed(*given: Any) -> None:
        kept(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(notices, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            noticing.run(world.platform)
    assert len(_told(world, "mori", app)) == 1
    noticing.run(world.platform)
    noticing.run(world.platform)
    assert len(_told(world, "mori", app)) == 2


def test_who_comes_second_writes_nothing(world: World) -> None:
    with world.platform.database.platform(writing=True) as connection:
        seq = notices.dealt_with(connection, noticing.NAME)
        assert not notices.move(connection, noticing.NAME, was=seq - 1, to=seq + 1)
        assert notices.dealt_with(connection, noticing.NAME) == seq


def test_ten_thousand_unread_notices_page_quickly(world: World) -> None:
    app, record = _shared(world)
    made = [
        Notice(
            id=new_ids.new(),
            user="suzuki",
            app=app.number,
            record=record,
            kind="comment",
            about=number,
            by="mori",
            at="2026-11-21T15:30:00Z",
        )
        for number in range(1, 10_001)
    ]
    with world.platform.database.platform(writing=True) as connection:
        notices.add(connection, made)
    suzuki = world.actor("suzuki")
    started = time.perf_counter()
    found, more = inbox.page(world.platform, suzuki, "unread", made[5_000].id)
    assert inbox.unread(world.platform, suzuki) == inbox.MOST
    assert time.perf_counter() - started < 0.5
    assert [one.notice.about for one in found] == list(range(5_000, 5_000 - inbox.SIZE, -1))
    assert more == found[-1].notice.id


def test_the_command_tells_what_was_done_meanwhile(world: World) -> None:
    app, record = _shared(world)
    threads.comment(world.platform, world.entering("takahashi", app), record, "もう一つ")
    assert len(_told(world, "mori", app)) == 1
    env = {
        "TSUZURI_DATABASE": world.platform.database.url.render_as_string(hide_password=False),
        "TSUZURI_FILES": str(world.platform.config.files),
        "TSUZURI_SECRET_KEY": "-",
    }
    answer = CliRunner(env=env).invoke(main, ["notices", "run"])
    assert answer.exit_code == 0, answer.output
    assert len(_told(world, "mori", app)) == 2


def test_an_erased_record_leaves_no_notice(world: World) -> None:
    app, record = _shared(world)
    mori = world.actor("mori").user
    with world.platform.database.write(ERRAND) as connection:
        erasure.erase(connection, app, [record])
    with world.platform.database.platform() as connection:
        found = notices.of(connection, mori, "all", before=0, limit=1000)
    assert record not in {one.record for one in found}
