"""Looking as another person: their screen, nobody's secrets, no change, every step written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access, admit
from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied
from tsuzuri.services import directory, records, saved_views
from tsuzuri.services.directory import Person
from tsuzuri.storage import audit
from tsuzuri.storage.belonging import Stay
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

KEEPER = Actor(user="cli:test", administers=True)
FIELDS: dict[str, dict[str, Any]] = {
    "title": {"kind": "text", "title": "題"},
    "scope": {"kind": "agencies", "title": "公開範囲"},
    "shared": {"kind": "text", "title": "共有欄"},
    "inner": {"kind": "text", "title": "内部欄"},
    "masked": {"kind": "text", "title": "伏せる欄"},
}
RULES = {
    "app": [
        {"who": ["user:designer"], "allow": [*EVERYTHING, "manage"]},
        {"who": ["everyone"], "allow": [*EVERYTHING]},
    ],
    "record": [
        {"who": ["user:designer"], "where": 'title = "設計者にも"', "allow": ["view"]},
        {"who": ["user:designer"], "allow": []},
        {"who": ["user:keeper"], "allow": []},
        {"who": ["field:scope", "agency:CARE"], "allow": [*EVERYTHING]},
    ],
    "field": [
        {"fields": ["inner"], "who": ["agency:CARE", "user:designer"], "allow": "edit"},
        {"fields": ["inner"], "who": ["everyone"], "allow": "none"},
        {"fields": ["masked"], "who": ["agency:NURSERY"], "allow": "edit"},
        {"fields": ["masked"], "who": ["user:designer"], "allow": "masked"},
        {"fields": ["masked"], "who": ["everyone"], "allow": "none"},
        {"fields": ["shared"], "who": ["user:designer"], "allow": "none"},
        {"fields": ["shared"], "who": ["everyone"], "allow": "edit"},
    ],
}
BOTH, ONE, OTHER = "設計者にも", "園の記録", "課の記録"
SECRETS = ("共有の秘密", "内部の秘密", "伏せた秘密")


def _record(title: str, *scope: str) -> dict[str, Any]:
    texts = dict(zip(("shared", "inner", "masked"), SECRETS, strict=True))
    return {"title": title, "scope": [*scope], **texts}


@pytest.fixture(scope="module")
def notes(world: World) -> App:
    at_health = (Stay(code="HEALTH"),)
    for person in (
        Person(code="keeper", name="名はkeeper", administers=True),
        Person(code="spare", name="名はspare", administers=True),
        Person(code="designer", name="名はdesigner"),
        Person(code="worker", name="名はworker", agencies=at_health),
    ):
        directory.add(world.platform, KEEPER, person)
    app = world.publish(FIELDS, RULES, recordTitle=["title"], code="notes")
    given = [_record(BOTH, "NURSERY"), _record(ONE, "NURSERY"), _record(OTHER)]
    ids = world.put(app, *given)
    mori = world.entering("mori", app)
    again = {"shared": f"{SECRETS[0]}その2", "inner": f"{SECRETS[1]}その2"}
    records.change(world.platform, mori, ids[0], again, revision=None)
    saved_views.save(
        world.platform, world.entering("takahashi", app), name="私の秘密の一覧", where="", sort=""
    )
    return app


@pytest.fixture(scope="module")
def app(world: World, notes: App) -> Flask:
    return opened(world)


@pytest.fixture
def keeper(app: Flask) -> Visitor:
    return Visitor(app).enter("keeper")


@pytest.fixture
def designer(app: Flask) -> Visitor:
    return Visitor(app).enter("designer")


def look(visitor: Visitor, user: str) -> Visitor:
    visitor.get("/viewing")
    assert visitor.post("/viewing", {"user": user}).status_code == 303
    return visitor


def log(world: World) -> list[tuple[str, str, Any]]:
    with world.platform.database.platform() as connection:
        return [
            (one.user, one.action, json.loads(one.detail)) for one, _ in audit.chain(connection)
        ]


def test_every_page_says_whose_screen_it_is_and_has_the_way_back(designer: Visitor) -> None:
    look(designer, "takahashi")
    for path in ("/", "/apps/notes/", "/apps/notes/new", "/search?q=x", "/nowhere", "/viewing"):
        page = designer.get(path).text
        assert "髙橋さんの画面を見ています" in page, path
        assert 'action="/viewing/stop"' in page
    designer.post("/viewing/stop")
    assert "画面を見ています" not in designer.get("/").text
    assert "名はdesigner" in designer.get("/").text


def test_one_sees_their_forms_and_lists_but_of_records_what_both_may_read(
    world: World, notes: App, designer: Visitor
) -> None:
    look(designer, "takahashi")
    form = designer.get("/apps/notes/new").text
    assert "共有欄" in form, "the form is theirs"
    assert "内部欄" not in form
    shown = designer.get("/apps/notes/").text
    assert BOTH in shown
    assert ONE not in shown
    both, one = _ids(world, notes)[:2]
    assert designer.get(f"/apps/notes/records/{one}").status_code == 404
    page = designer.get(f"/apps/notes/records/{both}").text
    assert BOTH in page
    assert not [secret for secret in SECRETS if secret in page]
    assert "●●●●●" in page, "what one of the two reads as a mask is a mask"
    for tail in ("/history", "/edit", "/print"):
        answer = designer.get(f"/apps/notes/records/{both}{tail}").text
        assert not [secret for secret in SECRETS if secret in answer], tail
    export = designer.get("/apps/notes/export.csv").text
    assert "題" in export
    assert BOTH not in export, "the designer may not export it"


def _ids(world: World, app: App) -> list[int]:
    return sorted(world.seen("mori", app))


def test_an_administrator_without_rights_sees_structure_and_no_record(
    world: World, notes: App, keeper: Visitor
) -> None:
    look(keeper, "takahashi")
    listed = keeper.get("/apps/notes/")
    assert listed.status_code == 200
    assert "新しく書く" in listed.text
    assert "当てはまる記録はありません" in listed.text
    for path in ("/", "/apps/notes/", "/search?q=秘密", "/search?q=園", "/apps/notes/trash"):
        page = keeper.get(path).text
        assert not [word for word in (BOTH, ONE, OTHER, *SECRETS) if word in page], path
    for one in _ids(world, notes):
        for tail in ("", "/history", "/edit", "/print"):
            assert keeper.get(f"/apps/notes/records/{one}{tail}").status_code == 404
    assert "私の秘密の一覧" not in listed.text


def refusals(app: Flask) -> Iterator[tuple[str, Rule, str]]:
    """Yield every address and method that changes something, or is somebody's own affair."""
    values = {"app": "notes", "record": 1, "view": 1, "job": 1, "field": "title", "key": "k"}
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            given = {name: values.get(name, "1") for name in rule.arguments}
            path = adapter.build(rule.endpoint, given)
            for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
                yield path, rule, method


