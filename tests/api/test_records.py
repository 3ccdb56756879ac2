"""Records written as JSON: the same services, one shape of refusal, nothing done twice."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask

from tsuzuri.definitions.model import App
from worlds.face import opened
from worlds.fixtures import world
from worlds.program import Program
from worlds.town import EVERYTHING, World

__all__ = ["world"]

FIELDS = {
    "body": {"kind": "text"},
    "secret": {"kind": "text"},
    "count": {"kind": "number"},
}
RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "field": [
        {"fields": ["secret"], "who": ["group:heads"], "allow": "edit"},
        {"fields": ["secret"], "who": ["user:suzuki"], "allow": "masked"},
    ],
}


@dataclass(frozen=True)
class Scene:
    """An app, and a program that may do everything in it as somebody who sees no secret."""

    world: World
    web: Flask
    app: App
    program: Program

    @property
    def many(self) -> str:
        """The address of the app's records."""
        return f"/api/apps/{self.app.code}/records"

    def put(self, **values: object) -> str:
        """Store a record; return its address."""
        (record,) = self.world.put(self.app, {"body": "before", "secret": "hush", **values})
        return f"{self.many}/{record}"


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    app = world.publish(FIELDS, RULES)
    web = opened(world)
    rights = ("view", "add", "edit", "delete", "comment")
    return Scene(world, web, app, Program.of(web, "sato", app.code, *rights))


def test_a_record_is_made_read_changed_and_deleted(scene: Scene) -> None:
    ask = scene.program.ask
    made = ask("POST", scene.many, {"record": {"body": "one", "count": 3}})
    assert made.status_code == 201
    assert made.json is not None
    where = made.headers["Location"]
    assert where == f"{scene.many}/{made.json['$id']}"
    read = ask("GET", where)
    assert read.json == {
        "record": {
            "$id": made.json["$id"],
            "$revision": made.json["$revision"],
            "body": "one",
            "count": 3,
        }
    }
    changed = ask("PUT", where, {"record": {"body": "two"}, "$revision": made.json["$revision"]})
    assert changed.status_code == 200
    assert changed.json is not None
    stale = ask("PUT", where, {"record": {"body": "three"}, "$revision": made.json["$revision"]})
    assert stale.status_code == 409
    assert stale.json is not None
    assert stale.json["clashes"] == [{"field": "body", "theirs": "two", "yours": "three"}]
    assert stale.json["$revision"] == changed.json["$revision"]
    assert ask("DELETE", where, {"reason": ""}).status_code == 422
    assert ask("DELETE", where, {"reason": "duplicate"}).status_code == 204
    assert ask("GET", where).status_code == 404


def test_a_hidden_field_and_none_are_one_refusal(scene: Scene) -> None:
    where = scene.put()
    answers = []
    for code in ("secret", "nowhere"):
        for method, path in (("POST", scene.many), ("PUT", where)):
            answer = scene.program.ask(method, path, {"record": {code: "hush"}})
            answers.append((answer.status_code, answer.text.replace(code, "…")))
    assert len(set(answers)) == 1
    assert answers[0][0] == 422
    read = scene.program.ask("GET", where)
    assert "hush" not in read.text
    assert "secret" not in read.text


def test_a_masked_field_reads_as_the_mask_and_is_not_written(scene: Scene) -> None:
    where = scene.put()
    program = Program.of(scene.web, "suzuki", scene.app.code, "view", "edit")
    read = program.ask("GET", where)
    assert read.json is not None
    assert read.json["record"]["secret"] == "●●●●●"
    assert "hush" not in read.text
    answer = program.ask("PUT", where, {"record": {"secret": "●●●●●"}})
    assert answer.status_code == 422


def test_every_problem_has_its_place(scene: Scene) -> None:
    answer = scene.program.ask("POST", scene.many, {"record": {"count": "many", "body": 3}})
    assert answer.status_code == 422
    assert answer.json is not None
    assert {one["pointer"] for one in answer.json["problems"]} == {"/record/count", "/record/body"}
    assert all(one["message"] for one in answer.json["problems"])


