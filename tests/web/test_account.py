"""Signing in and out; what was typed survives a login that ran out."""

from __future__ import annotations

import pytest
from flask import Flask

from tsuzuri.services import people
from worlds.face import Visitor, opened, read_form
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

PASSWORD = "十文字よりも長い合言葉"


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    people.set_password(world.platform, "mori", PASSWORD)
    return opened(world)


def signed_in(app: Flask, target: str = "") -> Visitor:
    visitor = Visitor(app)
    visitor.get("/login")
    answer = visitor.post("/login", {"user": "mori", "password": PASSWORD, "next": target})
    assert answer.status_code == 303
    return visitor


def test_a_page_leads_to_the_login_and_the_login_back_to_it(app: Flask) -> None:
    visitor = Visitor(app)
    answer = visitor.get("/search?q=a b")
    assert answer.status_code == 302
    page = visitor.get(answer.headers["Location"])
    answer = visitor.send(page, "login", user="mori", password=PASSWORD)
    assert answer.headers["Location"] == "/search?q=a%20b"
    assert visitor.get("/").status_code == 200


@pytest.mark.parametrize("user", ["mori", "nobody", "", "\x00", "x" * 5000])
def test_a_wrong_password_keeps_the_name_and_tells_nothing_more(app: Flask, user: str) -> None:
    visitor = Visitor(app)
    visitor.get("/login")
    answer = visitor.post("/login", {"user": user, "password": "wrong"})
    assert answer.status_code == 422
    assert "ログイン名かパスワードが違います。" in answer.text
    assert visitor.get("/").status_code == 302


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x()", "/\nx", "\\"],
)
def test_a_login_leads_nowhere_else(app: Flask, target: str) -> None:
    visitor = Visitor(app)
    visitor.get("/login")
    answer = visitor.post("/login", {"user": "mori", "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == "/"


def test_a_login_starts_from_an_empty_session(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.get("/login")
    with visitor.client.session_transaction() as session:
        session["planted"] = "before"
    visitor.post("/login", {"user": "mori", "password": PASSWORD})
    with visitor.client.session_transaction() as session:
        assert "planted" not in session
        assert session.permanent


def test_logging_out_leaves_nothing(app: Flask) -> None:
    visitor = signed_in(app)
    visitor.get("/")
    answer = visitor.post("/logout")
    assert answer.status_code == 303
    assert visitor.get("/").status_code == 302
    with visitor.client.session_transaction() as session:
        assert "_user_id" not in session


def test_a_closed_account_is_out_at_once(app: Flask) -> None:
    visitor = Visitor(app)
    with visitor.client.session_transaction() as session:
        session["_user_id"] = "gone"
    assert visitor.get("/").status_code == 302


def test_the_language_is_that_of_the_account_and_of_the_browser_before(app: Flask) -> None:
    visitor = Visitor(app)
    assert "Password" in visitor.get("/login", headers={"Accept-Language": "en"}).text
    assert "パスワード" in visitor.get("/login", headers={"Accept-Language": "fr"}).text
    visitor.post("/language", {"language": "en", "next": "/login"})
    assert "Password" in visitor.get("/login").text
    visitor = signed_in(app)
    visitor.get("/")
    visitor.post("/language", {"language": "en"})
    try:
        assert "What is new" in visitor.get("/").text
    finally:
        visitor.post("/language", {"language": "ja"})
    assert "新着" in visitor.get("/").text


def test_what_was_typed_comes_back_after_a_login_that_ran_out(app: Flask, world: World) -> None:
    note = world.publish({"title": {"kind": "text"}, "marks": MARKS, "body": {"kind": "multiline"}})
    visitor = signed_in(app)
    page = visitor.get(f"/apps/{note.code}/new")
    visitor.client.delete_cookie("tsuzuri")
    answer = visitor.send(
        page, f__title="途中 <b>", f__marks=["い", "ろ"], f__body="一行目\n\n三行目"
    )
    assert answer.status_code == 401
    assert "入力した内容は残っています。" in answer.text
    assert not world.seen("mori", note)
    answer = visitor.send(answer, "login", user="mori", password="wrong")
    assert answer.status_code == 422
    answer = visitor.send(answer, "login", user="mori", password=PASSWORD)
    assert answer.status_code == 200
    assert "まだ保存されていません" in answer.text
    typed = read_form(answer.text, "record-form").fields
    assert typed["f.title"] == ["途中 <b>"]
    assert typed["f.marks"] == ["い", "ろ"]
    assert typed["f.body"] == ["一行目\n\n三行目"]
    assert not world.seen("mori", note), "nothing is saved before the writer says so"
    assert visitor.send(answer).status_code == 303
    assert len(world.seen("mori", note)) == 1


MARKS = {"kind": "checkbox", "items": {"type": "string", "enum": ["い", "ろ"]}}


def test_a_password_is_never_carried(app: Flask) -> None:
    visitor = Visitor(app)
    visitor.get("/login")
    answer = visitor.post("/login", {"user": "mori", "password": "秘密の合言葉です"})
    assert "秘密の合言葉です" not in answer.text


def test_a_form_whose_protection_ran_out_is_shown_again_and_does_nothing(
    app: Flask, world: World
) -> None:
    note = world.publish({"title": {"kind": "text"}})
    visitor = signed_in(app)
    page = visitor.get(f"/apps/{note.code}/new")
    answer = visitor.send(page, f__title="消えない", csrf_token="forged")
    assert "まだ保存されていません" in answer.text
    assert read_form(answer.text, "record-form").fields["f.title"] == ["消えない"]
    assert not world.seen("mori", note)
    assert visitor.send(answer).status_code == 303


@pytest.mark.parametrize("path", ["/seen", "/logout", "/language"])
def test_a_forged_button_does_nothing(app: Flask, path: str) -> None:
    visitor = signed_in(app)
    assert visitor.post(path, {"csrf_token": "forged"}).status_code == 303
    assert visitor.get("/").status_code == 200
