"""What cannot be told of holds nothing up, is tried again, and old notices leave."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from tsuzuri.cli import main
from tsuzuri.definitions.model import App
from tsuzuri.services import inbox, noticing, records, reminding, threads, urgency
from tsuzuri.storage import notices
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.notices import Notice
from worlds.town import EVERYTHING, NOW, World

RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [{"who": ["agency:CARE", "field:scope"], "allow": ["view", "edit", "comment"]}],
}
FIELDS = {"a": {"kind": "text"}, "day": {"kind": "date"}, "scope": {"kind": "agencies"}}


@pytest.fixture
def town(world: World) -> Iterator[World]:
    noticing.run_all(world.platform)
    yield world
    world.clock.now = NOW + timedelta(days=1)
    noticing.run_all(world.platform)
    world.clock.now = NOW
    noticing.run_all(world.platform)
    assert noticing.state(world.platform).aside == []


def _shared(world: World, **more: Any) -> tuple[App, int]:
    app = world.publish(FIELDS, RULES, recordTitle=["a"], **more)
    given = {"a": "登園", "scope": ["NURSERY"]}
    return app, records.create(world.platform, world.entering("mori", app), given).id


def _say(world: World, app: App, record: int, words: str) -> int:
    return threads.comment(world.platform, world.entering("takahashi", app), record, words)


def _told(world: World, app: App, user: str = "mori") -> list[int]:
    found, _ = inbox.page(world.platform, world.actor(user), "all")
    return [one.notice.about for one in found if one.access.app.code == app.code]


def _failing(patched: pytest.MonkeyPatch, *comments: int) -> None:
    """Let whatever is told of some comments fail."""
    kept = urgency.told

    def told(platform: Any, addressees: Any, app: Any, deed: Any) -> Any:
        if deed.comment in comments:
            raise ValueError("秘密のことば")
        return kept(platform, addressees, app, deed)

    patched.setattr(urgency, "told", told)


def test_what_fails_is_set_aside_and_told_once_when_it_does_not_fail_any_more(
    town: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app, record = _shared(town)
    first = _say(town, app, record, "一")
    second = _say(town, app, record, "二")
    with monkeypatch.context() as patched:
        _failing(patched, first)
        noticing.run(town.platform)
        assert _told(town, app) == [second]
        (one,) = noticing.state(town.platform).aside
        assert (one.tries, one.error) == (1, "ValueError")
        town.clock.now += timedelta(seconds=30)
        noticing.run(town.platform)
        assert noticing.state(town.platform).aside == [one]
        town.clock.now += timedelta(seconds=31)
        noticing.run(town.platform)
        (again,) = noticing.state(town.platform).aside
        assert (again.seq, again.tries) == (one.seq, 2)
        assert again.again_at - one.again_at > noticing.FIRST_AGAIN
        assert "秘密" not in caplog.text
    town.clock.now += timedelta(hours=7)
    for _ in range(2):
        noticing.run(town.platform)
        assert sorted(_told(town, app)) == [first, second]
    assert noticing.state(town.platform).aside == []


def test_what_fails_while_it_is_not_there_any_more_is_given_up(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, record = _shared(town)
    said = _say(town, app, record, "一")
    with monkeypatch.context() as patched:
        _failing(patched, said)
        noticing.run(town.platform)
    access = town.entering("mori", app)
    records.change(town.platform, access, record, {"scope": []}, revision=None)
    town.clock.now += timedelta(hours=7)
    noticing.run(town.platform)
    assert noticing.state(town.platform).aside == []


def test_the_command_lists_what_is_set_aside(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app, record = _shared(town)
    env = {
        "TSUZURI_DATABASE": town.platform.database.url.render_as_string(hide_password=False),
        "TSUZURI_FILES": str(town.platform.config.files),
        "TSUZURI_SECRET_KEY": "-",
    }
    noticing.run(town.platform)
    said = _say(town, app, record, "一")
    answer = CliRunner(env=env).invoke(main, ["notices", "state"])
    assert answer.exit_code == 0, answer.output
    assert ", 1 waiting" in answer.output
    with monkeypatch.context() as patched:
        _failing(patched, said)
        noticing.run(town.platform)
    answer = CliRunner(env=env).invoke(main, ["notices", "state"])
    assert answer.exit_code == 1
    assert "failed 1 times (ValueError), again at 2026-11-22T00:31:00+09:00" in answer.output
    assert ", 0 waiting" in answer.output


def test_a_reminder_that_fails_is_tried_again_and_the_others_do_not_wait(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = {"field": "day", "days": 0, "at": "09:00", "to": ["field:scope"], "title": "今日です"}
    given = [{**common, "code": "first"}, {**common, "code": "second"}]
    app = town.publish(FIELDS, RULES, recordTitle=["a"], notify={"reminders": given})
    made = {"a": "x", "day": "2026-11-22", "scope": ["NURSERY"]}
    records.create(town.platform, town.entering("mori", app), made)
    town.clock.now = NOW + timedelta(hours=9)
    kept = notices.add

    def broken(connection: Any, found: Any) -> None:
        if any(one.rule == "first" for one in found):
            raise ValueError
        kept(connection, found)

    with monkeypatch.context() as patched:
        patched.setattr(notices, "add", broken)
        reminding.run(town.platform)
        assert len(_told(town, app, "takahashi")) == 1
    for _ in range(2):
        reminding.run(town.platform)
        assert len(_told(town, app, "takahashi")) == 2


def test_old_notices_leave_once_read_but_for_what_was_urgent(town: World) -> None:
    app, record = _shared(town)
    old, young = "2026-08-01T00:00:00Z", "2026-09-15T00:00:00Z"
    wanted = {1: ("comment", old), 2: ("comment", ""), 3: ("urgent", old), 4: ("comment", young)}
    with town.platform.database.platform(writing=True) as connection:
        made = [
            Notice(
                id=new_ids.new(),
                user="ito",
                app=app.number,
                record=record,
                kind=kind,
                about=about,
                by="mori",
                at=old,
            )
            for about, (kind, _) in wanted.items()
        ]
        notices.add(connection, made)
        for one in made:
            read_at = wanted[one.about][1]
            if read_at:
                notices.put_read(connection, "ito", read_at, number=one.id)
    noticing.forget(town.platform)
    with town.platform.database.platform() as connection:
        left = notices.of(connection, "ito", "all", before=0, limit=100)
    assert {one.about for one in left if one.record == record} == {2, 3, 4}


def test_the_thread_outlives_a_failure_and_ends_when_it_is_told_to(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, record = _shared(town)
    noticing.run(town.platform)
    failed = threading.Event()

    def broken(*_: object, **__: object) -> None:
        failed.set()
        raise ValueError

    noticer = noticing.Noticer(town.platform)
    with monkeypatch.context() as patched:
        patched.setattr(notices, "move", broken)
        noticer.start()
        said = _say(town, app, record, "一")
        assert failed.wait(20)
    until = time.monotonic() + 20
    while _told(town, app) != [said] and time.monotonic() < until:
        time.sleep(0.05)
    noticer.stop(wait=5)
    assert _told(town, app) == [said]
    assert not any(one.name == "noticer" for one in threading.enumerate())
