"""Second factors: what is asked after the password, and that nothing gets around it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tsuzuri.errors import Invalid, Unknown
from tsuzuri.factory import create_app
from tsuzuri.services import factors, people
from tsuzuri.storage.account_tables import throttles, totps
from tsuzuri.storage.audit_tables import entries
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import NOW, World

__all__ = ["world"]

PASSWORD = "ひまわりの種を五つぶ"
WRONG = "確認コードが違います。"


@pytest.fixture(scope="module")
def web(world: World) -> Flask:
    return opened(world)


@pytest.fixture
def time(world: World) -> Iterator[None]:
    """Begin at one moment, with nobody's guesses counted yet."""
    world.clock.now = NOW
    with world.platform.database.platform(writing=True) as connection:
        connection.execute(throttles.delete())
    yield
    world.clock.now = NOW


class Owner:
    """Somebody with an authenticator, as their application and paper know it."""

    def __init__(self, world: World, web: Flask, user: str) -> None:
        self.world, self.web, self.user = world, web, user
        people.set_password(world.platform, user, PASSWORD)
        factors.end(world.platform, world.actor(user))
        self.visitor = Visitor(web).enter(user)
        self.visitor.post("/account/second")
        page = self.visitor.get("/account/second").text
        found = re.search(r'<code class="secret">([^<]+)</code>', page)
        assert found is not None
        self.totp = pyotp.TOTP(found[1].replace(" ", ""))
        shown = self.visitor.post("/account/second/confirm", {"second": self.code()})
        assert shown.status_code == 200
        self.paper = re.findall(r'<code class="secret">([^<]+)</code>', shown.text)
        self.later(60)

    def code(self, seconds: int = 0) -> str:
        return self.totp.at(self.world.clock.now + timedelta(seconds=seconds))

    def later(self, seconds: int) -> None:
        self.world.clock.now += timedelta(seconds=seconds)

    def arrive(self, password: str = PASSWORD, **more: str) -> tuple[Visitor, TestResponse]:
        """Show the password in a fresh browser."""
        visitor = Visitor(self.web)
        visitor.get("/login")
        given = {"user": self.user, "password": password, **more}
        return visitor, visitor.post("/login", given)


@pytest.fixture
def sato(world: World, web: Flask, time: None) -> Owner:
    return Owner(world, web, "sato")


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/").status_code == 200


def test_after_the_password_nobody_is_in_yet(sato: Owner) -> None:
    visitor, asked = sato.arrive(next="/account")
    assert "確認コード" in asked.text
    assert not is_in(visitor)
    done = visitor.post("/login/second", {"second": sato.code()})
    assert (done.status_code, done.headers["Location"]) == (303, "/account")
    assert is_in(visitor)


def test_the_picture_is_one_that_a_browser_draws(world: World, web: Flask, time: None) -> None:
    factors.end(world.platform, world.actor("mori"))
    visitor = Visitor(web).enter("mori")
    assert visitor.get("/account/second/code.svg").status_code == 404
    visitor.post("/account/second")
    drawn = visitor.get("/account/second/code.svg")
    assert drawn.mimetype == "image/svg+xml"
    assert 'xmlns="http://www.w3.org/2000/svg"' in drawn.text
    factors.end(world.platform, world.actor("mori"))


def test_who_has_none_and_who_errs_learn_nothing_of_it(sato: Owner) -> None:
    _, answer = sato.arrive(password="ちがう合言葉です")
    assert "確認コード" not in answer.text
    people.set_password(sato.world.platform, "takahashi", PASSWORD)
    visitor = Visitor(sato.web)
    visitor.get("/login")
    assert visitor.post("/login", {"user": "takahashi", "password": PASSWORD}).status_code == 303


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_a_clock_may_be_half_a_minute_off(sato: Owner, seconds: int) -> None:
    visitor, _ = sato.arrive()
    visitor.post("/login/second", {"second": sato.code(seconds)})
    assert is_in(visitor)


@pytest.mark.parametrize("seconds", [-60, 60, 3600])
def test_a_code_of_another_time_is_wrong(sato: Owner, seconds: int) -> None:
    visitor, _ = sato.arrive()
    answer = visitor.post("/login/second", {"second": sato.code(seconds)})
    assert answer.status_code == 422
    assert WRONG in answer.text
    assert not is_in(visitor)


@pytest.mark.parametrize("code", ["", "000000", "abc", "１２３４５６", "9" * 5000, "\x00", "é"])
def test_what_is_no_code_is_wrong(sato: Owner, code: str) -> None:
    visitor, _ = sato.arrive()
    assert visitor.post("/login/second", {"second": code}).status_code == 422
    assert not is_in(visitor)


def test_full_width_digits_and_spaces_are_read(sato: Owner) -> None:
    wide = sato.code().translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    visitor, _ = sato.arrive()
    visitor.post("/login/second", {"second": f"{wide[:3]} {wide[3:]}"})
    assert is_in(visitor)


