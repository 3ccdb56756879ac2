"""A token acts as its person, in one app, within its rights, until it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask import Flask

from tsuzuri.definitions.model import App
from tsuzuri.errors import Invalid, Unknown
from tsuzuri.factory import create_app
from tsuzuri.services import factors, tokens
from tsuzuri.services.tokens import Wanted
from tsuzuri.storage import people
from tsuzuri.storage.audit_tables import entries
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.program import Program, token_of
from worlds.town import NOW, USERS, World

__all__ = ["world"]

NOTE = {"body": {"kind": "text"}}


@dataclass(frozen=True)
class Scene:
    """An app with a record in it, and another app beside it."""

    world: World
    web: Flask
    app: App
    other: App
    record: int

    @property
    def many(self) -> str:
        """The address of the app's records."""
        return f"/api/apps/{self.app.code}/records"

    @property
    def one(self) -> str:
        """The address of its record."""
        return f"{self.many}/{self.record}"


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    app, other = world.publish(NOTE), world.publish(NOTE)
    (record,) = world.put(app, {"body": "first"})
    return Scene(world, opened(world), app, other, record)


@pytest.fixture(autouse=True)
def _present(world: World) -> Iterator[None]:
    world.clock.now = NOW
    yield
    world.clock.now = NOW


def test_a_token_reads_as_its_person(scene: Scene) -> None:
    program = Program.of(scene.web, "sato", scene.app.code, "view")
    answer = program.ask("GET", scene.one)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["record"]["body"] == "first"
    assert program.ask("GET", scene.many).status_code == 200


def test_a_token_opens_no_other_app_and_no_page(scene: Scene) -> None:
    program = Program.of(scene.web, "sato", scene.app.code, "view", "add")
    assert program.ask("GET", f"/api/apps/{scene.other.code}/records").status_code == 404
    for page in ("/", f"/apps/{scene.app.code}/"):
        assert program.ask("GET", page).status_code == 302, page


@pytest.mark.parametrize(
    "method, where, body, right",
    [
        ("POST", "many", {"record": {"body": "x"}}, "add"),
        ("PUT", "one", {"record": {"body": "first"}}, "edit"),
        ("DELETE", "one", {"reason": ""}, "delete"),
        ("POST", "comments", {"body": ""}, "comment"),
    ],
)
def test_a_token_does_only_what_it_names(
    scene: Scene, method: str, where: str, body: object, right: str
) -> None:
    path = {"many": scene.many, "one": scene.one, "comments": f"{scene.one}/comments"}[where]
    without = [one for one in tokens.RIGHTS if one != right]
    refused = Program.of(scene.web, "sato", scene.app.code, *without).ask(method, path, body)
    allowed = Program.of(scene.web, "sato", scene.app.code, "view", right).ask(method, path, body)
    assert refused.status_code == 403
    assert allowed.status_code in {200, 201, 422}


def test_rights_on_records_need_the_right_to_view(scene: Scene) -> None:
    program = Program.of(scene.web, "sato", scene.app.code, "add", "edit")
    assert program.ask("PUT", scene.one, {"record": {"body": "x"}}).status_code == 403
    assert program.ask("GET", scene.one).status_code == 403
    assert program.ask("POST", scene.many, {"record": {"body": "x"}}).status_code == 201


def test_a_token_leads_into_no_other_app_by_a_reference(scene: Scene) -> None:
    pointing = scene.world.publish(
        {"to": {"kind": "reference", "reference": {"app": scene.other.code}}}
    )
    (target,) = scene.world.put(scene.other, {"body": "theirs"})
    program = Program.of(scene.web, "sato", pointing.code, "view", "add")
    answer = program.ask(
        "POST", f"/api/apps/{pointing.code}/records", {"record": {"to": str(target)}}
    )
    assert answer.status_code == 422


WRONG: tuple[dict[str, str], ...] = (
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer tsuzuri_nothing"},
    {"Authorization": "Basic c2F0bzp4"},
    {"Authorization": "Bearer \xff\xfe"},
)


