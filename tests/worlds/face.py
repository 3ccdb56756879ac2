"""Somebody at a browser without scripts: visits pages, reads forms, sends them as they stand."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from support.entering import enter
from tsuzuri.factory import create_app
from worlds.town import World

Fields = dict[str, list[str]]


def opened(world: World) -> Flask:
    """Return the web application of a town, which lets its own mistakes through to the test."""
    app = create_app(world.platform.config, world.platform)
    app.config.update(TESTING=True)
    return app


@dataclass
class Visitor:
    """One person's browser."""

    app: Flask
    client: FlaskClient = field(init=False)
    token: str = ""

    def __post_init__(self) -> None:
        """Start without cookies."""
        self.client = self.app.test_client()

    def enter(self, user: str) -> Visitor:
        """Be signed in without typing a password."""
        enter(self.client, self.app.extensions["tsuzuri"], user)
        self.get("/apps/")
        return self

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self._kept(self.client.get(path, buffered=True, **options))

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form with the token of the last page."""
        sent = {"csrf_token": self.token, **(data or {})}
        return self._kept(self.client.post(path, data=sent, **options))

    def send(self, page: TestResponse, form: str = "record-form", **changed: Any) -> TestResponse:
        """Send a form of a page as it stands there, with some fields changed.

        Names are written with ``__`` for dots: ``f__body``.
        """
        read = read_form(page.text, form)
        values: dict[str, Any] = dict(read.fields)
        values.update({name.replace("__", "."): one for name, one in changed.items()})
        return self.post(read.action, values)

    def _kept(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype != "text/html":
            return answer
        found = re.search(r'name="csrf-token" content="([^"]*)"', answer.text)
        if found:
            self.token = html.unescape(found[1])
        return answer


@dataclass
class Form:
    """A form as a browser would send it."""

    action: str = ""
    fields: Fields = field(default_factory=dict)


def read_form(page: str, name: str) -> Form:
    """Return the form with id ``name``, or whose action ends in it."""
    reader = _FormReader(name)
    reader.feed(page)
    assert reader.form.action, f"no form {name}"
    return reader.form


def errors(page: str) -> list[tuple[str, str]]:
    """Return the error summary: the id each entry leads to, and what it says."""
    summary = re.search(r'class="summary__list">(.*?)</ul>', page, re.DOTALL)
    found = re.findall(r'<a href="#([^"]*)">(.*?)</a>', summary[1]) if summary else []
    return [(html.unescape(one), html.unescape(text)) for one, text in found]


class _FormReader(HTMLParser):
    """Collects what one form of a page would send without a script."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.form = Form()
        self._inside = False
        self._templates = 0
        self._area = ""
        self._text = ""
        self._select = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms, templates and controls."""
        given = {key: value or "" for key, value in attrs}
        if tag == "template":
            self._templates += 1
        elif tag == "form":
            self._inside = self.name in {given.get("id"), given.get("action", "").split("/")[-1]}
            if self._inside:
                self.form = Form(given["action"])
        elif self._inside and not self._templates:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        if tag == "input" and "name" in given:
            ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
            if ticked and given.get("type") != "file":
                self._add(given["name"], given.get("value", "on"))
        elif tag == "textarea":
            self._area, self._text = given.get("name", ""), ""
        elif tag == "select":
            self._select, self._options = given["name"], []
        elif tag == "option":
            self._options.append((given.get("value", ""), "selected" in given))

    def handle_data(self, data: str) -> None:
        """Collect the text of a text area."""
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag == "template":
            self._templates -= 1
        elif tag == "form":
            self._inside = False
        elif tag == "textarea" and self._area:
            self._add(self._area, self._text.removeprefix("\n"))
            self._area = ""
        elif tag == "select" and self._select:
            chosen = [value for value, yes in self._options if yes]
            self._add(self._select, (chosen or [self._options[0][0]])[0])
            self._select = ""

    def _add(self, name: str, value: str) -> None:
        self.form.fields.setdefault(name, []).append(value)
