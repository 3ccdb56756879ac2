"""A form pressed twice makes one thing, and leads to it both times."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tsuzuri.definitions.model import App
from worlds.face import Visitor, opened, read_form
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]


@pytest.fixture
def app(world: World) -> App:
    return world.publish({"body": {"kind": "text"}})


@pytest.fixture(scope="module")
def web(world: World) -> Flask:
    return opened(world)


def test_a_new_record_sent_twice_is_one_and_the_second_answer_leads_to_it(
    world: World, web: Flask, app: App
) -> None:
    visitor = Visitor(web).enter("sato")
    page = visitor.get(f"/apps/{app.code}/new")
    first, second = (visitor.send(page, f__body="once") for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert len(world.seen("abe", app)) == 1


def test_a_double_click_makes_one_record(world: World, web: Flask, app: App) -> None:
    visitor = Visitor(web).enter("sato")
    form = read_form(visitor.get(f"/apps/{app.code}/new").text, "record-form")
    form.fields["f.body"] = ["once"]
    cookie = visitor.client.get_cookie("tsuzuri")
    assert cookie is not None

    def click(_: int) -> str:
        client = web.test_client()
        client.set_cookie("tsuzuri", cookie.value)
        return client.post(form.action, data=form.fields).headers["Location"]

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(click, range(4)))
    assert len(found) == 1
    assert len(world.seen("abe", app)) == 1


def test_the_same_words_in_a_form_opened_anew_are_another_record(
    world: World, web: Flask, app: App
) -> None:
    visitor = Visitor(web).enter("sato")
    for _ in range(2):
        visitor.send(visitor.get(f"/apps/{app.code}/new"), f__body="twice")
    assert len(world.seen("abe", app)) == 2


def test_going_back_and_writing_something_else_is_asked_about_first(
    world: World, web: Flask, app: App
) -> None:
    visitor = Visitor(web).enter("sato")
    page = visitor.get(f"/apps/{app.code}/new")
    visitor.send(page, f__body="one")
    again = visitor.send(page, f__body="two")
    assert again.status_code == 422
    assert "すでに保存されています" in again.text
    assert len(world.seen("abe", app)) == 1
    assert visitor.send(again).status_code == 303
    assert len(world.seen("abe", app)) == 2


def test_a_form_that_came_back_with_a_mistake_still_makes_one_record(
    world: World, web: Flask
) -> None:
    app = world.publish({"count": {"kind": "number"}})
    visitor = Visitor(web).enter("sato")
    wrong = visitor.send(visitor.get(f"/apps/{app.code}/new"), f__count="many")
    assert wrong.status_code == 422
    answers = [visitor.send(wrong, f__count="3") for _ in range(2)]
    assert len({one.headers["Location"] for one in answers}) == 1
    assert len(world.seen("abe", app)) == 1


def test_a_comment_sent_twice_is_said_once(world: World, web: Flask, app: App) -> None:
    (record,) = world.put(app, {"body": "x"})
    visitor = Visitor(web).enter("sato")
    where = f"/apps/{app.code}/records/{record}"
    page = visitor.get(where)
    first, second = (visitor.send(page, "comments", body="seen") for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert visitor.get(where).text.count('class="comment__body"') == 1
    other = visitor.send(page, "comments", body="seen, too")
    assert other.status_code == 422
    visitor.send(other, "comments")
    assert visitor.get(where).text.count('class="comment__body"') == 2


def test_a_form_with_an_odd_key_works_as_one_without(world: World, web: Flask, app: App) -> None:
    visitor = Visitor(web).enter("sato")
    page = visitor.get(f"/apps/{app.code}/new")
    for key in ("", "日本", "x" * 500):
        assert visitor.send(page, f__body="x", _once=key).status_code == 303
    assert len(world.seen("abe", app)) == 3