def test_every_wrong_token_is_one_answer(scene: Scene) -> None:
    actor = scene.world.actor("sato")
    ended = token_of(scene.world.platform, "sato", scene.app.code, ["view"])
    (newest, *_) = tokens.mine(scene.world.platform, actor)
    tokens.end(scene.world.platform, actor, newest.id)
    client = scene.web.test_client()
    tries = [*WRONG, {"Authorization": f"Bearer {ended}"}, {"Authorization": f"bearer {ended}x"}]
    answers = [client.get(scene.one, headers=one) for one in tries]
    assert {one.status_code for one in answers} == {401}
    assert len({one.data for one in answers}) == 1
    assert len({str(sorted(one.headers.items())) for one in answers}) == 1
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"


def test_an_ended_token_stops_at_once(scene: Scene) -> None:
    program = Program.of(scene.web, "sato", scene.app.code, "view")
    assert program.ask("GET", scene.one).status_code == 200
    actor = scene.world.actor("sato")
    with pytest.raises(Unknown):
        tokens.end(
            scene.world.platform,
            scene.world.actor("mori"),
            tokens.mine(scene.world.platform, actor)[0].id,
        )
    tokens.end(scene.world.platform, actor, tokens.mine(scene.world.platform, actor)[0].id)
    assert program.ask("GET", scene.one).status_code == 401


def test_a_token_expires_and_a_clock_set_back_does_not_revive_it(scene: Scene) -> None:
    program = Program.of(scene.web, "sato", scene.app.code, "view")
    scene.world.clock.now = NOW + timedelta(days=89)
    assert program.ask("GET", scene.one).status_code == 200
    for now in (NOW + timedelta(days=90), NOW - timedelta(days=1)):
        scene.world.clock.now = now
        assert program.ask("GET", scene.one).status_code == 401


def test_a_token_ends_with_its_persons_account(scene: Scene) -> None:
    program = Program.of(scene.web, "takahashi", scene.app.code, "view")
    assert program.ask("GET", scene.one).status_code == 200
    (person,) = (one for one in USERS if one.code == "takahashi")
    try:
        _keep(scene.world, replace(person, active=False))
        assert program.ask("GET", scene.one).status_code == 401
    finally:
        _keep(scene.world, person)
    assert program.ask("GET", scene.one).status_code == 200


@pytest.mark.parametrize(
    ("asked", "administers", "status"),
    [("all", False, 403), ("roles", True, 403), ("roles", False, 200), ("", True, 200)],
)
def test_a_token_waits_for_the_second_factor_its_person_must_have(
    scene: Scene, asked: str, administers: bool, status: int
) -> None:
    platform = scene.world.platform
    strict = replace(platform, config=replace(platform.config, second_factor=asked))
    (person,) = (one for one in USERS if one.code == "takahashi")
    factors.end(platform, scene.world.actor("takahashi"))
    secret = token_of(platform, "takahashi", scene.app.code, ["view", "add"])
    try:
        _keep(scene.world, replace(person, administers=administers))
        program = Program(create_app(strict.config, strict), secret)
        read = program.ask("GET", scene.one)
        written = program.ask("POST", scene.many, {"record": {"body": "x"}})
        assert read.status_code == status
        assert written.status_code == {200: 201}.get(status, status)
        if status == 403:
            assert read.json is not None
            assert "二段階認証" in read.json["message"]
            assert "first" not in read.text
    finally:
        _keep(scene.world, person)


def test_a_token_opens_again_once_the_factor_is_there(scene: Scene) -> None:
    platform = scene.world.platform
    strict = replace(platform, config=replace(platform.config, second_factor="all"))
    program = Program(
        create_app(strict.config, strict), token_of(platform, "sato", scene.app.code, ["view"])
    )
    actor = scene.world.actor("sato")
    factors.end(platform, actor)
    assert program.ask("GET", scene.one).status_code == 403
    factors.begin(platform, actor)
    # One that was not confirmed by a code does not count.
    assert program.ask("GET", scene.one).status_code == 403
    code = factors.waiting(platform, actor).at(scene.world.clock.now)
    factors.confirm(platform, actor, code, here="")
    assert program.ask("GET", scene.one).status_code == 200
    factors.end(platform, actor)


