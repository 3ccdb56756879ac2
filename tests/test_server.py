"""The production server: it starts, closes idle connections, stops gracefully, keeps quiet."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.server import Server, serving
from tsuzuri.config import Config
from tsuzuri.services import definitions, people
from tsuzuri.services.platform import Platform
from tsuzuri.storage.people import User

IDLE_LIMIT = 5
"""Seconds; some clients wait for the server to hang up before they end."""

DEFINITION = {
    "app": "notes",
    "name": "メモ",
    "record": {"type": "object", "properties": {"body": {"kind": "multiline", "title": "本文"}}},
    "access": {"app": [{"who": ["everyone"], "allow": ["view", "add", "edit"]}]},
}
PASSWORD = "十文字よりも長い合言葉"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("installation")
    platform = Platform.open(Config.from_environment({"TSUZURI_HOME": str(home)}))
    definitions.publish(platform, DEFINITION, by="sato")
    people.put_everybody(platform, [], [], [User(code="sato", name="佐藤")])
    people.set_password(platform, "sato", PASSWORD)
    platform.database.close()
    with serving(home) as running:
        yield running


def _get(server: Server, path: str) -> urllib.request.Request:
    return urllib.request.Request(server.url + path)


def _raw(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=IDLE_LIMIT + 5)


def _head(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def test_it_is_well_and_says_nothing_more(server: Server) -> None:
    with urllib.request.urlopen(_get(server, "/healthz")) as answer:
        body = answer.read().decode()
        assert answer.status == 200
        assert len(body) < 30
        assert "gunicorn" not in str(answer.headers).lower()


def test_an_idle_connection_is_closed_within_seconds(server: Server) -> None:
    with _raw(server) as connection:
        connection.sendall(_head("/healthz"))
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        while connection.recv(65_536):
            pass
        assert time.monotonic() - started < IDLE_LIMIT


def test_a_connection_serves_more_than_one_request(server: Server) -> None:
    with _raw(server) as connection:
        for _ in range(2):
            connection.sendall(_head("/healthz"))
            answer = b""
            while not answer.endswith(b"\r\n\r\nok\n"):
                answer += connection.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200")


def test_whoever_is_not_signed_in_is_sent_to_the_door(server: Server) -> None:
    with urllib.request.urlopen(_get(server, "/")) as answer:
        assert "/login" in answer.geturl()


def _sign_in(server: Server) -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opener.open(server.url + "/login").read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "user": "sato", "password": PASSWORD}
    opener.open(server.url + "/login", urllib.parse.urlencode(form).encode())
    return opener


def test_the_log_tells_requests_and_never_what_was_typed(server: Server) -> None:
    opener = _sign_in(server)
    word = "カナリア鳥"
    asked = urllib.parse.quote(word)
    assert opener.open(f"{server.url}/search?q={asked}").status == 200
    opener.open(f"{server.url}/apps/notes/?f=body&o=like&v={asked}").read()
    time.sleep(0.3)
    log = server.log.read_text(encoding="utf-8")
    entries = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert any(one.get("method") == "GET" and one.get("status") == "200" for one in entries)
    for secret in (word, asked, PASSWORD, urllib.parse.quote(PASSWORD)):
        assert secret not in log


def test_a_request_under_way_is_finished_before_the_server_stops(tmp_path: Path) -> None:
    with serving(tmp_path / "home") as stopping, _raw(stopping) as connection:
        # Half a request: the server has taken the connection and waits for the rest.
        head = _head("/healthz")
        connection.sendall(head[:-2])
        time.sleep(0.3)
        stopping.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(head[-2:])
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        assert stopping.process.wait(25) == 0


def test_an_open_page_does_not_hold_the_server_up(tmp_path: Path) -> None:
    platform = Platform.open(Config.from_environment({"TSUZURI_HOME": str(tmp_path)}))
    definitions.publish(platform, DEFINITION, by="sato")
    people.put_everybody(platform, [], [], [User(code="sato", name="佐藤")])
    people.set_password(platform, "sato", PASSWORD)
    platform.database.close()
    with serving(tmp_path) as running:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        token = re.search(
            r'name="csrf_token" value="([^"]+)"',
            opener.open(f"{running.url}/login").read().decode(),
        )
        assert token is not None
        form = {"csrf_token": token[1], "user": "sato", "password": PASSWORD}
        opener.open(f"{running.url}/login", urllib.parse.urlencode(form).encode())
        with opener.open(f"{running.url}/apps/notes/live?seen=2999-01-01T00:00:00Z") as stream:
            assert stream.readline() == b"retry: 1000\n"
            started = time.monotonic()
            running.process.send_signal(signal.SIGTERM)
            assert stream.read().strip() == b""
            running.process.wait(IDLE_LIMIT)
        assert time.monotonic() - started < IDLE_LIMIT
