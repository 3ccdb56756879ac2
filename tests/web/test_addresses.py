"""Who comes from elsewhere gets nothing, whatever they say about where they come from."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from tsuzuri.cli import safety
from tsuzuri.config import Config
from tsuzuri.errors import Invalid
from tsuzuri.factory import create_app
from tsuzuri.web.addresses import inside
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

OFFICE = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("address", "let_in"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("fd00::1", True),
        ("10.2.0.1", False),
        ("::ffff:10.2.0.1", False),
        ("::1", False),
        ("", False),
        ("10.1.2.3, 10.1.2.3", False),
    ],
)
def test_an_address_is_inside_or_not(address: str, let_in: bool) -> None:
    assert inside(address, OFFICE) is let_in


@pytest.mark.parametrize("path", ["/login", "/", "/healthz", "/api/apps/x/records", "/nothing"])
def test_another_address_is_refused_everywhere(world: World, path: str) -> None:
    app = create_app(replace(world.platform.config, allowed=OFFICE), world.platform)
    client = app.test_client()
    near = client.get(path, environ_base={"REMOTE_ADDR": "10.1.0.7"})
    far = client.get(
        path,
        environ_base={"REMOTE_ADDR": "192.0.2.1"},
        headers={"X-Forwarded-For": "10.1.0.7", "X-Real-IP": "10.1.0.7"},
    )
    assert near.status_code != 403
    assert far.status_code == 403
    assert far.headers["Content-Security-Policy"]


def test_a_proxys_word_counts_as_often_as_the_settings_say(world: World) -> None:
    config = replace(world.platform.config, allowed=OFFICE, proxies=1)
    client = create_app(config, world.platform).test_client()
    for said, status in (("10.1.0.7", 200), ("192.0.2.1", 403), ("10.1.0.7, 192.0.2.1", 403)):
        answer = client.get(
            "/login",
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
            headers={"X-Forwarded-For": said},
        )
        assert answer.status_code == status, said


@pytest.mark.parametrize(
    ("secret", "environ"),
    [
        ("short", {}),
        ("a" * 64, {}),
        ("change-me-change-me-change-me-now-please", {}),
        ("kJ8f2LmQ9xZr4TvB7nWc1YdG6hSp3EuA", {"FLASK_DEBUG": "1"}),
    ],
)
def test_a_server_does_not_start_unsafe(world: World, secret: str, environ: dict[str, str]) -> None:
    config: Config = replace(world.platform.config, secret_key=secret)
    with pytest.raises(Invalid):
        safety.check(config, environ)


def test_a_server_starts_with_a_key_of_its_own(world: World) -> None:
    config = replace(world.platform.config, secret_key="kJ8f2LmQ9xZr4TvB7nWc1YdG6hSp3EuA")
    safety.check(config, {"FLASK_DEBUG": "0"})