def test_nothing_can_be_changed_by_any_address(app: Flask, designer: Visitor) -> None:
    look(designer, "takahashi")
    tried = [
        (path, rule, method)
        for path, rule, method in refusals(app)
        if rule.endpoint not in {"viewing.stop", "account.sign_out"}
    ]
    assert len(tried) > 10
    for path, rule, method in tried:
        headers = {"X-CSRFToken": designer.token}
        answer = designer.client.open(path, method=method, headers=headers)
        assert answer.status_code == 403, (method, rule.endpoint)
        assert "画面を見ている間は" in answer.text


def test_what_is_somebodys_own_affair_stays_theirs(app: Flask, designer: Visitor) -> None:
    open_to_all = {"viewing.stop", "account.sign_out"}
    look(designer, "takahashi")
    shown = set()
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.endpoint != "static":
            answer = designer.get(rule.rule)
            if answer.status_code < 400 and rule.endpoint not in open_to_all:
                shown.add(rule.endpoint)
    assert shown == {"home.index", "lists.search"}
    assert designer.get("/apps/notes/import").status_code == 403


def test_the_services_refuse_to_write_as_well(world: World, notes: App) -> None:
    viewed, onlooker = world.actor("takahashi"), world.actor("designer")
    access = world.platform.admit(_looking(viewed, onlooker), notes.code)
    with pytest.raises(Denied):
        records.create(world.platform, access, _record("書けないはず"))


