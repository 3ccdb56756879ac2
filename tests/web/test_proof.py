"""Dangerous acts ask anew who somebody is, once a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from tsuzuri.access.actors import Actor
from tsuzuri.services import directory, people, sessions, tokens
from tsuzuri.services.directory import Person
from tsuzuri.storage.account_tables import throttles
from tsuzuri.storage.audit_tables import entries
from worlds.face import Visitor, opened, read_form
from worlds.fixtures import world
from worlds.town import NOW, World

__all__ = ["world"]

PASSWORD = "十文字よりも長い合言葉"
LATER = timedelta(minutes=11)


@pytest.fixture(scope="module")
def web(world: World) -> Flask:
    people.set_password(world.platform, "mori", PASSWORD)
    people.set_password(world.platform, "abe", PASSWORD + "別")
    return opened(world)


@pytest.fixture
def late(world: World, web: Flask) -> Iterator[Visitor]:
    """Somebody who signed in eleven minutes ago."""
    world.clock.now = NOW
    with world.platform.database.platform(writing=True) as connection:
        connection.execute(throttles.delete())
    visitor = Visitor(web).enter("mori")
    world.clock.now = NOW + LATER
    visitor.get("/")
    yield visitor
    world.clock.now = NOW


def test_a_while_after_signing_in_the_password_is_asked_for_and_leads_back(
    world: World, late: Visitor
) -> None:
    answer = late.get("/account/tokens")
    assert answer.status_code == 303
    page = late.get(answer.headers["Location"])
    back = late.send(page, "proof", password=PASSWORD)
    assert (back.status_code, back.headers["Location"]) == (303, "/account/tokens")
    assert late.get("/account/tokens").status_code == 200
    with world.platform.database.platform() as connection:
        kept = connection.execute(entries.select().where(entries.c.action == "session.prove")).all()
    assert [one.user for one in kept][-1] == "mori"


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + "別", "x" * 5000])
def test_no_other_password_will_do(late: Visitor, password: str) -> None:
    page = late.get("/proof?next=/account/tokens")
    answer = late.send(page, "proof", password=password)
    assert answer.status_code == 422
    assert "パスワードが違います。" in answer.text
    assert late.get("/account/tokens").status_code == 303


def test_a_form_sent_too_late_comes_back_filled_after_the_proof(
    world: World, late: Visitor
) -> None:
    app = world.publish({"body": {"kind": "text"}})
    form = {"name": "夜間の集計", "app": app.code, "rights": ["view", "add"], "days": "9"}
    asked = late.post("/account/tokens", form)
    assert asked.status_code == 422
    assert tokens.mine(world.platform, world.actor("mori")) == []
    wrong = late.send(asked, "proof", password="wrong")
    assert (wrong.status_code, "夜間の集計" in wrong.text) == (422, True)
    filled = late.send(wrong, "proof", password=PASSWORD)
    assert filled.status_code == 200
    assert "まだ保存されていません" in filled.text
    assert tokens.mine(world.platform, world.actor("mori")) == []
    sent = read_form(filled.text, "tokens").fields
    del sent["csrf_token"]
    assert sent == {
        "name": ["夜間の集計"],
        "app": [app.code],
        "rights": ["view", "add"],
        "days": ["9"],
    }
    assert "トークンを作りました" in late.send(filled, "tokens").text
    (token,) = tokens.mine(world.platform, world.actor("mori"))
    tokens.end(world.platform, world.actor("mori"), token.id)


def test_what_is_carried_through_a_proof_is_never_a_password(late: Visitor) -> None:
    form = {"name": "x", "password": "first-secret", "new_password": "other-secret"}
    asked = late.post("/account/tokens", form)
    assert "carried.name" in asked.text
    assert "secret" not in asked.text


KEEPING = {
    "/people/new": {"code": "own1", "name": "新しい 人"},
    "/people/users/keeper": {"name": "変えた 名前", "mail": "k@example.jp"},
    "/people/users/keeper/belonging": {"groups.0.code": "heads", "groups.0.starts_on": "R9.4.1"},
    "/people/new-agency": {"code": "own1", "name": "新しい係", "phone": "012"},
    "/people/agencies/CARE": {"name": "変えた係"},
    "/people/new-group": {"code": "own1", "name": "新しい会"},
    "/people/groups/heads": {"name": "変えた会"},
}


@pytest.mark.parametrize("path", KEEPING)
def test_what_administrators_typed_comes_back_and_is_not_done(
    world: World, web: Flask, path: str
) -> None:
    visitor = _late_keeper(world, web)
    people.set_password(world.platform, "keeper", PASSWORD)
    before = directory.person(world.platform, "keeper")
    asked = visitor.post(path, KEEPING[path])
    assert asked.status_code == 422
    filled = visitor.send(asked, "proof", password=PASSWORD)
    assert filled.status_code == 200
    for text in KEEPING[path].values():
        assert f'value="{text}"' in filled.text, text
    assert directory.person(world.platform, "keeper") == before
    assert "own1" not in world.platform.directory.users
    assert "own1" not in world.platform.directory.agencies
    assert world.platform.directory.agencies["CARE"].name != "変えた係"
    world.clock.now = NOW


def test_a_form_of_an_ended_session_comes_back_behind_a_proof_too(world: World, web: Flask) -> None:
    visitor = _late_keeper(world, web)
    people.set_password(world.platform, "keeper", PASSWORD)
    with visitor.client.session_transaction() as session:
        token = session["_user_id"]
    sessions.end(world.platform, world.actor("keeper"), sessions.hashed(token))
    asked = visitor.post("/people/new", {"code": "own1", "name": "新しい 人"})
    assert asked.status_code == 401
    filled = visitor.send(asked, "login", user="keeper", password=PASSWORD)
    assert filled.status_code == 200
    assert 'value="新しい 人"' in filled.text
    assert "own1" not in world.platform.directory.users
    world.clock.now = NOW


def _late_keeper(world: World, web: Flask) -> Visitor:
    """Return an administrator who signed in eleven minutes ago."""
    world.clock.now = NOW
    if "keeper" not in world.platform.directory.users:
        keeper = Person(code="keeper", name="管理 花子", administers=True)
        directory.add(world.platform, Actor(user="cli:test"), keeper)
    visitor = Visitor(web).enter("keeper")
    world.clock.now = NOW + LATER
    visitor.get("/")
    return visitor


CHANGES = {
    "/people/new": "/people/new",
    "/people/users/keeper": "/people/users/keeper",
    "/people/users/keeper/belonging": "/people/users/keeper",
    "/people/users/keeper/roles": "/people/users/keeper",
    "/people/users/keeper/active": "/people/users/keeper",
    "/people/users/abe/link": "/people/users/abe",
    "/people/users/abe/link/end": "/people/users/abe",
    "/people/invitations": "/people/invitations",
    "/people/import/apply": "/people/import",
    "/people/new-agency": "/people/new-agency",
    "/people/agencies/CARE": "/people/agencies/CARE",
    "/people/new-group": "/people/new-group",
    "/people/groups/heads": "/people/groups/heads",
    "/viewing": "/viewing",
}


@pytest.mark.parametrize("path", CHANGES)
def test_nothing_that_gives_rights_goes_without(world: World, web: Flask, path: str) -> None:
    visitor = _late_keeper(world, web)
    before = directory.person(world.platform, "keeper")
    form = {"name": "x", "groups.0.code": "heads", "code": "own1", "user": "abe"}
    answer = visitor.post(path, form)
    if path in KEEPING:
        assert (answer.status_code, 'name="carries"' in answer.text) == (422, True)
    else:
        assert answer.headers["Location"] == f"/proof?next={CHANGES[path]}"
        # What is not kept is said.
        assert "まだ何も変わっていません" in visitor.get(answer.headers["Location"]).text
    assert directory.person(world.platform, "keeper") == before
    assert "own1" not in world.platform.directory.users
    world.clock.now = NOW


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_a_proof_leads_nowhere_else(late: Visitor, target: str) -> None:
    page = late.get("/proof", query_string={"next": target})
    answer = late.send(page, "proof", password=PASSWORD)
    assert answer.headers["Location"] == "/"


def test_a_proof_counts_for_its_own_session_alone(world: World, web: Flask, late: Visitor) -> None:
    world.clock.now = NOW
    other = Visitor(web).enter("mori")
    world.clock.now = NOW + LATER
    late.send(late.get("/proof"), "proof", password=PASSWORD)
    assert late.get("/account/tokens").status_code == 200
    assert other.get("/account/tokens").status_code == 303


@pytest.mark.parametrize("seconds", [1, 60, 599])
def test_a_clock_that_was_set_back_makes_no_proof_last_longer(
    world: World, late: Visitor, seconds: int
) -> None:
    late.send(late.get("/proof"), "proof", password=PASSWORD)
    assert late.get("/account/tokens").status_code == 200
    world.clock.now -= timedelta(seconds=seconds)
    answer = late.get("/account/tokens")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/proof")
