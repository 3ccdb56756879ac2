"""The attacker: a cookie jar, a CSRF token and whatever requests can be typed."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from attacks.world import PASSWORD
from worlds.face import read_form

_TOKEN = re.compile(r'name="csrf-token" content="([^"]*)"|name="csrf_token" value="([^"]*)"')


class ServerFailedError(RuntimeError):
    """The server answered 5xx: neither a refusal nor a leak, and never what a test expects."""


@dataclass(eq=False)
class Visitor:
    """Somebody who talks HTTP to one server."""

    url: str
    token: str = ""
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        """Start without cookies."""
        self.http = httpx.Client(base_url=self.url, timeout=20)

    def close(self) -> None:
        """Hang up."""
        self.http.close()

    def enter(self, user: str, password: str = PASSWORD) -> Visitor:
        """Sign in as anybody would."""
        self.get("/login")
        answer = self.post("/login", {"user": user, "password": password})
        assert answer.status_code == 303, f"{user} could not sign in: {answer.status_code}"
        self.get("/")
        return self

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Open a page."""
        return self.send("GET", path, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> httpx.Response:
        """Send a form with the token of the last page seen."""
        return self.send("POST", path, data={"csrf_token": self.token, **(data or {})}, **options)

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send any request; a server that breaks down is never a good answer."""
        answer = self.http.request(method, path, **options)
        if answer.status_code >= 500 and answer.status_code not in {503, 507}:
            raise ServerFailedError(f"{method} {path}: {answer.status_code}")
        found = _TOKEN.search(answer.text) if _is_page(answer) else None
        if found:
            self.token = html.unescape(found[1] or found[2])
        return answer

    def fill(self, path: str, form: str = "record-form", **changed: Any) -> httpx.Response:
        """Open a page and send a form on it as it stands, with some fields changed.

        Names are written with ``__`` for dots: ``f__memo``.
        """
        return self.submit(self.get(path), form, **changed)

    def submit(
        self, page: httpx.Response, form: str = "record-form", *, files: Any = None, **changed: Any
    ) -> httpx.Response:
        """Send a form of a page that was opened before."""
        read = read_form(page.text, form)
        values: dict[str, Any] = dict(read.fields)
        values.update({name.replace("__", "."): one for name, one in changed.items()})
        return self.send("POST", read.action, data=values, files=files)


def _is_page(answer: httpx.Response) -> bool:
    return str(answer.headers.get("content-type", "")).startswith("text/html")
