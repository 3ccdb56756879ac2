"""個人設定: people see where they are signed in, end that, and change their password."""

from __future__ import annotations

import json
import re

import pytest
from argon2 import PasswordHasher
from flask import Flask

from tsuzuri.access.actors import Origin
from tsuzuri.services import people, tokens
from tsuzuri.services.tokens import Wanted
from tsuzuri.storage import people as stored
from tsuzuri.storage.audit_tables import entries
from worlds.face import Visitor, errors, opened
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

PASSWORD = "十文字よりも長い合言葉"
OTHER = "別の長い合言葉を使います"


@pytest.fixture(scope="module")
def web(world: World) -> Flask:
    return opened(world)


@pytest.fixture
def mori(world: World, web: Flask) -> Visitor:
    people.set_password(world.platform, "mori", PASSWORD)
    return Visitor(web).enter("mori")


def actions(world: World) -> list[tuple[str, str]]:
    with world.platform.database.platform() as connection:
        kept = connection.execute(entries.select().order_by(entries.c.seq)).all()
    return [(one.user, one.action) for one in kept]


def ends(page: str) -> list[str]:
    return re.findall(r'action="(/account/devices/\w{16}/end)"', page)


def test_one_device_is_ended_from_another(world: World, web: Flask, mori: Visitor) -> None:
    mori.post("/account/devices/end")
    lost = Visitor(web).enter("mori")
    page = mori.get("/account").text
    assert page.count("この端末") == 1
    [address] = ends(page)
    assert mori.post(address).status_code == 303
    assert lost.get("/").status_code == 302
    assert mori.get("/account").status_code == 200
    assert actions(world)[-1] == ("mori", "session.end")
    assert mori.post(address).status_code == 404


def test_all_others_are_ended_at_once_and_nobody_elses(web: Flask, mori: Visitor) -> None:
    lost, other = Visitor(web).enter("mori"), Visitor(web).enter("abe")
    assert mori.post("/account/devices/end").status_code == 303
    assert lost.get("/").status_code == 302
    assert other.get("/").status_code == 200
    assert mori.get("/account").status_code == 200


def test_nobody_sees_or_ends_somebody_elses(web: Flask, mori: Visitor) -> None:
    Visitor(web).enter("mori")
    [address, *_] = ends(mori.get("/account").text)
    other = Visitor(web).enter("abe")
    assert address not in other.get("/account").text
    assert other.post(address).status_code == 404
    assert address in mori.get("/account").text


def test_a_new_password_ends_the_other_sessions(world: World, web: Flask, mori: Visitor) -> None:
    lost = Visitor(web).enter("mori")
    answer = mori.send(mori.get("/account"), "password", password=PASSWORD, new_password=OTHER)
    assert answer.status_code == 303
    assert lost.get("/").status_code == 302
    assert mori.get("/account").status_code == 200
    assert people.sign_in(world.platform, "mori", PASSWORD) is None
    assert people.sign_in(world.platform, "mori", OTHER) is not None
    assert actions(world)[-1] == ("mori", "password.change")


@pytest.mark.parametrize("kept", [False, True])
def test_api_tokens_end_with_the_password_unless_their_person_says_no(
    world: World, mori: Visitor, kept: bool
) -> None:
    app = world.publish({"body": {"kind": "text"}})
    wanted = Wanted(name="連携", app=app.code, rights=frozenset({"view"}))
    secret = tokens.make(world.platform, world.actor("mori"), wanted)
    assert 'name="end_tokens" value="1" checked' in mori.get("/account").text
    form = {"password": PASSWORD, "new_password": OTHER} | ({} if kept else {"end_tokens": "1"})
    assert mori.post("/account/password", {**form, "new_password": "short"}).status_code == 422
    assert tokens.opened(world.platform, secret, Origin(door="api")) is not None
    assert mori.post("/account/password", form).status_code == 303
    assert (tokens.opened(world.platform, secret, Origin(door="api")) is not None) is kept
    with world.platform.database.platform() as connection:
        changes = entries.select().where(entries.c.action == "password.change")
        last = connection.execute(changes.order_by(entries.c.seq.desc())).first()
    assert last is not None
    assert len(json.loads(last.detail)["tokens"]) == (0 if kept else 1)
    for one in tokens.mine(world.platform, world.actor("mori")):
        tokens.end(world.platform, world.actor("mori"), one.id)


def test_without_the_present_password_nothing_changes(world: World, mori: Visitor) -> None:
    answer = mori.send(mori.get("/account"), "password", password="wrong", new_password=OTHER)
    assert answer.status_code == 422
    assert [one for one, _ in errors(answer.text)] == ["password"]
    assert OTHER not in answer.text
    assert people.sign_in(world.platform, "mori", PASSWORD) is not None
    assert actions(world)[-1] == ("mori", "session.refuse")


@pytest.mark.parametrize(
    "weak",
    [
        *["", "short", "x" * 300, "aaaaaaaaaaaa", "01234567890123", "MORI-mori-2026"],
        *["qwertyuiop", "Sakura2026!", "password1234"],
    ],
)
def test_what_is_easily_guessed_is_refused(world: World, mori: Visitor, weak: str) -> None:
    answer = mori.send(mori.get("/account"), "password", password=PASSWORD, new_password=weak)
    assert answer.status_code == 422
    assert [one for one, _ in errors(answer.text)] == ["new_password"]
    assert people.sign_in(world.platform, "mori", PASSWORD) is not None


def test_a_hash_of_other_settings_is_made_anew_at_the_next_login(world: World) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    with world.platform.database.platform(writing=True) as connection:
        stored.put_password(connection, "abe", old)
    assert people.sign_in(world.platform, "abe", PASSWORD) is not None
    with world.platform.database.platform() as connection:
        new = stored.password_hash(connection, "abe")
    assert new.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert people.sign_in(world.platform, "abe", PASSWORD) is not None
