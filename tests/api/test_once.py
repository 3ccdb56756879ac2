"""A request under a key has its effect once, whoever sends it how often, at once or later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tsuzuri.definitions.model import App
from tsuzuri.storage.account_tables import answers
from worlds.face import opened
from worlds.fixtures import world
from worlds.program import Program
from worlds.town import NOW, World

__all__ = ["world"]

RIGHTS = ("view", "add", "edit", "delete", "comment")


@dataclass(frozen=True)
class Scene:
    """An empty app of its own, and a program that may write in it."""

    world: World
    web: Flask
    app: App
    program: Program

    @property
    def many(self) -> str:
        """The address of the app's records."""
        return f"/api/apps/{self.app.code}/records"

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.world.seen("abe", self.app))

    def at_once(self, times: int, ask: Callable[[], TestResponse]) -> list[TestResponse]:
        """Do something several times at the same moment."""
        ready = threading.Barrier(times)

        def run(_: int) -> TestResponse:
            ready.wait()
            return ask()

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(run, range(times)))


@pytest.fixture
def scene(world: World) -> Scene:
    world.clock.now = NOW
    app, web = world.publish({"body": {"kind": "text"}}), opened(world)
    return Scene(world, web, app, Program.of(web, "sato", app.code, *RIGHTS))


def post(scene: Scene, body: str, key: str = "k1", program: Program | None = None) -> TestResponse:
    sender = program or scene.program
    return sender.ask("POST", scene.many, {"record": {"body": body}}, key=key)


def test_a_request_sent_again_is_answered_as_before(scene: Scene) -> None:
    first, second = post(scene, "one"), post(scene, "one")
    assert (first.status_code, first.data) == (second.status_code, second.data) == (201, first.data)
    assert first.headers["Location"] == second.headers["Location"]
    assert scene.count == 1


def test_without_a_key_two_requests_are_two(scene: Scene) -> None:
    assert post(scene, "one", "").data != post(scene, "one", "").data
    assert scene.count == 2


def test_another_body_under_the_same_key_is_refused(scene: Scene) -> None:
    post(scene, "one")
    answer = post(scene, "two")
    assert answer.status_code == 422
    assert "キー" in answer.text
    assert scene.count == 1
    assert post(scene, "one").status_code == 201


def test_another_persons_key_is_another_key(scene: Scene) -> None:
    other = Program.of(scene.web, "mori", scene.app.code, *RIGHTS)
    assert post(scene, "one").data != post(scene, "one", program=other).data
    assert post(scene, "two", program=other).status_code == 422
    assert scene.count == 2


def test_another_token_of_the_same_person_is_told_nothing_of_the_first(scene: Scene) -> None:
    other = Program.of(scene.web, "sato", scene.app.code, *RIGHTS)
    assert post(scene, "one").data != post(scene, "one", program=other).data


def test_another_address_is_another_request(scene: Scene) -> None:
    where = post(scene, "one").headers["Location"]
    other = post(scene, "one", "k2").headers["Location"]
    for address in (where, other):
        changed = scene.program.ask("PUT", address, {"record": {"body": "x"}}, key="k")
        assert changed.status_code == 200
        assert changed.json is not None
        assert changed.json["$id"] in address


def test_a_refused_request_may_be_sent_again_put_right(scene: Scene) -> None:
    long = scene.program.ask("POST", scene.many, {"record": {"nowhere": 1}}, key="k1")
    assert long.status_code == 422
    assert post(scene, "one").status_code == 201


@pytest.mark.parametrize("key", ["x" * 201, "日本"])
def test_a_key_that_nobody_should_send_is_refused(scene: Scene, key: str) -> None:
    answer = scene.program.client.post(
        scene.many,
        json={"record": {}},
        headers={
            "Authorization": f"Bearer {scene.program.token}",
            "Idempotency-Key": key.encode().decode("latin-1"),
        },
    )
    assert answer.status_code == 422
    assert scene.count == 0


def test_a_change_sent_again_does_not_undo_a_later_one(scene: Scene) -> None:
    where = post(scene, "one").headers["Location"]

    def change(body: str, key: str) -> TestResponse:
        return scene.program.ask("PUT", where, {"record": {"body": body}}, key=key)

    first = change("two", "a")
    change("three", "b")
    again = change("two", "a")
    assert (again.status_code, again.data) == (200, first.data)
    read = scene.program.ask("GET", where)
    assert read.json is not None
    assert read.json["record"]["body"] == "three"


def test_a_deletion_and_a_comment_sent_again_are_answered_as_before(scene: Scene) -> None:
    where = post(scene, "one").headers["Location"]
    said = [
        scene.program.ask("POST", f"{where}/comments", {"body": "hello"}, key="c").data
        for _ in range(2)
    ]
    assert said[0] == said[1]
    found = scene.program.ask("GET", f"{where}/comments").json
    assert found is not None
    assert len(found["comments"]) == 1
    gone = [scene.program.ask("DELETE", where, {"reason": "twice"}, key="d") for _ in range(2)]
    assert [one.status_code for one in gone] == [204, 204]
    assert scene.program.ask("DELETE", where, {"reason": "twice"}, key="e").status_code == 404


def test_many_at_once_have_one_effect_and_one_answer(scene: Scene) -> None:
    found = scene.at_once(8, lambda: post(scene, "one"))
    assert {one.status_code for one in found} == {201}
    assert len({one.data for one in found}) == 1
    assert scene.count == 1


def test_many_at_once_with_two_bodies_have_one_effect(scene: Scene) -> None:
    bodies = iter(["one", "two"] * 3)
    found = scene.at_once(6, lambda: post(scene, next(bodies)))
    assert sorted(one.status_code for one in found) == [201] * 3 + [422] * 3
    assert scene.count == 1


def test_an_answer_is_kept_for_a_day_and_then_taken_away(scene: Scene) -> None:
    first = post(scene, "one")
    scene.world.clock.now = NOW + timedelta(hours=23)
    assert post(scene, "one").data == first.data
    scene.world.clock.now = NOW + timedelta(hours=25)
    token = Program.of(scene.web, "sato", scene.app.code, *RIGHTS)
    assert post(scene, "one", "other", program=token).status_code == 201
    with scene.world.platform.database.platform() as connection:
        keys = connection.execute(answers.select().where(answers.c.at < "2026-11-22")).all()
    assert keys == []


def test_who_lost_the_right_meanwhile_is_told_nothing_more(scene: Scene) -> None:
    post(scene, "one")
    closed = {"app": [{"who": ["user:abe"], "allow": ["view"]}]}
    scene.world.publish({"body": {"kind": "text"}}, closed, code=scene.app.code)
    assert post(scene, "one").status_code == 404
