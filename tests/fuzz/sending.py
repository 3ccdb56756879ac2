"""Requests to every route, drawn from the application's own map, and what must be true of answers.

All of it follows from one source of chance: hypothesis shrinks it, a seed repeats it.
"""

from __future__ import annotations

import io
import json
import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from flask.testing import FlaskClient
from werkzeug.routing import Rule

from fuzz import words
from worlds.program import token_of
from worlds.routes import Place

SLOWEST = 2.0
"""Seconds that no request may take."""
TRIES = 3
"""A busy machine may stop for a moment; what is slow by itself is slow each time."""
TOGETHER = 16
"""Requests of one person, one after another."""
SELDOM = frozenset({"account.sign_out", "account.sign_in"})
"""One ends the batch, the other takes as long as a careful hash of a password takes."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request, as it can be written down and sent again."""

    user: str
    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    kind: str = ""


class Errors(logging.Handler):
    """Remembers what was logged as an error: a traceback nobody saw is one all the same."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record's text."""
        self.seen.append(self.format(record))


@dataclass
class Campaign:
    """Sends requests and counts them."""

    place: Place
    statuses: Counter[int] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_route: str = ""
    errors: Errors = field(default_factory=Errors)
    patient: bool = False
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen to the log."""
        logging.getLogger().addHandler(self.errors)
        self.renew()

    def renew(self) -> None:
        """Enter a place that was laid out anew."""
        self.place.flask.config.update(WTF_CSRF_ENABLED=False)
        rights = ("view", "add", "edit", "delete", "comment", "export")
        self.token = token_of(self.place.world.platform, "mori", self.place.app.code, rights)

    def close(self) -> None:
        """Stop listening."""
        logging.getLogger().removeHandler(self.errors)

    def told(self, seconds: float) -> str:
        """Return the figures in words."""
        return (
            f"{self.statuses.total()} requests to {len(self.routes)} routes in {seconds:.0f} s; "
            f"slowest {self.slowest:.2f} s ({self.slowest_route}); "
            f"{len(self.failures)} failures; "
            f"answers {dict(sorted(self.statuses.items()))}"
        )

    def batch(self, random: Random) -> None:
        """Send a few requests as one person."""
        user = random.choice(("mori", "mori", "takahashi", "ito", ""))
        client = self.place.client(user)
        rules = self.place.rules()
        for _ in range(TOGETHER):
            rule = random.choice(rules)
            if rule.endpoint not in SELDOM or random.random() < 0.05:
                self.try_once(client, self.drawn(random, rule, user), rule)

    def try_once(self, client: FlaskClient, sent: Sent, rule: Rule) -> None:
        """Send a request; a patient campaign goes on after a failure and tells of it later."""
        try:
            self.send(client, sent, rule)
        except AssertionError as error:
            if not self.patient:
                raise
            self.failures.append(f"{rule.rule}: {error}")

    def drawn(self, random: Random, rule: Rule, user: str) -> Sent:
        """Draw a request to a route."""
        method = random.choice(sorted((rule.methods or set()) - {"OPTIONS"}))
        headers = dict(random.choice(HEADERS))
        kind, body = "", b""
        if method not in {"GET", "HEAD"}:
            kind, body = content(random, program=rule.rule.startswith("/api/"))
        if rule.rule.startswith("/api/") and random.random() < 0.7:
            headers["Authorization"] = f"Bearer {self.token}"
        query = words.pairs(random)
        if rule.endpoint == "api.find" or random.random() < 0.1:
            query.append(("query", words.condition(random)))
        return Sent(
            user=user,
            method=method,
            path=address(random, self.place, rule),
            query=encoded(query).decode(),
            headers=headers,
            body=body,
            kind=kind,
        )

    def send(self, client: FlaskClient, sent: Sent, rule: Rule | None = None) -> None:
        """Send a request and check its answer."""
        route = rule.rule if rule else sent.path
        for _ in range(TRIES):
            started = time.perf_counter()
            answer = client.open(
                sent.path,
                method=sent.method,
                query_string=sent.query,
                headers=sent.headers,
                data=sent.body,
                content_type=sent.kind or None,
            )
            text = answer.get_data()
            answer.close()
            took = time.perf_counter() - started
            if took < SLOWEST:
                break
        logged, self.errors.seen = self.errors.seen, []
        assert not logged, (sent, logged[-1])
        assert answer.status_code < 500, (sent, text[:2000])
        assert b"Traceback" not in text, sent
        assert took < SLOWEST, (took, sent)
        self.statuses[answer.status_code] += 1
        self.routes[f"{sent.method} {route}"] += 1
        if took > self.slowest:
            self.slowest, self.slowest_route = took, f"{sent.method} {route}"


HEADERS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"HX-Request": "true"},
    {"Accept-Language": "en"},
    {"HX-Request": "true", "HX-Current-URL": "http://localhost/?q=%ff"},
    {"Idempotency-Key": "k" * 300},
    {"Idempotency-Key": "0f1e2d3c-0000-4000-8000-000000000000"},
    {"Range": "bytes=9-1", "If-None-Match": "*", "If-Modified-Since": "x"},
    {"Authorization": "Bearer tsuzuri_\xe9", "Sec-Fetch-Site": "same-origin"},
    {"X-Forwarded-For": "' or 1=1", "Origin": "http://[::1"},
    {"Cookie": "tsuzuri=.eJw; __Host-tsuzuri=\xff"},
)


def address(random: Random, place: Place, rule: Rule) -> str:
    """Return an address of a route, with real and with nonsensical parts."""
    if random.random() < 0.5:
        return place.address(rule)
    parts = []
    for piece in rule.rule.split("/"):
        if "<" in piece:
            name = piece.strip("<>").rsplit(":", 1)[-1]
            real = str(place.values.get(name, 1))
            parts.append(_quoted(real if random.random() < 0.6 else words.odd(random)))
        else:
            parts.append(piece)
    return "/".join(parts) or "/"


def _quoted(text: str) -> str:
    return quote(text[:300].encode("utf-8", "surrogatepass"), safe="")


def encoded(pairs: list[tuple[str, str]]) -> bytes:
    """Return names and values as a form sends them, whatever is in them."""
    raw = [
        (name.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass"))
        for name, value in pairs
    ]
    return urlencode(raw).encode()


def content(random: Random, *, program: bool) -> tuple[str, bytes]:
    """Return a media type and a body that claims to be of it."""
    drawn = random.random()
    if program and drawn < 0.7:
        given: dict[str, Any] = {"record": words.record(random), "reason": words.odd(random)}
        given |= {"$revision": 1, "body": words.odd(random)}
        kept = [one for one in given if random.random() < 0.5]
        sent = json.dumps({one: given[one] for one in kept}).encode()
        return "application/json", sent
    if drawn < 0.5:
        return "application/x-www-form-urlencoded", encoded(words.pairs(random))
    if drawn < 0.8:
        return _multipart(random)
    kinds = ("application/json", "text/x-odd", "multipart/form-data", "application/csp-report")
    return random.choice(kinds), random.choice((b"[" * 100_000, b"NaN", random.randbytes(200)))


FILES = (
    *(b"", b"\x89PNG\r\n\x1a\n", b"title,number\r\na,1\r\n", b'title\r\n"', b"\xff\xfe\x00"),
    *(
        b"PK\x03\x04",
        b"%PDF-1.7\n",
        b"<html><script>x()</script>",
        "題,数\r\n甲,二\r\n".encode("cp932"),
    ),
    *(
        b"$id,title\r\n1,x\r\n",
        b"\xef\xbb\xbftitle\r\n",
        b",,,\r\n,,,\r\n",
        b"GIF89a" + b"\xff" * 99,
    ),
)


def _multipart(random: Random) -> tuple[str, bytes]:
    edge = "edge0123456789"
    out = io.BytesIO()
    for name, value in words.pairs(random):
        out.write(_part(edge, name, value.encode("utf-8", "surrogatepass")))
    for name in random.sample(("file", "f.file", "csv", "files"), random.randrange(3)):
        data = random.choice(FILES)
        out.write(_part(edge, name, data, file=words.odd(random)[:200]))
    if random.random() < 0.9:
        out.write(f"--{edge}--\r\n".encode())
    return f"multipart/form-data; boundary={edge}", out.getvalue()


def _part(edge: str, name: str, data: bytes, *, file: str | None = None) -> bytes:
    called = "" if file is None else f'; filename="{file}"'
    head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"{called}\r\n\r\n'
    return head.encode("utf-8", "surrogatepass") + data + b"\r\n"
