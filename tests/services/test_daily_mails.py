"""Daily mails, quiet hours, what is removed, and the commands."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

from click.testing import CliRunner

from support.server import PATIENCE, free_port
from support.sink import Sink
from tsuzuri.cli import main
from tsuzuri.services import inbox, mailing, noticing, records
from tsuzuri.storage import mails
from worlds.mailed import sink, town
from worlds.postman import (
    ADDRESS,
    FIELDS,
    RULES,
    kept,
    mailing_world,
    say,
    sender,
    shared,
    smtp_at,
    wish,
)
from worlds.town import NOW, World

__all__ = ["sink", "town"]


def _later(world: World, **time: float) -> None:
    world.clock.now += timedelta(**time)


# ---------------------------------------------------------------- daily, and quiet hours


def _morning(world: World, day: int) -> None:
    world.clock.now = NOW.replace(hour=23, minute=5) + timedelta(days=day)


def test_a_daily_mail_says_how_many_are_unread_and_comes_once_a_day(
    town: World, sink: Sink
) -> None:
    wish(town, "mori", "daily")
    _morning(town, 0)
    mailing.run(town.platform)
    app, record = shared(town)
    inbox.read_all(town.platform, town.actor("mori"), 2**53 - 1)
    say(town, app, record)
    say(town, app, record)
    mailing.run(town.platform)
    assert sink.letters == [], "today's time is past"
    _morning(town, 1)
    assert mailing.run(town.platform) == 1
    assert mailing.run(town.platform) == 0
    body = sink.letters[0].get_content()
    assert "未読のお知らせが2件" in body
    assert re.findall(r"https?://\S+", body) == [f"{ADDRESS}/notices"]
    _morning(town, 2)
    assert mailing.run(town.platform) == 0, "nothing new came"


def test_three_senders_make_one_daily_mail(town: World, sink: Sink) -> None:
    wish(town, "mori", "daily")
    app, record = shared(town)
    say(town, app, record)
    _morning(town, 5)
    running = [sender(town, sink.port) for _ in range(3)]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    assert len(sink.letters) == 1


def test_a_daily_mail_about_what_is_not_there_any_more_is_not_sent(town: World, sink: Sink) -> None:
    wish(town, "takahashi", "daily")
    app, record = shared(town)
    say(town, app, record)
    say(town, app, record, by="mori")
    access = town.entering("mori", app)
    records.change(town.platform, access, record, {"scope": []}, revision=None)
    _morning(town, 8)
    mailing.run(town.platform)
    assert "takahashi@people.test" not in sink.recipients


def test_a_daily_mail_that_waits_takes_the_next_day_in(town: World, sink: Sink) -> None:
    away = mailing_world(town, smtp_at(free_port()))
    wish(town, "mori", "daily")
    app, record = shared(town)
    for day in (11, 12):
        say(town, app, record)
        _morning(town, day)
        mailing.run(away.platform)
    _later(town, hours=3)
    assert mailing.run(town.platform) == 1


def test_quiet_hours_put_a_mail_off_until_they_end(town: World, sink: Sink) -> None:
    wish(town, "mori", "at_once", (22, 7))
    app, record = shared(town)
    say(town, app, record)
    assert mailing.run(town.platform) == 0
    town.clock.now = NOW.replace(hour=21, minute=59)
    assert mailing.run(town.platform) == 0, "06:59 in Tokyo"
    _later(town, minutes=2)
    assert mailing.run(town.platform) == 1


def test_what_is_urgent_comes_at_once_and_at_any_hour(town: World, sink: Sink) -> None:
    with town.platform.database.platform(writing=True) as connection:
        mails.put_wishes(connection, "takahashi", {"comment": "daily"}, (22, 7))
    told = {"urgent": {"when": 'title in ("転落")'}}
    fields = {**FIELDS, "title": {"kind": "radio", "enum": ["転落", "ほか"]}}
    app = town.publish(fields, RULES, recordTitle=["title"], notify=told)
    given = {"title": "転落", "scope": ["NURSERY"]}
    records.create(town.platform, town.entering("mori", app), given)
    noticing.run(town.platform)
    mailing.run(town.platform)
    assert sorted(sink.recipients) == ["suzuki@people.test", "takahashi@people.test"]
    assert sink.letters[0]["Subject"] == "綴に新しいお知らせがあります"


def test_what_is_over_is_removed_after_a_month(town: World, sink: Sink) -> None:
    app, record = shared(town)
    _morning(town, 40)
    say(town, app, record)
    mailing.run(town.platform)
    assert kept(town) == [("mori", "sent")]
    _morning(town, 69)
    mailing.run(town.platform)
    assert kept(town) == [("mori", "sent")]
    _morning(town, 71)
    mailing.run(town.platform)
    assert kept(town) == []


# ---------------------------------------------------------------- commands


def _command(world: World, *line: str, **settings: str) -> Any:
    env = {
        "TSUZURI_DATABASE": world.platform.database.url.render_as_string(hide_password=False),
        "TSUZURI_FILES": str(world.platform.config.files),
        "TSUZURI_SECRET_KEY": "-",
        **settings,
    }
    return CliRunner(env=env).invoke(main, ["mail", *line])


def test_the_commands_send_and_tell_without_names(town: World, sink: Sink) -> None:
    app, record = shared(town)
    say(town, app, record)
    assert _command(town, "run").exit_code == 2
    settings = {
        "TSUZURI_ADDRESS": ADDRESS,
        "TSUZURI_SMTP_HOST": "127.0.0.1",
        "TSUZURI_SMTP_PORT": str(sink.port),
        "TSUZURI_SMTP_SECURITY": "plain",
        "TSUZURI_SMTP_FROM": "tsuzuri@town.example.jp",
    }
    answer = _command(town, "run", **settings)
    assert (answer.exit_code, answer.output) == (0, "sent 1\n"), answer.output
    told = _command(town, "state").output
    assert re.search(r"^sent +1$", told, re.MULTILINE)
    assert "mori" not in told


def test_a_server_sends_by_itself_what_comes(town: World, sink: Sink) -> None:
    mailer = mailing.Mailer(town.platform)
    mailer.start()
    try:
        app, record = shared(town)
        say(town, app, record)
        deadline = time.monotonic() + PATIENCE
        while not sink.letters:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        mailer.stop(wait=PATIENCE)
    assert kept(town) == [("mori", "sent")]
