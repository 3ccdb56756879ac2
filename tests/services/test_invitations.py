"""Codes by which people set a password: once, for a while, and only their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from tsuzuri.access.actors import Actor, Origin
from tsuzuri.errors import Invalid, TooOften, Unknown
from tsuzuri.services import directory, invitations, passwords, people, sessions, throttle, tokens
from tsuzuri.services.directory import Person
from tsuzuri.services.invitations import NoLink
from tsuzuri.services.passwords import Wanted
from tsuzuri.services.throttle import Attempt
from tsuzuri.storage import people as stored
from tsuzuri.storage.account_tables import once, throttles
from tsuzuri.storage.audit_tables import entries
from worlds.fixtures import world
from worlds.town import NOW, World

__all__ = ["world"]

KEEPER = Actor(user="keeper", administers=True)
HERE = Origin(door="web", address="192.0.2.1")
PASSWORD = "十文字よりも長い合言葉"
OTHER = "別の長い合言葉を使います"


@pytest.fixture(autouse=True)
def _fresh(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # A careful hash would take minutes here; what a code does not depend on its care.
    monkeypatch.setattr(people, "_hasher", PasswordHasher(1, 8, 1))
    people._nobody.cache_clear()
    world.clock.now = NOW
    if "keeper" not in world.platform.directory.users:
        directory.add(world.platform, KEEPER, Person(code="keeper", name="管理", administers=True))
    with world.platform.database.platform(writing=True) as connection:
        connection.execute(throttles.delete())
        connection.execute(once.delete())
    yield
    people._nobody.cache_clear()
    world.clock.now = NOW


@pytest.fixture
def newcomer(world: World) -> Iterator[str]:
    """Return the code of somebody who never had a password."""
    with world.platform.database.platform(writing=True) as connection:
        stored.put_password(connection, "abe", "")
    yield "abe"
    if not directory.person(world.platform, "abe").active:
        directory.change(world.platform, KEEPER, "abe", active=True)


def made(world: World, user: str) -> invitations.Made:
    (one,) = invitations.make(world.platform, KEEPER, [user])
    return one


def used(world: World, code: str, password: str = PASSWORD) -> str:
    """Return whose password a code set; nothing for none."""
    try:
        return invitations.use(world.platform, HERE, code, password)
    except NoLink:
        return ""


def last(world: World) -> tuple[str, str, dict[str, Any]]:
    with world.platform.database.platform() as connection:
        row = connection.execute(select(entries).order_by(entries.c.seq.desc())).first()
    assert row is not None
    return row.user, row.action, json.loads(row.detail)


def test_an_invitation_sets_the_first_password_once(world: World, newcomer: str) -> None:
    one = made(world, newcomer)
    assert (one.purpose, one.expires_at) == ("invite", "2026-11-24T15:30:00Z")
    assert last(world) == (
        "keeper",
        "link.make",
        {"user": newcomer, "purpose": "invite", "until": one.expires_at},
    )
    assert people.sign_in(world.platform, newcomer, PASSWORD) is None
    assert invitations.whose(world.platform, HERE, one.code) == newcomer
    assert used(world, one.code) == newcomer
    user, action, detail = last(world)
    assert (user, action, detail["purpose"]) == (newcomer, "link.use", "invite")
    assert people.sign_in(world.platform, newcomer, PASSWORD) is not None
    assert used(world, one.code, OTHER) == ""
    assert people.sign_in(world.platform, newcomer, PASSWORD) is not None


def test_a_reset_puts_everything_out_that_was_open(world: World) -> None:
    people.set_password(world.platform, "mori", OTHER)
    app = world.publish({"body": {"kind": "text"}})
    mori = world.actor("mori")
    device = sessions.begin(world.platform, mori)
    wanted = tokens.Wanted(name="連携", app=app.code, rights=frozenset({"view"}))
    secret = tokens.make(world.platform, mori, wanted)
    one = made(world, "mori")
    assert (one.purpose, one.expires_at) == ("reset", "2026-11-21T16:30:00Z")
    # Asking for one puts nobody out.
    assert sessions.find(world.platform, device) is not None
    assert used(world, one.code) == "mori"
    assert sessions.find(world.platform, device) is None
    detail = last(world)[2]
    assert tokens.opened(world.platform, secret, HERE) is None
    assert people.sign_in(world.platform, "mori", OTHER) is None
    assert (detail["ended"], len(detail["tokens"])) == (1, 1)


@pytest.mark.parametrize(
    "typed",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: code.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)}),
        lambda code: f"  {code}\n",
    ],
)
def test_a_code_is_read_as_people_type_it(
    world: World, newcomer: str, typed: Callable[[str], str]
) -> None:
    assert used(world, typed(made(world, newcomer).code)) == newcomer


@pytest.mark.parametrize("hours, works", [(71, "abe"), (73, "")])
def test_it_works_for_its_time(world: World, newcomer: str, hours: int, works: str) -> None:
    one = made(world, newcomer)
    world.clock.now = NOW + timedelta(hours=hours)
    assert used(world, one.code) == works


def test_a_clock_set_back_makes_no_code_live_longer(world: World, newcomer: str) -> None:
    one = made(world, newcomer)
    world.clock.now = NOW - timedelta(hours=1)
    assert used(world, one.code) == ""
    world.clock.now = NOW
    # It was refused and not used up.
    assert used(world, one.code) == newcomer


def test_a_newer_one_ends_the_former(world: World, newcomer: str) -> None:
    first, second = made(world, newcomer), made(world, newcomer)
    assert used(world, first.code) == ""
    assert used(world, second.code) == newcomer


def test_it_is_taken_back(world: World, newcomer: str) -> None:
    one = made(world, newcomer)
    invitations.end(world.platform, KEEPER, newcomer)
    assert last(world)[:2] == ("keeper", "link.end")
    assert used(world, one.code) == ""
    with pytest.raises(Unknown):
        invitations.end(world.platform, KEEPER, newcomer)


def test_a_closed_account_gets_none_and_uses_none(world: World, newcomer: str) -> None:
    one = made(world, newcomer)
    directory.change(world.platform, KEEPER, newcomer, active=False)
    assert used(world, one.code) == ""
    with pytest.raises(Invalid):
        made(world, newcomer)
    directory.change(world.platform, KEEPER, newcomer, active=True)
    # Opening the account again revives nothing.
    assert used(world, one.code) == ""


def test_a_password_set_otherwise_ends_it(world: World) -> None:
    people.set_password(world.platform, "mori", OTHER)
    one = made(world, "mori")
    attempt = Attempt(user="mori", password=OTHER, origin=HERE)
    passwords.change(world.platform, world.actor("mori"), attempt, Wanted(new=PASSWORD, here=""))
    assert used(world, one.code) == ""
    one = made(world, "mori")
    people.set_password(world.platform, "mori", OTHER)
    assert used(world, one.code) == ""


@pytest.mark.parametrize("weak", ["", "short", "Sakura2026!", "x" * 300, "abe-abe-2026"])
def test_a_weak_password_uses_nothing_up(world: World, newcomer: str, weak: str) -> None:
    one = made(world, newcomer)
    with pytest.raises(Invalid):
        used(world, one.code, weak)
    assert used(world, one.code) == newcomer


@pytest.mark.parametrize("code", ["", "-", "0" * 28, "x" * 5000, "\x00", "\ud800", "招待"])
def test_whatever_does_not_work_is_one_answer(world: World, newcomer: str, code: str) -> None:
    gone = made(world, newcomer).code
    made(world, newcomer)
    told = set()
    for tried in (code, gone):
        with pytest.raises(NoLink) as refused:
            invitations.whose(world.platform, HERE, tried)
        told.add(str(refused.value))
        assert last(world) == ("", "session.refuse", {"why": "link"})
    assert len(told) == 1


def test_guessing_gets_slow(world: World, newcomer: str) -> None:
    one = made(world, newcomer)
    for number in range(throttle.OF_SOURCE[0]):
        assert used(world, str(number)) == ""
    with pytest.raises(TooOften):
        used(world, one.code)
    # Elsewhere the right one works.
    origin = replace(HERE, address="198.51.100.7")
    assert invitations.use(world.platform, origin, one.code, PASSWORD) == newcomer


def test_of_twenty_uses_at_once_one_succeeds(world: World, newcomer: str) -> None:
    one = made(world, newcomer)
    with ThreadPoolExecutor(20) as pool:
        asked = [
            pool.submit(used, world, one.code, f"別の長い合言葉を{number}番に使う")
            for number in range(20)
        ]
        found = [task.result() for task in asked]
    assert sorted(found)[-2:] == ["", newcomer]
    number = found.index(newcomer)
    password = f"別の長い合言葉を{number}番に使う"
    assert people.sign_in(world.platform, newcomer, password) is not None


def test_nobody_makes_one_for_themselves_or_for_who_is_not_there(world: World) -> None:
    for users, error in (
        (["keeper"], Invalid),
        ([], Invalid),
        (["nobody"], Unknown),
        (["\x00"], Unknown),
        (["mori", "keeper"], Invalid),
        ([f"n{number}" for number in range(invitations.MOST + 1)], Invalid),
    ):
        with pytest.raises(error):
            invitations.make(world.platform, KEEPER, users)
    with world.platform.database.platform() as connection:
        assert connection.execute(select(once)).all() == []


def test_the_database_and_the_log_hold_no_code(world: World, newcomer: str) -> None:
    code = made(world, newcomer).code
    used(world, code)
    with world.platform.database.platform() as connection:
        kept = str(connection.execute(select(once)).all())
        kept += str(connection.execute(select(entries)).all())
    assert code not in kept
    assert code.replace("-", "") not in kept
