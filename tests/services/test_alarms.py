"""What is worth a look raises an alarm, once, and somebody says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tsuzuri.access.actors import Actor, Origin
from tsuzuri.config import AlarmLimits
from tsuzuri.errors import Denied, Invalid, Unknown
from tsuzuri.services import alarms
from tsuzuri.services.ledger import ReadingLedger
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit
from tsuzuri.storage.audit import Entry
from worlds.town import NOW, World, opened

WATCH = Actor(user="watch", audits=True)
LIMITS = AlarmLimits(
    opened_hour=10,
    opened_day=20,
    seen_day=100,
    taken_day=3,
    unmasked_day=3,
    refused_hour=5,
    failures_account=4,
    failures_address=6,
    night=(22, 6),
)


@pytest.fixture
def world(
    fresh_database: Callable[[], AbstractContextManager[str]], tmp_path: Path
) -> Iterator[World]:
    with fresh_database() as url, opened(url, tmp_path) as town:
        town.platform.config = replace(town.platform.config, alarms=LIMITS)
        # Noon in Tokyo.
        town.clock.now = NOW + timedelta(hours=11, minutes=30)
        yield town


def raised(platform: Platform) -> list[tuple[str, str, int]]:
    return [(one.rule, one.subject, one.step) for one in alarms.watch(platform)]


def reads(world: World, user: str, records: range, *, whole: bool = True) -> None:
    """Note that somebody was shown records, each opened or all in a list."""
    ledger = ReadingLedger("records.show" if whole else "lists.index")
    ledger.saw("app", tuple(records), whole=whole)
    with world.platform.changing(replace(world.actor(user), origin=Origin(ledger=ledger))):
        pass


def does(world: World, user: str, action: str, times: int = 1, address: str = "") -> None:
    actor = Actor(user=user, origin=Origin(address=address))
    for _ in range(times):
        with world.platform.changing(actor) as connection:
            audit.note(connection, Entry(action=action))


@contextmanager
def later(world: World, **after: float) -> Iterator[None]:
    before = world.clock.now
    world.clock.now += timedelta(**after)
    yield
    world.clock.now = before


def test_who_opens_many_different_records_in_an_hour_is_told_of_once(world: World) -> None:
    reads(world, "mori", range(1, 10))
    reads(world, "mori", range(1, 10))
    assert raised(world.platform) == []
    reads(world, "mori", range(9, 11))
    assert raised(world.platform) == [("opened_hour", "mori", 0)]
    reads(world, "mori", range(1, 12))
    assert raised(world.platform) == []


def test_twice_as_much_is_an_alarm_of_its_own(world: World) -> None:
    reads(world, "mori", range(1, 12))
    raised(world.platform)
    reads(world, "mori", range(1, 21))
    assert raised(world.platform) == [("opened_hour", "mori", 1), ("opened_day", "mori", 0)]


def test_an_hour_passes_and_what_was_before_counts_no_more(world: World) -> None:
    for hour in range(5):
        world.clock.now += timedelta(minutes=61)
        reads(world, "mori", range(100 * hour + 1, 100 * hour + 5))
    assert raised(world.platform) == [("opened_day", "mori", 0)]


@pytest.mark.parametrize("watched", [1, 7, 100])
def test_it_does_not_matter_how_often_somebody_watches(world: World, watched: int) -> None:
    found = []
    for number in range(30):
        world.clock.now += timedelta(minutes=4)
        reads(world, "sato", range(number + 1, number + 2))
        if number % watched == 0:
            found += raised(world.platform)
    found += raised(world.platform)
    assert found == [("opened_hour", "sato", 0), ("opened_day", "sato", 0)]


def test_lists_count_for_what_was_seen_and_not_for_what_was_opened(world: World) -> None:
    reads(world, "ito", range(1, 100), whole=False)
    assert raised(world.platform) == []
    reads(world, "ito", range(50, 150), whole=False)
    assert raised(world.platform) == [("seen_day", "ito", 0)]


def test_what_is_usual_for_somebody_raises_no_alarm(world: World) -> None:
    world.clock.now -= timedelta(days=10)
    for _ in range(7):
        reads(world, "abe", range(1, 16))
        alarms.watch(world.platform)
        world.clock.now += timedelta(days=1)
    world.clock.now += timedelta(days=3)
    # 15 on a usual day: up to 44 in a day, and 14 in an hour, are let by.
    reads(world, "abe", range(1, 15))
    assert raised(world.platform) == []
    world.clock.now += timedelta(minutes=61)
    reads(world, "abe", range(100, 114))
    assert raised(world.platform) == []
    reads(world, "abe", range(114, 132))
    assert ("opened_day", "abe", 0) in raised(world.platform)


def test_failed_logins_are_counted_by_account_and_by_address(world: World) -> None:
    does(world, "mori", "session.refuse", 3, "192.0.2.1")
    assert raised(world.platform) == []
    does(world, "mori", "session.refuse", 1, "192.0.2.2")
    assert raised(world.platform) == [("failures_account", "mori", 0)]
    # Names that no account has are counted by where they come from.
    does(world, "", "session.refuse", 3, "192.0.2.1")
    assert raised(world.platform) == [("failures_address", "192.0.2.1", 0)]


def test_a_passkey_of_which_there_may_be_two_is_told_at_once(world: World) -> None:
    does(world, "mori", "passkey.clone")
    assert raised(world.platform) == [("clones", "mori", 0)]


@pytest.mark.parametrize(
    ("action", "rule", "times"),
    [
        ("record.export", "taken_day", 3),
        ("read.records.printed", "taken_day", 3),
        ("people.export", "taken_day", 3),
        ("record.unmask", "unmasked_day", 3),
        ("refuse", "refused_hour", 5),
    ],
)
def test_what_is_done_often_raises_an_alarm(
    world: World, action: str, rule: str, times: int
) -> None:
    does(world, "sato", action, times - 1)
    assert raised(world.platform) == []
    does(world, "sato", action)
    assert raised(world.platform) == [(rule, "sato", 0)]


def test_reading_at_night_is_told_where_that_was_chosen(world: World) -> None:
    with later(world, hours=9, minutes=50):
        reads(world, "mori", range(1, 2))
    assert raised(world.platform) == []
    with later(world, hours=10, minutes=10):
        reads(world, "mori", range(1, 4))
        reads(world, "mori", range(4, 6))
    assert raised(world.platform) == [("night", "mori", 0)]
    world.platform.config = replace(world.platform.config, alarms=AlarmLimits())
    with later(world, days=1, hours=11):
        reads(world, "mori", range(1, 4))
    assert raised(world.platform) == []


def test_a_rule_set_to_nothing_is_silent(world: World) -> None:
    silent = replace(LIMITS, opened_hour=0, opened_day=0)
    world.platform.config = replace(world.platform.config, alarms=silent)
    reads(world, "mori", range(1, 50))
    assert raised(world.platform) == []


def test_somebody_says_what_came_of_it_and_that_is_in_the_log(world: World) -> None:
    reads(world, "mori", range(1, 12))
    (found,) = alarms.waiting(world.platform, WATCH)
    with pytest.raises(Denied):
        alarms.waiting(world.platform, world.actor("mori"))
    with pytest.raises(Unknown):
        alarms.notice(world.platform, WATCH, 7, "本人に確かめた")
    about_oneself = replace(world.actor("mori"), administers=True)
    for actor, said in ((WATCH, " "), (WATCH, "あ" * 1001), (about_oneself, "問題なし")):
        with pytest.raises(Invalid):
            alarms.notice(world.platform, actor, found.id, said)
    alarms.notice(world.platform, WATCH, found.id, "本人に確かめた")
    with pytest.raises(Invalid, match="1か所"):
        alarms.notice(world.platform, WATCH, found.id, "もう一度")
    assert alarms.waiting(world.platform, WATCH) == []
    (kept,) = alarms.noticed(world.platform, WATCH)
    assert (kept.noticed_by, kept.said) == ("watch", "本人に確かめた")
    with world.platform.database.platform() as connection:
        last = list(audit.chain(connection))[-1][0]
    assert (last.user, last.action) == ("watch", "alarm.notice")
    assert "本人" not in last.detail


def test_settings_are_read_and_odd_ones_refused() -> None:
    limits = AlarmLimits.parse("opened_hour=7, night=22-6")
    assert (limits.opened_hour, limits.opened_day) == (7, AlarmLimits().opened_day)
    assert [hour for hour in range(24) if limits.is_night(hour)] == [*range(6), 22, 23]
    assert not any(map(AlarmLimits().is_night, range(24)))
    for odd in (
        "nothing=1",
        "opened_hour",
        "opened_hour=x",
        "opened_hour=-1",
        "night=22",
        "night=22-24",
        "night=1-2-3",
    ):
        with pytest.raises(ValueError, match=r"TSUZURI_ALARMS|invalid literal"):
            AlarmLimits.parse(odd)
