"""Every answer carries every header, whichever route, method or mistake it answers."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from support.server import serving
from tsuzuri.config import Config
from tsuzuri.factory import create_app
from tsuzuri.services.platform import Platform
from tsuzuri.web.reports import Limit
from web.expected import ALWAYS, FILE_POLICY, PAGE_POLICY, wrong_in
from worlds.fixtures import world
from worlds.routes import Place, laid_out
from worlds.town import World

__all__ = ["world"]

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
FILES = {"files.download", "files.preview", "threads.file"}


@pytest.fixture(scope="module")
def place(world: World) -> Place:
    return laid_out(world)


def answers(place: Place) -> Iterator[tuple[str, str, TestResponse]]:
    """Ask every route by every method, as somebody and as nobody; yield what came back."""
    for user, methods in (("mori", METHODS), ("ito", METHODS[:1]), ("", METHODS[:1])):
        for rule in place.rules():
            for method in methods:
                client = place.client(user)
                answer = client.open(place.address(rule), method=method, buffered=True)
                yield f"{user} {method} {rule.rule}", rule.endpoint, answer


def test_every_answer_of_every_route_has_every_header(place: Place) -> None:
    statuses: dict[int, int] = {}
    for name, endpoint, answer in answers(place):
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        if endpoint == "static" and answer.status_code == 200:
            assert {key: answer.headers[key] for key in ALWAYS} == ALWAYS, name
            assert answer.headers["Content-Security-Policy"] == PAGE_POLICY
            continue
        sent = endpoint in FILES and answer.status_code == 200
        assert not wrong_in(answer.headers, policy=FILE_POLICY if sent else PAGE_POLICY), name
        if sent and endpoint == "files.download":
            assert answer.headers["Content-Disposition"].startswith("attachment;"), name
    assert {200, 302, 303, 400, 401, 404, 405} <= set(statuses), statuses
    assert 500 not in statuses, statuses


def test_nothing_is_compressed_and_nothing_is_answered_from_memory(place: Place) -> None:
    """The token of a form would show in the length of a compressed page; a tag tells of changes."""
    for rule in place.rules():
        if "GET" in (rule.methods or set()) and rule.endpoint != "static":
            asked = {"Accept-Encoding": "gzip, br, zstd", "If-None-Match": "*"}
            answer = place.client().get(place.address(rule), headers=asked, buffered=True)
            assert "Content-Encoding" not in answer.headers, rule.rule
            assert answer.status_code != 304, rule.rule


def test_unused_methods_are_refused(place: Place) -> None:
    for rule in place.rules():
        for method in ("OPTIONS", "TRACE", "PATCH", "PROPFIND"):
            if method not in (rule.methods or set()) or method == "OPTIONS":
                answer = place.client("").open(place.address(rule), method=method)
                assert answer.status_code == 405, (method, rule.rule)


def test_mistakes_have_every_header_too(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    client = place.client()
    too_large = {**place.flask.config, "MAX_CONTENT_LENGTH": 100}
    with monkeypatch.context() as patch:
        patch.setitem(place.flask.config, "MAX_CONTENT_LENGTH", too_large["MAX_CONTENT_LENGTH"])
        answers = {413: client.post("/seen", data={"at": "x" * 1000})}
    answers[404] = client.get("/nowhere")
    answers[400] = client.get(f"/api/apps/{place.app.code}/records?query=(")
    # A new page cannot be made without the database, nor can the page that says so.
    monkeypatch.setattr(Platform, "apps", property(lambda _: 1 / 0))
    monkeypatch.setattr(Platform, "directory", property(lambda _: 1 / 0))
    answers[500] = client.get("/")
    for status, answer in answers.items():
        assert answer.status_code == status
        assert not wrong_in(answer.headers), status
    assert "うまくいきませんでした" in answers[500].text
    assert "division" not in answers[500].text


def test_only_a_server_behind_tls_asks_to_be_reached_by_tls_alone(world: World) -> None:
    for secure in (False, True):
        config = replace(world.platform.config, secure_cookies=secure)
        answer = create_app(config, world.platform).test_client().get("/login")
        wanted = "max-age=31536000; includeSubDomains" if secure else None
        assert answer.headers.get("Strict-Transport-Security") == wanted
        cookie = answer.headers["Set-Cookie"]
        assert ("Secure" in cookie) == secure
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert cookie.startswith("__Host-") == secure


def test_a_report_leaves_a_directive_and_a_route_and_no_word_of_it(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    record = f"http://localhost/apps/{place.app.code}/records/{place.values['record']}"
    report = {
        "document-uri": f"{record}?q=ひみつの名前",
        "violated-directive": "img-src",
        "blocked-uri": "https://outside.example/ひみつ",
    }
    bodies = [
        json.dumps({"csp-report": report}).encode(),
        json.dumps({"csp-report": {**report, "violated-directive": "ひみつ\r\nforged"}}).encode(),
        b"[" * 9000,
        b"\xff",
        b'{"csp-report": 3}',
    ]
    with caplog.at_level(logging.WARNING):
        for body in bodies:
            answer = place.client("").post(
                "/csp-report", data=body, content_type="application/csp-report"
            )
            assert answer.status_code == 204
    assert "img-src on /apps/<app>/records/" in caplog.text
    for word in ("ひみつ", "outside", "forged", place.app.code, str(place.values["record"])):
        assert word not in caplog.text
    assert place.client("").post("/csp-report", data=b"x" * 20_000).status_code == 413


def test_reports_beyond_a_few_a_minute_are_dropped() -> None:
    now = [0.0]
    limit = Limit(often=3, within=60, now=lambda: now[0])
    assert [limit.passes() for _ in range(5)] == [True, True, True, False, False]
    now[0] = 60.0
    assert limit.passes()


def test_the_production_server_sends_the_same_headers_and_says_nothing_of_itself(
    tmp_path: Path,
) -> None:
    Platform.open(Config.from_environment({"TSUZURI_HOME": str(tmp_path)})).database.close()
    with serving(tmp_path) as server:
        for method in ("GET", "HEAD", "POST", "OPTIONS", "TRACE", "PROPFIND"):
            for path in ("/login", "/", "/nowhere", "/healthz"):
                status, headers = _asked(server.port, method, path)
                assert not wrong_in(headers), (method, path)
                assert headers["Server"] == "tsuzuri"
                assert (status == 405) >= (method in {"OPTIONS", "TRACE", "PROPFIND"})
        # What never reaches the application is answered by the server alone, and as quietly.
        status, headers = _asked(server.port, "GET", "/ HTTP/1.1\r\nBad Header")
        assert status == 400
        assert "gunicorn" not in str(headers).lower()


def _asked(port: int, method: str, path: str) -> tuple[int, dict[str, str]]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head and (part := connection.recv(65_536)):
            head += part
    first, *lines = head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return int(first.split(" ")[1]), dict(line.split(": ", 1) for line in lines if ": " in line)
