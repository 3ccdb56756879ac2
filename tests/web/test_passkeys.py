"""Passkeys: what they open, and that nothing but the right key at the right site opens it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from support.authenticator import PRESENT, Authenticator
from tsuzuri.services import directory, factors, passkeys
from tsuzuri.storage.account_tables import throttles
from worlds.face import Visitor
from worlds.fixtures import world
from worlds.keyed import (
    OWN,
    Owner,
    add,
    asked,
    is_in,
    log,
    refused,
    sato,
    time,
    web,
)
from worlds.town import World

__all__ = ["sato", "time", "web", "world"]


def test_what_browsers_are_asked_for(sato: Owner) -> None:
    visitor, options = sato.fresh()
    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "required"
    # Whoever comes is asked for the same: for no key of anybody's.
    assert not options.get("allowCredentials")
    made = asked(sato.visitor, f"{OWN}/new")
    assert made["attestation"] == "none"
    assert made["authenticatorSelection"]["residentKey"] == "preferred"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert len(made["excludeCredentials"]) == 1
    # What the key keeps tells nobody else whose it is.
    assert "sato" not in sato.key.handle.decode("latin-1")
    assert not is_in(visitor)


def test_a_passkey_signs_in_without_name_or_password(sato: Owner) -> None:
    visitor, options = sato.fresh()
    done = visitor.post("/login", {"passkey": sato.key.show(options), "next": "/account"})
    assert (done.status_code, done.headers["Location"]) == (303, "/account")
    assert is_in(visitor)
    assert log(sato.world, "sato")[-1] == ("session.start", {"method": "passkey"})
    assert passkeys.mine(sato.world.platform, "sato")[0].used_at


def test_a_passkey_is_the_second_step_after_the_password(sato: Owner) -> None:
    visitor = sato.arrive()
    assert not is_in(visitor)
    options = asked(visitor, "/login/second/passkey")
    assert len(options["allowCredentials"]) == 1
    # A key that was asked for need not tell whose it is.
    visitor.post("/login/second", {"passkey": sato.key.show(options, handle=b"")})
    assert is_in(visitor)


def test_where_it_does_not_work_a_code_from_paper_does(sato: Owner) -> None:
    assert len(set(sato.paper)) == factors.CODES
    visitor = sato.arrive()
    visitor.post("/login/second", {"second": "123456"})
    assert not is_in(visitor)
    visitor.post("/login/second", {"second": sato.paper[0]})
    assert is_in(visitor)


def test_an_answer_works_once(sato: Owner) -> None:
    visitor, options = sato.fresh()
    kept = visitor.client.get_cookie("tsuzuri")
    answer = sato.key.show(options)
    visitor.post("/login", {"passkey": answer})
    assert is_in(visitor)
    visitor.post("/logout")
    assert kept is not None
    visitor.client.set_cookie("tsuzuri", kept.value)
    visitor.get("/login")
    refused(visitor, answer)


WRONGS = {
    "challenge": {"challenge": "A" * 43},
    "origin": {"origin": "https://localhost.example"},
    "port": {"origin": "http://localhost:8000"},
    "site": {"site": "example.jp"},
    "not verified": {"flags": PRESENT},
    "nobody there": {"flags": 0},
    "made, not shown": {"type": "webauthn.create"},
    "signature": {"signature": b"0" * 70},
    "handle": {"handle": b"somebody"},
    "no handle": {"handle": b""},
}


@pytest.mark.parametrize("wrong", WRONGS.values(), ids=WRONGS)
def test_what_is_signed_for_something_else_opens_nothing(
    sato: Owner, wrong: dict[str, Any]
) -> None:
    visitor, options = sato.fresh()
    refused(visitor, sato.key.show(options, **wrong))
    assert ("session.refuse", {"why": "passkey"}) in log(sato.world, "")


@pytest.mark.parametrize(
    "wrong",
    [WRONGS[one] for one in ("challenge", "origin", "port", "site", "not verified", "nobody there")]
    + [{"type": "webauthn.get"}],
)
def test_what_is_made_for_something_else_is_not_kept(sato: Owner, wrong: dict[str, Any]) -> None:
    told = add(sato.visitor, Authenticator(), **wrong)
    assert told.status_code == 422
    assert "パスキーを登録できませんでした" in told.text
    assert len(passkeys.mine(sato.world.platform, "sato")) == 1


BROKEN = [
    "x",
    "[]",
    "null",
    "{}",
    "[" * 9000,
    "1" * 17_000,
    '{"id": "\\u0000"}',
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}),
    json.dumps(
        {
            "id": "\ud800",
            "rawId": "AA",
            "type": "public-key",
            "response": dict.fromkeys(("clientDataJSON", "authenticatorData", "signature"), "AA"),
        }
    ),
]


@pytest.mark.parametrize("answer", BROKEN, ids=range(len(BROKEN)))
def test_what_no_authenticator_says_is_refused(sato: Owner, answer: str) -> None:
    visitor, _ = sato.fresh()
    refused(visitor, answer)
    sato.visitor.get("/account/second")
    asked(sato.visitor, f"{OWN}/new")
    assert sato.visitor.post(OWN, {"passkey": answer, "name": "a"}).status_code == 422


def test_parts_of_an_answer_that_are_broken_are_refused(sato: Owner) -> None:
    """Cut and turned over at each place, neither the answer shown nor the one made is taken."""
    for part in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        wrongs: tuple[Any, ...] = ("", "AA", "!", "____", "oGNmbXQ", 7, None, {})
        for broken in wrongs:
            visitor, options = sato.fresh()
            answer = json.loads(sato.key.show(options))
            answer["response"][part] = broken
            refused(visitor, json.dumps(answer))
    with sato.world.platform.database.platform(writing=True) as connection:
        connection.execute(throttles.delete())
    for cut in range(0, 256, 15):
        key = Authenticator()
        made = json.loads(key.make(asked(sato.visitor, f"{OWN}/new")))
        whole = made["response"]["attestationObject"]
        made["response"]["attestationObject"] = whole[:cut]
        told = sato.visitor.post(OWN, {"passkey": json.dumps(made), "name": "a"})
        assert told.status_code == 422, cut


def test_somebody_elses_passkey_is_no_second_step(sato: Owner, world: World, web: Flask) -> None:
    other = Owner(world, web, "takahashi")
    visitor = sato.arrive()
    options = asked(visitor, "/login/second/passkey")
    refused(visitor, other.key.show(options), "/login/second")
    # Nor under the name of the other's key.
    options = asked(visitor, "/login/second/passkey")
    refused(visitor, replace(sato.key, key=other.key.key).show(options), "/login/second")
    factors.end(world.platform, world.actor("takahashi"))


def test_an_unknown_and_a_removed_passkey_open_nothing(sato: Owner) -> None:
    visitor, options = sato.fresh()
    refused(visitor, replace(sato.key, id=b"another").show(options))
    page = sato.visitor.get("/account/second").text
    end = re.search(rf'action="({OWN}/[0-9a-f]+/end)"', page)
    assert end is not None
    thief = Visitor(sato.web).enter("mori")
    assert thief.post(end[1]).status_code == 404
    assert sato.visitor.post(end[1]).status_code == 303
    visitor, options = sato.fresh()
    refused(visitor, sato.key.show(options))
    # It was the only one: nothing is asked any more, and paper opens nothing.
    assert factors.standing(sato.world.platform, "sato") == factors.Standing(
        app=False, passkeys=0, codes=0
    )
    assert log(sato.world, "sato")[-1][0] == "passkey.remove"


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_counter_that_goes_back_is_refused_and_noted(sato: Owner, count: int) -> None:
    visitor, options = sato.fresh()
    visitor.post("/login", {"passkey": sato.key.show(options, count=5)})
    assert is_in(visitor)
    copy, options = sato.fresh()
    refused(copy, sato.key.show(options, count=count))
    noted = {"passkey": passkeys.name_of(passkeys.mine(sato.world.platform, "sato")[0])}
    assert ("passkey.clone", noted) in log(sato.world, "sato")


def test_an_authenticator_that_counts_nothing_is_taken(
    world: World, web: Flask, time: None
) -> None:
    factors.end(world.platform, world.actor("sato"))
    key = Authenticator(count=0)
    add(Visitor(web).enter("sato"), key)
    for _ in range(2):
        visitor = Visitor(web)
        visitor.get("/login")
        options = asked(visitor, "/login/passkey")
        visitor.post("/login", {"passkey": key.show(options, count=0)})
        assert is_in(visitor)
    factors.end(world.platform, world.actor("sato"))


def test_a_closed_account_stays_closed(sato: Owner, world: World) -> None:
    visitor, options = sato.fresh()
    directory.change(world.platform, world.actor("abe"), "sato", active=False)
    try:
        refused(visitor, sato.key.show(options))
    finally:
        directory.change(world.platform, world.actor("abe"), "sato", active=True)


def test_a_challenge_ends_after_five_minutes(sato: Owner, world: World) -> None:
    visitor, options = sato.fresh()
    world.clock.now += passkeys.TIME + passkeys.TIME / 300
    refused(visitor, sato.key.show(options))


def test_a_challenge_is_one_browsers(sato: Owner) -> None:
    _, options = sato.fresh()
    thief, _ = sato.fresh()
    refused(thief, sato.key.show(options))
    nobody = Visitor(sato.web)
    nobody.get("/login")
    refused(nobody, sato.key.show(options))


def test_a_challenge_for_one_thing_is_none_for_another(sato: Owner) -> None:
    """One for the login is none for the second step of somebody, and none for making a key."""
    visitor = sato.arrive()
    options = asked(visitor, "/login/passkey")
    refused(visitor, sato.key.show(options), "/login/second")
    options = asked(visitor, "/login/second/passkey")
    refused(visitor, sato.key.show(options))
    made = asked(sato.visitor, f"{OWN}/new")
    asked(sato.visitor, "/proof/passkey")
    told = sato.visitor.post(OWN, {"passkey": Authenticator().make(made), "name": "b"})
    assert told.status_code == 422


def test_the_second_step_asks_nobody_without_a_password(sato: Owner) -> None:
    visitor = Visitor(sato.web)
    visitor.get("/login")
    assert visitor.post("/login/second/passkey").status_code == 404
    assert visitor.post("/proof/passkey").status_code != 200


def test_guessing_gets_slow(sato: Owner) -> None:
    visitor = sato.arrive()
    statuses = [visitor.post("/login/second", {"passkey": "x"}).status_code for _ in range(8)]
    assert 429 in statuses
    options = asked(visitor, "/login/second/passkey")
    answer = visitor.post("/login/second", {"passkey": sato.key.show(options)})
    assert answer.status_code == 429


def test_dangerous_acts_take_it_in_place_of_the_password(sato: Owner, world: World) -> None:
    world.clock.now += passkeys.TIME * 3
    visitor = sato.visitor
    page = visitor.get("/proof?next=/account/tokens")
    assert "パスキーで確認" in page.text
    wrong = sato.key.show(asked(visitor, "/proof/passkey"), flags=PRESENT)
    assert visitor.send(page, "proof", passkey=wrong).status_code == 422
    assert visitor.get("/account/tokens").status_code == 303
    right = sato.key.show(asked(visitor, "/proof/passkey"))
    assert visitor.send(page, "proof", passkey=right).status_code == 303
    assert visitor.get("/account/tokens").status_code == 200
