"""What an attack is judged by: canaries, pairs of worlds, and what is in the database after it."""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_plus

import httpx

from attacks.serving import Site, Town
from attacks.visiting import Visitor
from attacks.world import CANARY, NUMBER
from tsuzuri.storage.records import load_whole
from worlds.town import ERRAND

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_CHANGING = re.compile(
    r'name="(?:csrf_token|_once)" value="[^"]*"|name="csrf-token" content="[^"]*"|'
    r"csrf_token=[^&\"]*|http://127\.0\.0\.1:\d+"
)
"""What differs between two answers to the same question from the same world."""
_COOKIE = re.compile(r"^(set-cookie: (?:__Host-)?tsuzuri[\w-]*=)([^;\n]*)", re.MULTILINE)


def told(answer: httpx.Response) -> bytes:
    """Return every byte of an answer: status line, headers, body (unpacked by the client)."""
    head = f"{answer.status_code} {answer.reason_phrase}\n"
    head += "\n".join(f"{name}: {value}" for name, value in answer.headers.multi_items())
    return head.encode() + b"\n\n" + answer.content


def canaries(answer: httpx.Response, *, typed: str = "") -> list[str]:
    """Return the canaries an answer holds, however wrapped; a word the caller typed is none."""
    found: set[str] = set()
    for text in _readings(told(answer)):
        found.update(re.findall(rf"{CANARY}[-\w]*|{NUMBER}\d", text))
    return sorted(found - {typed})


def _readings(raw: bytes) -> Iterator[str]:
    text = raw.decode("utf-8", "replace")
    yield from (inside(value) for _, value in _COOKIE.findall(text))
    # Three letters are not rare in tokens made by chance: those are left out, signatures too.
    text = _COOKIE.sub(r"\1", _CHANGING.sub("", text))
    yield text
    yield html.unescape(text)
    yield unquote_plus(text)
    for run in _BASE64.findall(raw):
        for decode in (base64.b64decode, base64.urlsafe_b64decode):
            try:
                yield decode(run + b"=" * (-len(run) % 4)).decode("utf-8", "replace")
            except (binascii.Error, ValueError):
                continue


def inside(cookie: str) -> str:
    """Return what a session's cookie says, which is packed and signed but not secret."""
    part = cookie.removeprefix(".").split(".", 1)[0]
    try:
        packed = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        said = zlib.decompress(packed) if cookie.startswith(".") else packed
    except (binascii.Error, ValueError, zlib.error):
        return ""
    return said.decode("utf-8", "replace")


def silent(answer: httpx.Response, *, typed: str = "") -> httpx.Response:
    """Assert that an answer holds no canary."""
    found = canaries(answer, typed=typed)
    assert not found, f"{answer.request.method} {answer.request.url} tells {found}"
    return answer


def same(answer: httpx.Response, *typed: str) -> tuple[Any, ...]:
    """Return what must not differ: all of an answer but the date, the cookie and form tokens.

    ``typed`` are words of the attacker's own, which may come back in it.
    """
    headers = [
        (name, _without(value, typed))
        for name, value in answer.headers.multi_items()
        if name not in {"date", "set-cookie", "content-length"}
    ]
    return answer.status_code, headers, _without(answer.text, typed)


def _without(text: str, typed: tuple[str, ...]) -> str:
    text = _CHANGING.sub("", text)
    for word in typed:
        text = text.replace(word, "…")
    return text


Request = Callable[[Visitor], httpx.Response]


def alike(town: Town, user: str, ask: str | Request) -> httpx.Response:
    """Assert that somebody gets one answer in both worlds; return it."""
    request: Request = (lambda one: one.get(ask)) if isinstance(ask, str) else ask
    here, there = (request(one.visitor(user)) for one in (town.here, town.there))
    assert same(here) == same(there), f"{here.request.url} tells the worlds apart"
    return here


def as_unknown(visitor: Visitor, form: str, code: str) -> httpx.Response:
    """Assert that asking about a hidden field is asking about no field; return the answer.

    ``form`` is an address with ``{}`` where the field's name goes.
    """
    nothing = "n" + "o" * (len(code) - 1)
    hidden, unknown = (visitor.get(form.replace("{}", one)) for one in (code, nothing))
    told_apart = same(hidden, code, nothing) != same(unknown, code, nothing)
    assert not told_apart, f"{form} knows {code}"
    return hidden


def as_missing(visitor: Visitor, form: str, record: int, **options: Any) -> httpx.Response:
    """Assert that an unseen record answers as one that never was; return the answer."""
    method = options.pop("method", "GET")
    missing = record + 7
    answers = [
        visitor.send(method, form.replace("{}", str(one)), **options) for one in (record, missing)
    ]
    words = (str(record), str(missing))
    assert same(answers[0], *words) == same(answers[1], *words), f"{form} knows {record}"
    return answers[0]


def stored(site: Site, app: str, record: int) -> dict[str, Any]:
    """Return a record as the database has it, behind the gate."""
    with site.platform.database.read(ERRAND) as connection:
        found = load_whole(connection, site.platform.apps[app], [record])
    state = found[record]
    return {**state.values, "$revision": state.revision, "$deleted": state.deleted_at}
