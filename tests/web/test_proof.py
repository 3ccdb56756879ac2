"""Dangerous acts ask anew who somebody is, once a while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from tsuzuri.access.actors import Actor
from tsuzuri.services import directory, people
from tsuzuri.services.directory import Person
from tsuzuri.storage.audit_tables import entries
from worlds.face import Visitor, opened
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


def test_a_form_sent_too_late_does_nothing_and_leads_back_to_its_page(
    world: World, late: Visitor
) -> None:
    app = world.publish({"body": {"kind": "text"}})
    answer = late.post(
        "/account/tokens",
        {"name": "x", "app": app.code, "rights": "view", "days": "9"},
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/proof?next=/account/tokens"
    late.send(late.get(answer.headers["Location"]), "proof", password=PASSWORD)
    assert "まだありません" in late.get("/account/tokens").text


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
    world.clock.now = NOW
    if "keeper" not in world.platform.directory.users:
        keeper = Person(code="keeper", name="管理 花子", administers=True)
        directory.add(world.platform, Actor(user="cli:test"), keeper)
    before = directory.person(world.platform, "keeper")
    visitor = Visitor(web).enter("keeper")
    world.clock.now = NOW + LATER
    visitor.get("/")
    form = {"name": "x", "groups.0.code": "heads", "code": "own1", "user": "abe"}
    answer = visitor.post(path, form)
    assert answer.headers["Location"] == f"/proof?next={CHANGES[path]}"
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
