"""Mails: one for each notice whose recipient wants it, with a link and nothing else in it."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from support.sink import TAKEN, Sink
from tsuzuri.services import inbox, mailing, noticing, records
from tsuzuri.storage import mails, people
from worlds.mailed import sink, town
from worlds.postman import (
    ADDRESS,
    TITLE,
    kept,
    say,
    sender,
    shared,
    wish,
)
from worlds.town import World

__all__ = ["sink", "town"]


def _later(world: World, **time: float) -> None:
    world.clock.now += timedelta(**time)


def _change_user(world: World, user: str, **values: Any) -> None:
    with world.platform.database.platform(writing=True) as connection:
        known = people.accounts(connection)[user]
        people.put_accounts(connection, [replace(known, **values)])


# ---------------------------------------------------------------- what a mail says


def test_a_mail_holds_a_link_and_nothing_of_the_record(town: World, sink: Sink) -> None:
    app, record = shared(town)
    say(town, app, record, text="転んだそうです")
    assert mailing.run(town.platform) == 1
    found = inbox.page(town.platform, town.actor("mori"), "unread")[0][0].notice
    letter = sink.letters[0]
    body = letter.get_content()
    assert letter["Subject"] == "綴に新しいお知らせがあります"
    assert re.findall(r"https?://\S+", body) == [f"{ADDRESS}/notices/{found.id}"]
    assert sink.recipients == ["mori@people.test"]
    whole = f"{letter} {body} {sink.raw[0]!r}"
    for secret in (TITLE, "転んだ", "髙橋", "takahashi", "森", app.code, str(record)):
        assert secret not in whole
    assert not re.search(r"\d+件", body)
    assert letter["Auto-Submitted"] == "auto-generated"


def test_a_mail_reads_in_the_recipients_language(town: World, sink: Sink) -> None:
    app, record = shared(town)
    _change_user(town, "mori", language="en")
    say(town, app, record)
    mailing.run(town.platform)
    _change_user(town, "mori", language="ja")
    assert sink.letters[0]["Subject"] == "Tsuzuri has something new for you"
    assert sink.letters[0].get_content().isascii()


@pytest.mark.parametrize("address", ["a@b\r\nBcc: x@y", "a@b>\r\nRCPT TO:<x@y", "g: a@b;", "á@b"])
def test_an_address_that_is_none_reaches_nobody(town: World, sink: Sink, address: str) -> None:
    app, record = shared(town)
    _change_user(town, "mori", mail=address)
    say(town, app, record)
    assert mailing.run(town.platform) == 0
    assert sink.recipients == []
    assert kept(town) == [("mori", "refused")]


# ---------------------------------------------------------------- who gets one


def test_who_wants_none_or_has_no_address_gets_none(town: World, sink: Sink) -> None:
    app, record = shared(town)
    wish(town, "mori", "none")
    say(town, app, record)
    wish(town, "mori", "at_once")
    _change_user(town, "mori", mail="")
    say(town, app, record)
    assert kept(town) == []


def test_nothing_is_written_where_no_mail_is_sent(town: World) -> None:
    bare = replace(town.platform, config=replace(town.platform.config, smtp=None))
    app, record = shared(town)
    say(replace(town, platform=bare), app, record)
    assert kept(town) == []
    assert mailing.run(bare) == 0


def test_a_mail_is_written_with_its_notice_or_not_at_all(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, record = shared(town)
    inner = mails.add

    def killed(*given: Any) -> None:
        inner(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(mails, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            say(town, app, record)
    assert kept(town) == []
    found, _ = inbox.page(town.platform, town.actor("mori"), "unread")
    assert record not in [one.record.id for one in found]
    noticing.run(town.platform)
    noticing.run(town.platform)
    assert kept(town) == [("mori", "waiting")]


def test_the_gate_is_asked_again_when_a_mail_is_sent(town: World, sink: Sink) -> None:
    app, record = shared(town)
    wish(town, "takahashi", "at_once")
    say(town, app, record)
    say(town, app, record, by="mori")
    assert ("takahashi", "waiting") in kept(town)
    access = town.entering("mori", app)
    records.change(town.platform, access, record, {"scope": []}, revision=None)
    mailing.run(town.platform)
    assert ("takahashi", "dropped") in kept(town)
    assert sink.recipients == ["mori@people.test"]


def test_who_left_or_has_read_it_already_gets_none(town: World, sink: Sink) -> None:
    app, record = shared(town)
    say(town, app, record)
    _change_user(town, "mori", active=False)
    mailing.run(town.platform)
    _change_user(town, "mori", active=True)
    say(town, app, record)
    mori = town.actor("mori")
    inbox.open_one(town.platform, mori, inbox.page(town.platform, mori, "unread")[0][0].notice.id)
    mailing.run(town.platform)
    assert kept(town) == [("mori", "dropped")] * 2
    assert sink.letters == []


# ---------------------------------------------------------------- once


@pytest.mark.parametrize("where", ["claimed", "half", "answered"])
def test_a_killed_sender_leaves_exactly_one_mail(town: World, sink: Sink, where: str) -> None:
    app, record = shared(town)
    say(town, app, record)
    assert sender(town, sink.port, where).wait(60) == -signal.SIGKILL
    assert mailing.run(town.platform) == 0, "it may still be at it"
    _later(town, minutes=30)
    mailing.run(town.platform)
    mailing.run(town.platform)
    assert len(sink.letters) == 1
    assert kept(town) == [("mori", "unknown" if where == "answered" else "sent")]


def test_a_sender_killed_while_the_server_answers_leaves_exactly_one_mail(
    town: World, sink: Sink
) -> None:
    app, record = shared(town)
    say(town, app, record)
    running: list[Any] = []

    def killing() -> str:
        os.kill(running[0].pid, signal.SIGKILL)
        running[0].wait(60)
        return TAKEN

    sink.on_data = killing
    running.append(sender(town, sink.port))
    assert running[0].wait(60) == -signal.SIGKILL
    sink.on_data = lambda: TAKEN
    _later(town, minutes=30)
    assert mailing.run(town.platform) == 0
    assert len(sink.letters) == 1
    assert kept(town) == [("mori", "unknown")]


def test_between_the_note_and_the_final_dot_a_kill_loses_the_mail_and_not_the_notice(
    town: World, sink: Sink
) -> None:
    app, record = shared(town)
    say(town, app, record)
    assert sender(town, sink.port, "noted").wait(60) == -signal.SIGKILL
    _later(town, minutes=30)
    mailing.run(town.platform)
    assert sink.letters == []
    assert kept(town) == [("mori", "unknown")]
    found, _ = inbox.page(town.platform, town.actor("mori"), "unread")
    assert found[0].record.id == record


def test_of_three_senders_at_once_each_mail_is_sent_by_one(town: World, sink: Sink) -> None:
    app, record = shared(town)
    for _ in range(12):
        say(town, app, record)
    running = [sender(town, sink.port) for _ in range(3)]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    identities = [one["Message-ID"] for one in sink.letters]
    assert len(identities) == len(set(identities)) == 12
    assert kept(town) == [("mori", "sent")] * 12


def test_who_comes_back_after_another_took_over_does_not_say_the_end(town: World) -> None:
    app, record = shared(town)
    say(town, app, record)
    at, later = town.platform.stamp(), "2026-12-01T00:00:00Z"
    with town.platform.database.platform(writing=True) as connection:
        slow = mails.claim(connection, "slow", now=at, until=at)
        assert slow is not None
        mails.take_back(connection, at)
        quick = mails.claim(connection, "quick", now=at, until=later)
        assert quick is not None
        assert not mails.end(connection, slow, until=later)
        mails.settle(connection, slow, "sent", at)
        assert mails.end(connection, quick, until=later)
    assert kept(town) == [("mori", "ending")]


def test_one_mail_has_one_message_id_however_often_it_is_sent(town: World, sink: Sink) -> None:
    app, record = shared(town)
    say(town, app, record)
    mailing.run(town.platform)
    with town.platform.database.platform(writing=True) as connection:
        connection.exec_driver_sql("UPDATE mails SET state = 'waiting', due_at = ''")
    mailing.run(town.platform)
    first, second = (one["Message-ID"] for one in sink.letters)
    assert first == second