def _looking(viewed: Actor, onlooker: Actor) -> Actor:
    return replace(viewed, onlooker=onlooker)


PEOPLE = ("abe", "mori", "sato", "suzuki", "takahashi", "ito", "designer", "keeper", "worker")


def test_no_pair_of_people_sees_more_than_each_of_them(world: World, notes: App) -> None:
    """Of every pair the records are exactly the common ones, and no value is new."""
    alone = {user: _read(world, world.access(user, notes)) for user in PEOPLE}
    for viewed in PEOPLE:
        for onlooker in PEOPLE:
            actor = _looking(world.actor(viewed), world.actor(onlooker))
            both = _read(world, admit(actor, notes, world.clock.now))
            assert both.keys() == alone[viewed].keys() & alone[onlooker].keys()
            for record, values in both.items():
                common = {
                    code: value
                    for code, value in alone[viewed][record].items()
                    if alone[onlooker][record].get(code) == value
                }
                assert values == common, (viewed, onlooker)


def _read(world: World, access: Access) -> dict[int, dict[str, Any]]:
    with world.platform.reading(access) as found:
        states = found.many(_ids(world, access.whole))
        return {one: dict(state.values) for one, state in states.items()}


def test_what_is_looked_at_is_written_down_under_the_real_name(
    world: World, notes: App, designer: Visitor
) -> None:
    look(designer, "takahashi")
    both = _ids(world, notes)[0]
    designer.get(f"/apps/notes/records/{both}")
    designer.post("/apps/notes/records/1/delete", {})
    designer.post("/viewing/stop")
    said = [one for one in log(world) if one[1] in {"view_as.start", "view_as.end"}][-2:]
    assert said == [
        ("designer", "view_as.start", {"as": "takahashi"}),
        ("designer", "view_as.end", {"as": "takahashi"}),
    ]
    meanwhile = log(world)[-4:-1]
    assert {user for user, _, _ in meanwhile} == {"designer"}
    reads = [detail for _, action, detail in meanwhile if action.startswith("read.")]
    assert [one["as"] for one in reads] == ["takahashi"]


def test_only_administrators_and_who_manages_an_app_may_look(app: Flask, keeper: Visitor) -> None:
    worker = Visitor(app).enter("worker")
    assert worker.get("/viewing").status_code == 404
    assert worker.post("/viewing", {"user": "abe"}).status_code == 404
    for nobody in ("", "keeper", "nobody"):
        assert keeper.post("/viewing", {"user": nobody}).status_code == 422


def test_losing_the_right_ends_the_look_at_once(world: World, app: Flask) -> None:
    spare = look(Visitor(app).enter("spare"), "takahashi")
    directory.change(world.platform, KEEPER, "spare", administers=False)
    assert "画面を見ています" not in spare.get("/").text
    directory.change(world.platform, KEEPER, "spare", administers=True)
    assert "画面を見ています" in spare.get("/").text
    directory.change(world.platform, KEEPER, "takahashi", active=False)
    assert "画面を見ています" not in spare.get("/").text
    directory.change(world.platform, KEEPER, "takahashi", active=True)


def test_signing_out_while_looking_ends_the_own_session(app: Flask, world: World) -> None:
    spare = look(Visitor(app).enter("spare"), "takahashi")
    assert spare.post("/logout").status_code == 303
    assert spare.get("/").status_code == 302
