"""People of the town with passkeys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from support.authenticator import Authenticator
from tsuzuri.services import factors, people
from tsuzuri.storage.account_tables import throttles
from tsuzuri.storage.audit_tables import entries
from worlds.face import Visitor, opened
from worlds.town import NOW, World

PASSWORD = "ひまわりの種を五つぶ"
WRONG = "パスキーで確認できませんでした"
OWN = "/account/second/passkeys"


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
    """Somebody with a passkey."""

    def __init__(self, world: World, web: Flask, user: str) -> None:
        self.world, self.web, self.user = world, web, user
        people.set_password(world.platform, user, PASSWORD)
        factors.end(world.platform, world.actor(user))
        self.visitor = Visitor(web).enter(user)
        self.key = Authenticator()
        self.shown = add(self.visitor, self.key)
        self.paper = re.findall(r'<code class="secret">([^<]+)</code>', self.shown.text)

    def fresh(self) -> tuple[Visitor, dict[str, Any]]:
        """Open the login in a browser of nobody's, and be asked for a passkey."""
        visitor = Visitor(self.web)
        visitor.get("/login")
        return visitor, asked(visitor, "/login/passkey")

    def arrive(self) -> Visitor:
        """Show the password in a fresh browser."""
        visitor = Visitor(self.web)
        visitor.get("/login")
        page = visitor.post("/login", {"user": self.user, "password": PASSWORD})
        assert "パスキーで確認" in page.text
        return visitor


def asked(visitor: Visitor, path: str) -> dict[str, Any]:
    answer = visitor.post(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.text)
    return found


def add(visitor: Visitor, key: Authenticator, name: str = "電話", **wrong: Any) -> TestResponse:
    visitor.get("/account/second")
    made = key.make(asked(visitor, f"{OWN}/new"), **wrong)
    return visitor.post(OWN, {"passkey": made, "name": name})


@pytest.fixture
def sato(world: World, web: Flask, time: None) -> Iterator[Owner]:
    yield Owner(world, web, "sato")
    factors.end(world.platform, world.actor("sato"))


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/").status_code == 200


def refused(visitor: Visitor, answer: str, path: str = "/login") -> None:
    told = visitor.post(path, {"passkey": answer})
    assert told.status_code == 422
    assert WRONG in told.text
    assert not is_in(visitor)


def log(world: World, user: str) -> list[tuple[str, dict[str, Any]]]:
    with world.platform.database.platform() as connection:
        kept = connection.execute(entries.select().order_by(entries.c.seq)).all()
    return [
        (one.action, one.detail if isinstance(one.detail, dict) else json.loads(one.detail or "{}"))
        for one in kept
        if one.user == user
    ]
