"""Group J, what works once: codes of authenticators, and codes that let somebody in."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pyotp

from attacks.cases import case
from attacks.serving import Town
from attacks.visiting import Visitor
from attacks.world import PASSWORD

AT_ONCE = 8


def race(town: Town, ready: Callable[[Visitor], None], form: tuple[str, dict[str, str]]) -> int:
    """Let several browsers send one form at the same moment; return how many were let in."""
    strangers = [town.here.stranger() for _ in range(AT_ONCE)]
    for one in strangers:
        ready(one)

    def send(one: Visitor) -> httpx.Response:
        return one.post(*form)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = [*pool.map(send, strangers)]
    for one in strangers:
        one.close()
    return sum(one.status_code == 303 for one in answers)


@case("J11", guard="codes-are-looked-up-only")
def test_of_many_who_use_one_invitation_at_once_one_gets_in(fresh: Town) -> None:
    admin = fresh.visitor("admin")
    admin.get("/people/users/viewer_a")
    slip = admin.post("/people/users/viewer_a/link").text
    found = re.search(r'class="slip__code">([^<]*)<', slip)
    assert found is not None
    form = {"code": found[1], "new_password": "himawari no tane 5", "again_password": ""}
    form["again_password"] = form["new_password"]
    assert race(fresh, lambda one: _open(one, "/invitation"), ("/invitation/password", form)) == 1
    assert race(fresh, lambda one: _open(one, "/invitation"), ("/invitation/password", form)) == 0


def _open(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 200


def authenticator(town: Town, user: str) -> pyotp.TOTP:
    """Set up a second factor for somebody, a minute ago."""
    visitor = town.here.stranger().enter(user)
    visitor.get("/account/second")
    visitor.post("/account/second")
    found = re.search(r'<code class="secret">([^<]+)</code>', visitor.get("/account/second").text)
    assert found is not None
    codes = pyotp.TOTP(found[1].replace(" ", ""))
    confirming = {"second": codes.at(town.here.clock.now)}
    assert visitor.post("/account/second/confirm", confirming).status_code == 200
    town.here.clock.now += timedelta(minutes=1)
    return codes


def past_the_password(user: str) -> Callable[[Visitor], None]:
    """Return what brings a browser to the second step."""

    def arrive(visitor: Visitor) -> None:
        visitor.get("/login")
        asked = visitor.post("/login", {"user": user, "password": PASSWORD})
        assert asked.status_code == 200
        assert visitor.get("/").status_code == 302

    return arrive


@case("J10", "J11", guard="codes-are-looked-up-only")
def test_a_code_works_once_and_in_its_time(fresh: Town) -> None:
    codes, now = authenticator(fresh, "viewer_a"), fresh.here.clock.now
    arrive = past_the_password("viewer_a")
    for seconds in (-120, 120):
        stranger = fresh.here.stranger()
        arrive(stranger)
        old = {"second": codes.at(now + timedelta(seconds=seconds))}
        assert stranger.post("/login/second", old).status_code == 422
    form = {"second": codes.at(now)}
    assert race(fresh, arrive, ("/login/second", form)) == 1


@case("J10", guard="codes-may-be-guessed")
def test_codes_cannot_be_guessed_one_after_the_other(fresh: Town) -> None:
    codes = authenticator(fresh, "viewer_a")
    right = codes.at(fresh.here.clock.now)
    near = {codes.at(fresh.here.clock.now + timedelta(seconds=n)) for n in (-30, 0, 30)}
    stranger = fresh.here.stranger()
    past_the_password("viewer_a")(stranger)
    guesses = [f"{n:06}" for n in range(30) if f"{n:06}" not in near]
    answers = [stranger.post("/login/second", {"second": one}).status_code for one in guesses]
    assert answers.count(422) <= 5
    assert stranger.post("/login/second", {"second": right}).status_code != 303
    assert stranger.get("/").status_code == 302