@pytest.mark.parametrize(
    "raw, status",
    [
        (b"", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"record": {"body": "a", "body": "b"}}', 422),
        (b'{"record": {"count": NaN}}', 422),
        (b'{"record": {"count": 1e999}}', 422),
        (b'{"record": {"body": "\\ud800"}}', 422),
        (b'{"record": []}', 422),
        (b'{"record": {}, "more": 1}', 422),
        (b'{"record": {"body": "\\u0000"}}', 422),
        (b"[" * 100_000, 422),
        (b"\xff", 422),
        (b"{}", 422),
    ],
)
def test_odd_json_is_refused_in_the_one_shape(scene: Scene, raw: bytes, status: int) -> None:
    answer = scene.program.ask(
        "POST", scene.many, data=raw, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status
    assert answer.json is not None
    assert answer.json["message"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_is_not_called_json_is_not_read(scene: Scene, kind: str) -> None:
    answer = scene.program.ask(
        "POST", scene.many, data=b'{"record": {}}', headers={"Content-Type": kind}
    )
    assert answer.status_code == 415
    assert answer.mimetype == "application/json"


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/api/", 404),
        ("GET", "/api/apps/nowhere/records", 404),
        ("GET", "{many}/1", 404),
        ("GET", "{many}/99999999999999999999", 404),
        ("PATCH", "{many}", 405),
        ("GET", "{many}?query=nowhere%20%3D%201", 400),
    ],
)
def test_whatever_is_refused_below_api_is_json(
    scene: Scene, method: str, path: str, status: int
) -> None:
    answer = scene.program.ask(method, path.format(many=scene.many))
    assert (answer.status_code, answer.mimetype) == (status, "application/json")


def test_comments_are_read_and_written(scene: Scene) -> None:
    where = f"{scene.put()}/comments"
    assert scene.program.ask("GET", where).json == {"comments": []}
    assert scene.program.ask("POST", where, {"body": "  "}).status_code == 422
    written = scene.program.ask("POST", where, {"body": "seen"})
    assert written.status_code == 201
    assert written.json is not None
    found = scene.program.ask("GET", where).json
    assert found is not None
    assert [(one["id"], one["body"], one["author"]) for one in found["comments"]] == [
        (written.json["id"], "seen", "sato")
    ]


def test_comments_are_addressed_as_kintone_writes_it(scene: Scene) -> None:
    where = f"{scene.put()}/comments"
    to = [{"code": "mori", "type": "USER"}, {"code": "CARE", "type": "ORGANIZATION"}]
    body = {"body": "seen", "mentions": to}
    assert scene.program.ask("POST", where, body).status_code == 201
    found = scene.program.ask("GET", where).json
    assert found is not None
    assert found["comments"][-1]["mentions"] == to
    for code, kind in (("nobody", "USER"), ("heads", "ORGANIZATION"), ("sato", "USER")):
        # Of whom nobody knows, of another kind, and oneself: nobody is told apart.
        sent = {"body": "x", "mentions": [{"code": code, "type": kind}]}
        answer = scene.program.ask("POST", where, sent)
        assert (answer.status_code, b"/mentions" in answer.data) == (422, True)
    for odd in ("sato", {"code": "sato"}, {"code": 1, "type": "USER"}, {"code": "a", "type": "x"}):
        answer = scene.program.ask("POST", where, {"body": "x", "mentions": [odd]})
        assert (answer.status_code, b"/mentions/0" in answer.data) == (422, True)


def test_an_unseen_record_is_one_that_is_not_there(scene: Scene) -> None:
    rules = {
        "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
        "record": [{"who": ["creator"], "allow": ["view", "edit", "delete", "comment"]}],
    }
    app = scene.world.publish(FIELDS, rules)
    (theirs,) = scene.world.put(app, {"body": "theirs"})
    program = Program.of(scene.web, "sato", app.code, "view", "edit", "delete", "comment")
    for method, tail, body in (
        ("GET", "", None),
        ("PUT", "", {"record": {"body": "x"}}),
        ("DELETE", "", {"reason": "x"}),
        ("GET", "/comments", None),
        ("POST", "/comments", {"body": "x"}),
    ):
        there, nowhere = (
            program.ask(method, f"/api/apps/{app.code}/records/{record}{tail}", body)
            for record in (theirs, theirs + 1)
        )
        assert there.status_code == nowhere.status_code == 404
        assert there.data == nowhere.data


def test_a_column_of_a_table_is_asked_for_by_its_table(scene: Scene) -> None:
    people = {"kind": "table", "items": {"properties": {"who": {"kind": "text", "title": "人"}}}}
    app = scene.world.publish({"people": people})
    program = Program.of(scene.web, "sato", app.code, "view")
    asked = {
        field: program.ask("GET", f"/api/apps/{app.code}/records?field={field}")
        for field in ("who", "people")
    }
    assert (asked["who"].status_code, asked["people"].status_code) == (400, 200)
    assert "people" in asked["who"].text
