"""Codes on paper and in links: made by administrators, used by their person, kept out of logs."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from tsuzuri.access.actors import Actor
from tsuzuri.factory import create_app
from tsuzuri.services import directory, people
from tsuzuri.services.directory import Person
from tsuzuri.storage import people as stored
from tsuzuri.storage.account_tables import once, throttles
from tsuzuri.storage.audit_tables import entries
from worlds.face import Visitor, errors, opened
from worlds.fixtures import world
from worlds.town import NOW, World

__all__ = ["world"]

ADDRESS = "https://tsuzuri.example"
PASSWORD = "十文字よりも長い合言葉"
REFUSED = "この招待コードは使えません。"


@pytest.fixture(scope="module")
def web(world: World) -> Flask:
    for code in ("keeper", "keeper2"):
        person = Person(code=code, name="管理 花子", administers=True)
        directory.add(world.platform, Actor(user="cli:test"), person)
    config = replace(world.platform.config, address=ADDRESS)
    web = create_app(config, replace(world.platform, config=config))
    web.config.update(TESTING=True)
    return web


@pytest.fixture(autouse=True)
def _fresh(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(people, "_hasher", PasswordHasher(1, 8, 1))
    world.clock.now = NOW
    with world.platform.database.platform(writing=True) as connection:
        connection.execute(throttles.delete())
        connection.execute(once.delete())
        for user in world.platform.directory.users:
            stored.put_password(connection, user, "x")
        stored.put_password(connection, "abe", "")
    yield
    world.clock.now = NOW


@pytest.fixture
def keeper(web: Flask) -> Visitor:
    return Visitor(web).enter("keeper")


def codes(page: str) -> list[str]:
    return re.findall(r'class="slip__code">([^<]*)<', page)


def invited(keeper: Visitor, user: str = "abe") -> str:
    """Return the code that an administrator got for somebody."""
    page = keeper.get(f"/people/users/{user}")
    (code,) = codes(keeper.send(page, "link-form").text)
    return code


def test_from_the_persons_page_to_the_first_login(
    world: World, web: Flask, keeper: Visitor
) -> None:
    page = keeper.get("/people/users/abe")
    assert "まだパスワードがありません" in page.text
    slip = keeper.send(page, "link-form")
    (code,) = codes(slip.text)
    assert f"<strong>{ADDRESS}/invitation</strong>" in slip.text
    assert f'value="{ADDRESS}/invitation#{code}"' in slip.text
    assert "令和8年11月25日(水) 00:30" in slip.text
    # It is shown once: the page tells only that there is one.
    assert code not in keeper.get("/people/users/abe").text
    assert "渡してあるコード" in keeper.get("/people/users/abe").text

    visitor = Visitor(web)
    assert "/invitation" in visitor.get("/login").text
    choosing = visitor.send(visitor.get("/invitation"), "code-form", code=code.lower())
    assert 'value="abe"' in choosing.text
    form = {"new_password": PASSWORD, "again_password": PASSWORD}
    done = visitor.send(choosing, "password-form", **form)
    assert (done.status_code, done.location) == (303, "/login")
    login = visitor.get("/login")
    assert "パスワードを決めました" in login.text
    entered = visitor.send(login, "login", user="abe", password=PASSWORD)
    assert (entered.status_code, entered.location) == (303, "/")
    again = visitor.send(visitor.get("/invitation"), "code-form", code=code)
    assert again.status_code == 422
    assert REFUSED in again.text


def test_what_does_not_work_is_one_answer(world: World, web: Flask, keeper: Visitor) -> None:
    old = invited(keeper)
    closed = invited(keeper, "sato")
    directory.change(world.platform, Actor(user="cli:test"), "sato", active=False)
    new = invited(keeper)
    visitor = Visitor(web)
    visitor.get("/invitation")

    def answer(code: str) -> str:
        found = visitor.post("/invitation", {"code": code})
        assert found.status_code == 422
        return re.sub(r'csrf[^>]*"', "", found.text)

    said = {answer(code) for code in ("", "x", "0" * 28, old, closed)}
    world.clock.now = NOW + timedelta(hours=73)
    said.add(answer(new))
    assert len(said) == 1
    directory.change(world.platform, Actor(user="cli:test"), "sato", active=True)


def test_the_code_is_nowhere_but_in_the_answer_and_the_form(
    world: World, web: Flask, keeper: Visitor
) -> None:
    code = invited(keeper)
    visitor = Visitor(web)
    page = visitor.get("/invitation")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    answers = [visitor.send(page, "code-form", code=code)]
    assert answers[0].headers["Cache-Control"] == "no-store"
    form = {"new_password": PASSWORD, "again_password": PASSWORD}
    answers.append(visitor.send(answers[0], "password-form", **form))
    for answer in answers:
        assert code not in str(answer.headers)
        assert code not in answer.request.url
    with world.platform.database.platform() as connection:
        kept = str(connection.execute(select(entries)).all())
    assert code not in kept
    # An address that holds one all the same opens nothing: nobody is to make a habit of it.
    assert visitor.get(f"/invitation?code={code}").text.count(code) == 0
    assert visitor.get(f"/invitation/{code}").status_code == 404


def test_what_is_wrong_with_a_password_is_told_and_the_code_stays(
    web: Flask, keeper: Visitor
) -> None:
    visitor, code = Visitor(web), invited(keeper)
    choosing = visitor.send(visitor.get("/invitation"), "code-form", code=code)
    for new, again, where in (
        ("short", "short", "new_password"),
        ("Sakura2026!", "Sakura2026!", "new_password"),
        (PASSWORD, PASSWORD + "x", "again_password"),
        ("", "", "new_password"),
    ):
        form = {"new_password": new, "again_password": again}
        choosing = visitor.send(choosing, "password-form", **form)
        assert choosing.status_code == 422
        assert [one for one, _ in errors(choosing.text)] == [where]
        assert PASSWORD not in choosing.text
    form = {"new_password": PASSWORD, "again_password": PASSWORD}
    assert visitor.send(choosing, "password-form", **form).status_code == 303
    for path in ("/invitation", "/invitation/password"):
        refused = visitor.post(path, {"code": code, **form})
        assert (refused.status_code, REFUSED in refused.text) == (422, True)


def test_whoever_is_signed_in_meanwhile_stays_who_they_are(web: Flask, keeper: Visitor) -> None:
    mori = Visitor(web).enter("mori")
    code = invited(keeper)
    form = {"code": code, "new_password": PASSWORD, "again_password": PASSWORD}
    assert mori.post("/invitation/password", form).status_code == 303
    assert mori.get("/account").status_code == 200
    # Their own code puts their own browser out as well.
    form["code"] = invited(keeper, "mori")
    assert mori.post("/invitation/password", form).status_code == 303
    assert mori.get("/account").status_code == 302


def test_a_form_of_another_site_sets_nothing(web: Flask, keeper: Visitor) -> None:
    form = {"code": invited(keeper), "new_password": PASSWORD, "again_password": PASSWORD}
    assert Visitor(web).client.post("/invitation/password", data=form).status_code == 401
    visitor = Visitor(web)
    visitor.get("/invitation")
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert visitor.post("/invitation/password", form, headers=headers).status_code == 403
    assert visitor.post("/invitation/password", form).status_code == 303


def test_a_reset_ends_the_sessions_of_its_person(web: Flask, keeper: Visitor) -> None:
    lost, other = Visitor(web).enter("mori"), Visitor(web).enter("sato")
    page = keeper.get("/people/users/mori")
    assert "再設定の案内を作る" in page.text
    slip = keeper.send(page, "link-form")
    assert "パスワード再設定のご案内" in slip.text
    visitor = Visitor(web)
    visitor.get("/invitation")
    form = {"new_password": PASSWORD, "again_password": PASSWORD}
    form["code"] = codes(slip.text)[0]
    assert visitor.post("/invitation/password", form).status_code == 303
    assert lost.get("/account").status_code == 302
    assert other.get("/account").status_code == 200
    # Using it signed nobody in.
    assert visitor.get("/account").status_code == 302


def test_it_is_taken_back_and_nobody_makes_their_own(web: Flask, keeper: Visitor) -> None:
    code = invited(keeper)
    assert keeper.send(keeper.get("/people/users/abe"), "link-end-form").status_code == 303
    visitor = Visitor(web)
    assert REFUSED in visitor.send(visitor.get("/invitation"), "code-form", code=code).text
    assert keeper.post("/people/users/abe/link/end").status_code == 404
    assert 'id="link-form"' not in keeper.get("/people/users/keeper").text
    assert keeper.post("/people/users/keeper/link").status_code == 422
    assert keeper.post("/people/users/nobody/link").status_code == 404


def test_people_from_a_file_get_their_slips_on_one_page(world: World, keeper: Visitor) -> None:
    keeper.get("/people/import")
    header = "ログイン名,氏名,ふりがな,所属コード,グループコード,開始日,終了日,メール,有効\r\n"
    rows = header + "".join(f"new{n},新人 {n},,,,,,,\r\n" for n in range(3))
    file = (io.BytesIO(rows.encode()), "people.csv")
    checked = keeper.post("/people/import", {"file": file})
    answer = keeper.send(checked, "apply-form")
    assert answer.location == "/people/invitations"
    page = keeper.get(answer.location)
    assert re.findall(r'name="user" value="([^"]*)" checked', page.text) == [
        *("abe", "new0", "new1", "new2")
    ]
    slips = keeper.send(page, "invitations-form", user=["new0", "new1", "new2", "mori"])
    # Who has a password gets no invitation.
    assert len(set(codes(slips.text))) == 3
    assert slips.text.count("print-break") == 2
    page = keeper.get("/people/invitations")
    assert re.findall(r'name="user" value="([^"]*)" checked', page.text) == ["abe"]
    wrong = keeper.send(page, "invitations-form", user=["mori"])
    assert (wrong.status_code, len(errors(wrong.text))) == (422, 1)


def test_where_no_address_is_set_the_slip_tells_none(world: World) -> None:
    plain = Visitor(opened(world)).enter("keeper2")
    for headers in ({}, {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}):
        slip = plain.post("/people/users/abe/link", headers=headers)
        assert "evil.example" not in slip.text
        assert "ログイン画面の「招待コードを使う」を押してください" in slip.text