def test_a_code_works_once(sato: Owner) -> None:
    code = sato.code()
    first, _ = sato.arrive()
    second, _ = sato.arrive()
    first.post("/login/second", {"second": code})
    assert second.post("/login/second", {"second": code}).status_code == 422
    assert is_in(first)
    assert not is_in(second)
    # Nor does one of a moment before it.
    assert second.post("/login/second", {"second": sato.code(-30)}).status_code == 422


def test_a_code_from_paper_works_once(sato: Owner) -> None:
    assert len(set(sato.paper)) == factors.CODES
    first, _ = sato.arrive()
    first.post("/login/second", {"second": sato.paper[0].upper().replace("-", " ")})
    assert is_in(first)
    second, _ = sato.arrive()
    assert second.post("/login/second", {"second": sato.paper[0]}).status_code == 422
    assert factors.standing(sato.world.platform, "sato").codes == factors.CODES - 1


def test_a_code_from_paper_is_long_and_read_as_people_write(sato: Owner) -> None:
    for code in sato.paper:
        assert re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}", code)
    assert 16 * math.log2(len(set(factors.ALPHABET))) >= 80
    visitor, _ = sato.arrive()
    seen = sato.paper[1].upper().replace("0", "O").replace("1", "l")
    assert visitor.post("/login/second", {"second": seen}).status_code == 303


def test_somebody_elses_code_is_wrong(sato: Owner, world: World, web: Flask) -> None:
    other = Owner(world, web, "takahashi")
    visitor, _ = sato.arrive()
    for code in (other.code(), other.paper[0]):
        assert visitor.post("/login/second", {"second": code}).status_code == 422
    factors.end(world.platform, world.actor("takahashi"))


def test_the_second_step_without_the_first_is_none(sato: Owner) -> None:
    visitor = Visitor(sato.web)
    visitor.get("/login")
    answer = visitor.post("/login/second", {"second": sato.code(), "user": "sato"})
    assert answer.status_code == 422
    assert not is_in(visitor)
    assert visitor.get("/login/second").status_code == 303


def test_the_second_step_is_for_the_browser_that_took_the_first(sato: Owner) -> None:
    sato.arrive()
    thief = Visitor(sato.web)
    thief.get("/login")
    assert thief.post("/login/second", {"second": sato.code()}).status_code == 422
    assert not is_in(thief)


def test_the_second_step_ends_after_five_minutes(sato: Owner) -> None:
    visitor, _ = sato.arrive()
    sato.later(301)
    answer = visitor.post("/login/second", {"second": sato.code()})
    assert "時間がかかりすぎました" in answer.text
    assert not is_in(visitor)


def test_a_step_that_was_taken_is_not_taken_again(sato: Owner) -> None:
    visitor, _ = sato.arrive()
    kept = visitor.client.get_cookie("tsuzuri")
    assert kept is not None
    visitor.post("/login/second", {"second": sato.code()})
    visitor.post("/logout")
    visitor.client.set_cookie("tsuzuri", kept.value)
    sato.later(60)
    visitor.get("/login/second")
    visitor.post("/login/second", {"second": sato.code()})
    assert not is_in(visitor)


def test_an_account_closed_between_the_steps_stays_closed(sato: Owner, world: World) -> None:
    from tsuzuri.services import directory  # noqa: PLC0415  used once

    visitor, _ = sato.arrive()
    directory.change(world.platform, world.actor("abe"), "sato", active=False)
    try:
        visitor.post("/login/second", {"second": sato.code()})
        assert not is_in(visitor)
    finally:
        directory.change(world.platform, world.actor("abe"), "sato", active=True)


def test_guessing_codes_gets_slow(sato: Owner) -> None:
    visitor, _ = sato.arrive()
    statuses = [visitor.post("/login/second", {"second": f"{n:06}"}).status_code for n in range(8)]
    assert statuses[:5] == [422] * 5
    assert 429 in statuses
    # A right one does not help any more until a while has passed.
    assert visitor.post("/login/second", {"second": sato.code()}).status_code == 429
    sato.later(61)
    visitor.post("/login/second", {"second": sato.code()})
    assert is_in(visitor)


def test_what_was_typed_before_the_login_ran_out_is_still_there(sato: Owner) -> None:
    visitor = Visitor(sato.web)
    visitor.get("/login")
    given = {
        "user": "sato",
        "password": PASSWORD,
        "next": "/apps/none/new",
        "carries": "1",
        "carried.f.body": "書きかけ",
    }
    asked = visitor.post("/login", given)
    assert 'name="carried.f.body"' in asked.text
    again = visitor.post(
        "/login/second", {"second": "1", "carries": "1", "carried.f.body": "書きかけ"}
    )
    assert "書きかけ" in unescape(again.text)
    assert 'name="carried.second"' not in again.text


def test_dangerous_acts_ask_for_it_too(sato: Owner) -> None:
    visitor = sato.visitor
    sato.later(660)
    page = visitor.get("/proof?next=/account/tokens")
    assert visitor.send(page, "proof", password=PASSWORD, second="").status_code == 422
    assert visitor.get("/account/tokens").status_code == 303
    assert visitor.send(page, "proof", password=PASSWORD, second=sato.code()).status_code == 303
    assert visitor.get("/account/tokens").status_code == 200


