"""What judges the attacks finds what is hidden in an answer, and takes no chance letters for it."""

from __future__ import annotations

import httpx
import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from attacks.oracles import canaries


def cookie(said: str) -> str:
    """Return a session's cookie that says something."""
    app = Flask(__name__)
    app.secret_key = "of-these-tests-only"
    writer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert writer is not None
    return str(writer.dumps({"_flashes": said}))


def answer(*, set_cookie: str = "tsuzuri=x", body: str = "") -> httpx.Response:
    """Return an answer of the server."""
    return httpx.Response(200, headers={"Set-Cookie": set_cookie}, text=body)


@pytest.mark.parametrize("times", [1, 50])
def test_a_cookie_is_unpacked(times: int) -> None:
    packed = cookie("ZQX-address " * times)
    assert packed.startswith(".") == (times > 1)
    assert canaries(answer(set_cookie=f"tsuzuri={packed}; Path=/")) == ["ZQX-address"]
    assert not canaries(answer(set_cookie=f"tsuzuri={cookie('address')}; Path=/"))


def test_letters_of_a_signature_or_a_form_token_are_no_canary() -> None:
    token = "IjE3ZjQy.awi4OA.aZQXW7f0la"
    form = f'<input type="hidden" name="csrf_token" value="{token}">'
    head = f'<meta name="csrf-token" content="{token}">'
    assert not canaries(answer(set_cookie=f"tsuzuri=IjE3ZjQy.{token}; Path=/", body=form + head))


@pytest.mark.parametrize("body", ["ZQX-b", "&#90;QX-b", "%5AQX-b", "WlFYLWItYWRkcmVzcy1vZi1B"])
def test_a_canary_in_any_dress_is_found(body: str) -> None:
    assert canaries(answer(body=f"<p>{body}</p>"))
