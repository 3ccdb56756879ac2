"""Guessing gets slow for who guesses, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from tsuzuri.access.actors import Origin
from tsuzuri.errors import TooOften
from tsuzuri.services import people, throttle
from tsuzuri.services.throttle import Attempt
from tsuzuri.storage.account_tables import throttles
from tsuzuri.storage.audit_tables import entries
from worlds.fixtures import world
from worlds.town import NOW, World

__all__ = ["world"]

PASSWORD = "十文字よりも長い合言葉"


@pytest.fixture(autouse=True)
def _fresh(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # A careful hash would take minutes here; what is counted does not depend on its care.
    monkeypatch.setattr(people, "_hasher", PasswordHasher(1, 8, 1))
    people._nobody.cache_clear()
    world.clock.now = NOW
    people.set_password(world.platform, "mori", PASSWORD)
    with world.platform.database.platform(writing=True) as connection:
        connection.execute(throttles.delete())
    yield
    people._nobody.cache_clear()
    world.clock.now = NOW


def attempt(
    world: World, password: str, *, user: str = "mori", address: str = "192.0.2.1", device: str = ""
) -> str:
    """Return what came out: the person, nothing, or too often."""
    tried = Attempt(
        user=user, password=password, origin=Origin(door="web", address=address), device=device
    )
    try:
        found = throttle.sign_in(world.platform, tried)
    except TooOften:
        return "too often"
    return found.user if found else ""


def test_after_five_failures_even_the_right_password_waits_a_minute(world: World) -> None:
    assert [attempt(world, "wrong") for _ in range(7)] == [""] * 5 + ["too often"] * 2
    assert attempt(world, PASSWORD) == "too often"
    world.clock.now = NOW + timedelta(seconds=61)
    assert attempt(world, PASSWORD) == "mori"


def test_the_right_password_costs_nothing(world: World) -> None:
    assert {attempt(world, PASSWORD) for _ in range(12)} == {"mori"}


def test_a_stranger_elsewhere_keeps_nobody_out(world: World) -> None:
    for _ in range(10):
        attempt(world, "wrong", address="198.51.100.7")
    assert attempt(world, PASSWORD) == "mori"


def test_whatever_strangers_try_a_known_browser_gets_in(world: World) -> None:
    device = throttle.mark(world.platform, "mori")
    for place in range(12):
        for _ in range(5):
            attempt(world, "wrong", address=f"198.51.100.{place}")
    assert attempt(world, PASSWORD, address="203.0.113.9") == "too often"
    assert attempt(world, PASSWORD, device=device) == "mori"


def test_a_known_browser_cannot_guess_without_end_either(world: World) -> None:
    device = throttle.mark(world.platform, "mori")
    tries = [attempt(world, "wrong", device=device, address=f"192.0.2.{n}") for n in range(7)]
    assert tries == [""] * 5 + ["too often"] * 2
    # Its person still gets in from another one.
    assert attempt(world, PASSWORD) == "mori"


@pytest.mark.parametrize("device", ["", ".", "x.y", "日本.語", "\x00.\ud800"])
def test_a_mark_that_is_not_ours_counts_for_nothing(world: World, device: str) -> None:
    assert not throttle.is_known(world.platform, "mori", device)
    other = throttle.mark(world.platform, "sato")
    assert not throttle.is_known(world.platform, "mori", other)
    assert throttle.is_known(world.platform, "sato", other)


@pytest.mark.parametrize("user", ["nobody", "", "\x00", "\ud800", "x" * 5000])
def test_an_account_that_is_not_there_is_counted_like_one_that_is(world: World, user: str) -> None:
    there = [attempt(world, "wrong", address="192.0.2.2") for _ in range(7)]
    nowhere = [attempt(world, "wrong", user=user, address="192.0.2.3") for _ in range(7)]
    assert there == nowhere


def test_a_source_is_slowed_whatever_names_it_tries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "OF_SOURCE", (8, 6.0))
    tries = [attempt(world, "wrong", user=f"name{n}") for n in range(10)]
    assert tries == [""] * 8 + ["too often"] * 2


def test_one_customers_ipv6_net_is_one_source(world: World) -> None:
    tries = [attempt(world, "wrong", address=f"2001:db8:1:2::{n}") for n in range(7)]
    assert tries == [""] * 5 + ["too often"] * 2
    assert attempt(world, PASSWORD, address="2001:db8:1:3::1") == "mori"


def test_a_clock_set_back_gives_no_tries_back(world: World) -> None:
    for _ in range(5):
        attempt(world, "wrong")
    world.clock.now = NOW - timedelta(days=1)
    assert attempt(world, PASSWORD) == "too often"


def test_failures_are_in_the_log_without_what_was_typed(world: World) -> None:
    attempt(world, "wrong")
    attempt(world, "wrong", user="my-password-by-mistake")
    with world.platform.database.platform() as connection:
        rows = connection.execute(entries.select().order_by(entries.c.seq.desc())).all()[:2]
    assert [(row.user, row.action) for row in rows] == [
        ("", "session.refuse"),
        ("mori", "session.refuse"),
    ]
    assert "my-password" not in str(rows)