def test_setting_it_up_ends_sessions_that_were_begun_without(
    world: World, web: Flask, time: None
) -> None:
    factors.end(world.platform, world.actor("sato"))
    other = Visitor(web).enter("sato")
    Owner(world, web, "sato")
    assert not is_in(other)


def test_a_secret_that_was_not_confirmed_asks_nothing(world: World, web: Flask, time: None) -> None:
    people.set_password(world.platform, "sato", PASSWORD)
    factors.end(world.platform, world.actor("sato"))
    visitor = Visitor(web).enter("sato")
    visitor.post("/account/second")
    assert visitor.post("/account/second/confirm", {"second": "000000"}).status_code == 422
    fresh = Visitor(web)
    fresh.get("/login")
    assert fresh.post("/login", {"user": "sato", "password": PASSWORD}).status_code == 303
    factors.end(world.platform, world.actor("sato"))


def test_the_secret_and_the_codes_are_nowhere_in_the_database_or_the_log(sato: Owner) -> None:
    with sato.world.platform.database.platform() as connection:
        sealed = connection.execute(totps.select().where(totps.c.user == "sato")).one().secret
        told = " ".join(map(str, connection.execute(entries.select()).all()))
    assert sato.totp.secret.encode() not in sealed
    assert sato.totp.secret not in told
    assert not [code for code in sato.paper if code in told]


def test_a_secret_copied_to_another_account_opens_nothing(sato: Owner, world: World) -> None:
    with world.platform.database.platform(writing=True) as connection:
        stolen = connection.execute(totps.select().where(totps.c.user == "sato")).one()
        connection.execute(totps.delete().where(totps.c.user == "mori"))
        connection.execute(
            totps.insert().values(
                user="mori", secret=stolen.secret, confirmed_at=stolen.confirmed_at
            )
        )
    with pytest.raises(Unknown):
        factors.check(world.platform, world.actor("mori"), sato.code())
    factors.end(world.platform, world.actor("mori"))


def test_giving_it_up_and_new_codes(sato: Owner) -> None:
    fresh = re.findall(
        r'<code class="secret">([^<]+)</code>', sato.visitor.post("/account/second/codes").text
    )
    assert len(fresh) == factors.CODES
    assert not set(fresh) & set(sato.paper)
    visitor, _ = sato.arrive()
    assert visitor.post("/login/second", {"second": sato.paper[1]}).status_code == 422
    sato.visitor.post("/account/second/end")
    assert sato.arrive()[1].status_code == 303


def test_each_step_is_in_the_log(sato: Owner) -> None:
    sato.visitor.post("/account/second/codes")
    visitor, _ = sato.arrive()
    visitor.post("/login/second", {"second": "wrong"})
    visitor.post("/login/second", {"second": sato.code()})
    sato.visitor.post("/account/second/end")
    with sato.world.platform.database.platform() as connection:
        kept = connection.execute(entries.select().order_by(entries.c.seq)).all()
    steps = [one.action for one in kept if one.user == "sato"]
    assert [one for one in steps if one.startswith("factor")][-3:] == [
        "factor.start",
        "factor.codes",
        "factor.end",
    ]
    assert steps[-3:] == ["session.refuse", "session.start", "factor.end"]


def test_an_administrator_takes_it_away_for_a_reason(sato: Owner, world: World, web: Flask) -> None:
    admin = replace(world.actor("abe"), administers=True)
    with pytest.raises(Invalid):
        factors.end_for(world.platform, admin, "sato", reason=" ")
    with pytest.raises(Unknown):
        factors.end_for(world.platform, admin, "nobody", reason="紛失")
    factors.end_for(world.platform, admin, "sato", reason="端末の紛失")
    assert not is_in(sato.visitor)
    assert sato.arrive()[1].status_code == 303
    assert Visitor(web).enter("mori").post("/people/sato/second/end").status_code == 404
    with world.platform.database.platform() as connection:
        kept = connection.execute(entries.select().where(entries.c.action == "factor.reset")).all()
    assert kept[-1].user == "abe"


def test_who_must_have_one_is_led_to_it_and_nowhere_else(world: World, time: None) -> None:
    platform = world.platform
    strict = replace(platform, config=replace(platform.config, second_factor="all"))
    web = create_app(strict.config, strict)
    web.config.update(TESTING=True)
    factors.end(platform, world.actor("suzuki"))
    visitor = Visitor(web)
    people.set_password(platform, "suzuki", PASSWORD)
    visitor.get("/login")
    visitor.post("/login", {"user": "suzuki", "password": PASSWORD})
    for path in ("/", "/account", "/account/tokens", "/search?q=a"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/account/second")
    assert "はじめに二段階認証を設定してください" in visitor.get("/account/second").text
    assert visitor.post("/account/devices/end").status_code == 403
    assert visitor.get("/", headers={"HX-Request": "true"}).status_code == 403
    roles = replace(platform, config=replace(platform.config, second_factor="roles"))
    free = create_app(roles.config, roles)
    other = Visitor(free)
    other.get("/login")
    other.post("/login", {"user": "suzuki", "password": PASSWORD})
    assert is_in(other)
