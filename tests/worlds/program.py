"""A program that asks the API with a token, in somebody's name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tsuzuri.services import people, tokens
from tsuzuri.services.platform import Platform
from tsuzuri.services.tokens import Wanted


def token_of(platform: Platform, user: str, app: str, rights: Iterable[str]) -> str:
    """Make a token as its person would."""
    actor = people.actor(platform, user)
    assert actor is not None
    return tokens.make(platform, actor, Wanted(name="a program", app=app, rights=frozenset(rights)))


class Program:
    """Something that sends JSON with a token and keeps no cookies."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = app.test_client(use_cookies=False)
        self.token = token

    @classmethod
    def of(cls, app: Flask, user: str, code: str, *rights: str) -> Program:
        """Return a program with a new token of ``user`` for one app."""
        return cls(app, token_of(app.extensions["tsuzuri"], user, code, rights))

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str = "", **options: Any
    ) -> TestResponse:
        """Send one request; ``key`` makes it harmless to send again."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            options["json"] = body
        return self.client.open(path, method=method, headers=headers, **options)
