"""The floor of the suite holds: databases are fresh, the door is closed, the browser runs."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, ViewportSize

from support import postgres as postgresql
from support.closed import OutsideError, is_inside
from support.requirements import absent


def test_each_test_has_a_database_of_its_own(postgres: postgresql.Cluster) -> None:
    with postgres.database() as first, postgres.database() as second:
        assert first != second
        with postgres.connect(first.rsplit("/", 1)[1]) as connection:
            connection.execute("CREATE TABLE only_here (x int)")
        with (
            postgres.connect(second.rsplit("/", 1)[1]) as connection,
            pytest.raises(psycopg.errors.UndefinedTable),
        ):
            connection.execute("SELECT * FROM only_here")


def test_database_can_start_as_a_copy_of_a_prepared_one(postgres: postgresql.Cluster) -> None:
    with postgres.database() as prepared:
        template = prepared.rsplit("/", 1)[1]
        with postgres.connect(template) as connection:
            connection.execute("CREATE TABLE prepared AS SELECT '綴' AS word")
        with (
            postgres.database(template) as copy,
            postgres.connect(copy.rsplit("/", 1)[1]) as connection,
        ):
            assert connection.execute("SELECT word FROM prepared").fetchone() == ("綴",)


def test_database_is_gone_afterwards(postgres: postgresql.Cluster) -> None:
    with postgres.database() as url:
        name = url.rsplit("/", 1)[1]
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        postgres.connect(name)


def test_server_ends_when_the_tests_are_killed(postgres: postgresql.Cluster) -> None:
    del postgres  # asked for so that this test skips or fails where there is no server
    script = (
        "import sys, time; from support import postgres;"
        "server = postgres.running(postgres.programs()); cluster = server.__enter__();"
        "print(cluster.port, flush=True); time.sleep(60)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        cluster = postgresql.Cluster(port=int(child.stdout.readline()))
        cluster.connect().close()
        child.send_signal(signal.SIGKILL)
    assert refuses_soon(cluster)


def refuses_soon(cluster: postgresql.Cluster) -> bool:
    """Whether nobody answers there within a few seconds."""
    for _ in range(100):
        try:
            cluster.connect().close()
        except psycopg.OperationalError:
            return True
        time.sleep(0.05)
    return False


def test_url_names_an_empty_database(database_url: str) -> None:
    assert database_url.startswith(("sqlite:////", "postgresql+psycopg://"))


@pytest.mark.parametrize(
    "host, inside",
    [
        ("127.0.0.1", True),
        (b"127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        (None, True),
        ("192.0.2.1", False),
        ("0.0.0.0", False),  # noqa: S104 (it is refused here, not bound)
        ("example.test", False),
    ],
)
def test_only_loopback_is_inside(host: object, inside: bool) -> None:
    assert is_inside(host) is inside


def test_socket_beyond_loopback_is_an_error() -> None:
    with socket.socket() as outward, pytest.raises(OutsideError):
        outward.connect(("192.0.2.1", 80))
    with (
        socket.socket(type=socket.SOCK_DGRAM) as outward,
        pytest.raises(OutsideError),
    ):
        outward.sendto(b"hello", ("192.0.2.1", 53))


def test_looking_up_an_outside_name_is_an_error() -> None:
    with pytest.raises(OutsideError):
        socket.getaddrinfo("example.test", 80)


def test_missing_program_skips_unless_all_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TSUZURI_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception):
        absent("a thing")
    monkeypatch.setenv("TSUZURI_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception):
        absent("a thing")


def test_browser_shows_japanese_at_each_size(browser: Browser, viewport: ViewportSize) -> None:
    with browser.new_page(viewport=viewport, locale="ja-JP") as page:
        page.set_content("<h1>記録</h1>")
        assert page.inner_text("h1") == "記録"
        assert page.evaluate("innerWidth") == viewport["width"]