def _keep(world: World, person: people.User) -> None:
    with world.platform.database.platform(writing=True) as connection:
        people.put_users(connection, [person], world.platform.today)


def test_a_token_shrinks_with_its_persons_rights(scene: Scene) -> None:
    app = scene.world.publish(NOTE)
    program = Program.of(scene.web, "sato", app.code, "view", "add")
    path = f"/api/apps/{app.code}/records"
    assert program.ask("POST", path, {"record": {"body": "x"}}).status_code == 201
    reading = {"app": [{"who": ["everyone"], "allow": ["view"]}]}
    scene.world.publish(NOTE, reading, code=app.code)
    assert program.ask("POST", path, {"record": {"body": "x"}}).status_code == 403
    scene.world.publish(NOTE, {"app": [{"who": ["user:abe"], "allow": ["view"]}]}, code=app.code)
    assert program.ask("GET", path).status_code == 404


def test_a_cookie_beside_a_token_counts_for_nothing(scene: Scene) -> None:
    visitor = Visitor(scene.web).enter("abe")
    answer = visitor.client.get(scene.one, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert visitor.client.get(scene.one).status_code == 200


def test_a_cookie_changes_nothing_without_its_csrf_token(scene: Scene) -> None:
    visitor = Visitor(scene.web).enter("abe")
    body = {"record": {"body": "forged"}}
    answer = visitor.client.post(scene.many, json=body)
    assert (answer.status_code, answer.mimetype) == (400, "application/json")
    headers = {"X-CSRFToken": visitor.token}
    assert visitor.client.post(scene.many, json=body, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "changed",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"app": "nowhere"},
        {"rights": frozenset()},
        {"rights": frozenset({"manage"})},
        {"rights": frozenset({"unmask"})},
        {"days": 0},
        {"days": 366},
        {"days": None},
    ],
)
def test_a_token_that_may_not_be_is_not_made(scene: Scene, changed: dict[str, object]) -> None:
    wanted = Wanted(name="x", app=scene.app.code, rights=frozenset({"view"}))
    with pytest.raises(Invalid):
        tokens.make(scene.world.platform, scene.world.actor("ito"), replace(wanted, **changed))  # type: ignore[arg-type]  # drawn from the table above
    assert tokens.mine(scene.world.platform, scene.world.actor("ito")) == []


def test_nobody_gives_a_token_what_they_do_not_have(scene: Scene) -> None:
    app = scene.world.publish(NOTE, {"app": [{"who": ["everyone"], "allow": ["view"]}]})
    wanted = Wanted(name="x", app=app.code, rights=frozenset({"view", "add"}))
    with pytest.raises(Invalid):
        tokens.make(scene.world.platform, scene.world.actor("sato"), wanted)


def test_the_secret_is_in_no_table_and_the_log_names_the_token(scene: Scene) -> None:
    secret = token_of(scene.world.platform, "mori", scene.app.code, ["view"])
    (token, *_) = tokens.mine(scene.world.platform, scene.world.actor("mori"))
    assert secret not in str(token)
    Program(scene.web, secret).ask("GET", scene.one)
    with scene.world.platform.database.platform() as connection:
        rows = connection.execute(entries.select().order_by(entries.c.seq.desc())).all()
    made = next(row for row in rows if row.action == "token.create")
    read = next(row for row in rows if row.action.startswith("read."))
    assert (made.user, made.app) == ("mori", scene.app.code)
    assert str(token.id) in made.detail
    assert (read.user, read.door, read.session) == ("mori", "api", f"token:{token.id}")
    assert all(secret not in str(row) for row in rows)
