"""A person at a browser without JavaScript, for tests that need no real one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tsuzuri.services import people
from tsuzuri.services.platform import Platform

PASSWORD = "十文字よりも長い合言葉"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """Somebody signed in, who posts the forms they were shown."""

    def __init__(self, app: Flask, platform: Platform, user: str) -> None:
        people.set_password(platform, user, PASSWORD)
        self.client = app.test_client()
        answer = self.post("/login", {"user": user, "password": PASSWORD})
        assert answer.status_code == 303

    def text(self, address: str, **query: Any) -> str:
        """Return a page's HTML as text, which must be there."""
        answer = self.client.get(address, query_string=query or None)
        assert answer.status_code == 200, (address, answer.status_code)
        return unescape(answer.get_data(as_text=True))

    def post(
        self, address: str, form: Mapping[str, Any], *, shown_at: str | None = None
    ) -> TestResponse:
        """Post a form; its token comes from the page that shows it."""
        found = _TOKEN.search(self.client.get(shown_at or address).get_data(as_text=True))
        assert found is not None
        return self.client.post(address, data={**form, "csrf_token": found[1]})
