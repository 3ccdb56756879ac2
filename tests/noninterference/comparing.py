"""Sending one request to both sides, and what counts as the same answer."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from noninterference.pool import Request
from noninterference.sides import Side

MOST_LINES = 60
EXCEPTIONS = Path(__file__).with_name("exceptions.toml")


class Interference(AssertionError):
    """The two sides answered differently: somebody learnt what they may not see."""


@cache
def exceptions() -> Mapping[str, Any]:
    """Return the declared exceptions."""
    return tomllib.loads(EXCEPTIONS.read_text("utf-8"))


@dataclass(frozen=True)
class Answer:
    """What somebody can tell of an answer, and the statements it took."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: str
    statements: Sequence[str]
    response: TestResponse


def ask(side: Side, user: str, request: Request, turn: tuple[str, int]) -> Answer:
    """Send a request and return its answer in the form in which answers are compared."""
    visitor = side.visitor(user)
    side.warm()
    with side.turn(*turn):
        answer = visitor.open(request)
        body = answer.get_data().decode("utf-8", "surrogateescape")
        statements = [shape(one) for one in side.statements]
    return Answer(
        status=answer.status_code,
        headers=sorted((n, plain(v)) for n, v in answer.headers.items() if n not in _headers()),
        body=plain(body),
        statements=[one for one in statements if one],
        response=answer,
    )


def plain(text: str) -> str:
    """Return a text without what is declared to differ."""
    for one in exceptions().get("text", ()):
        text = re.sub(one["pattern"], r"\1", text)
    return text


def shape(statement: str) -> str:
    """Return the shape of a statement; nothing for one that is declared to differ."""
    for one in exceptions().get("statement", ()):
        if re.search(one["pattern"], statement):
            return ""
    for one in exceptions().get("shape", ()):
        statement = re.sub(one["pattern"], one["becomes"], statement)
    return statement


@cache
def _headers() -> frozenset[str]:
    return frozenset(one["name"] for one in exceptions().get("header", ()))


def tells_what_rules_say(refusal: Answer) -> bool:
    """Tell whether a refusal is declared to follow rules that speak of hidden fields."""
    return any(re.search(one["pattern"], refusal.body) for one in exceptions()["refusal"])


PARTS = ("status", "body", "headers", "statements")


def compare(request: Request, first: Answer, second: Answer, parts: Sequence[str] = PARTS) -> None:
    """Raise ``Interference`` unless two answers are the same."""
    for what in parts:
        one, other = getattr(first, what), getattr(second, what)
        if one != other:
            raise Interference(f"{what} of {request}\n{difference(one, other)}")


def difference(one: Any, other: Any) -> str:
    """Return how two answers differ, line by line."""
    before, after = _lines(one), _lines(other)
    told = difflib.unified_diff(before, after, "first world", "second world", lineterm="", n=1)
    return "\n".join([*told][:MOST_LINES])


def _lines(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [f"{name}: {one}" for name, found in part.items() for one in _lines(found)]
    return [*map(str, part)] if isinstance(part, list | tuple) else str(part).splitlines()
