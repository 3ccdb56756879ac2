"""A private PostgreSQL for the tests: made in a folder of its own, gone when they end.

Each test process has its own cluster (about a second to make), so that parallel workers need no
agreement about who starts and who stops it. Each test has its own database in it.
"""

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

USER: Final = "tsuzuri"
_PATIENCE: Final = 30.0

# The server lives as long as the test process holds the other end of this shell's input: however
# that process ends, the pipe closes, and the shell stops its own child and clears the folder.
_SUPERVISOR: Final = """
folder=$1; shift
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -QUIT "$server"
wait "$server"
rm -rf "$folder"
"""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A running server on a loopback port."""

    port: int
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, name: str) -> str:
        """Name one of its databases as SQLAlchemy does."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def connect(self, name: str = "postgres") -> psycopg.Connection[Any]:
        """Open a plain connection, each statement its own transaction."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, dbname=name, autocommit=True
        )

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Give the URL of a fresh copy of a template, dropped afterwards: each takes 8 MB."""
        name = f"test_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        try:
            yield self.url(name)
        finally:
            with self.connect() as connection:
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )


def programs() -> Path | None:
    """Find the newest server installed: Debian keeps each version's off the PATH."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: [int(number) for number in re.findall(r"\d+", path.parts[4])],
    )
    on_path = shutil.which("postgres")
    if debian:
        return debian[-1].parent
    return Path(on_path).resolve().parent if on_path else None


@contextmanager
def running(folder_of_programs: Path, *, durable: bool = False) -> Iterator[Cluster]:
    """Run a fresh cluster; `durable` writes through to the disk, for tests that kill it."""
    folder = Path(tempfile.mkdtemp(prefix="tsuzuri-postgresql-"))
    owner = _owner()
    if owner is not None:
        os.chown(folder, owner["user"], owner["group"])
    _make(folder_of_programs, folder, owner)
    port = _free_port()
    supervisor = subprocess.Popen(
        [
            "sh",
            "-c",
            _SUPERVISOR,
            "sh",
            folder,
            *_server(folder_of_programs, folder, port, durable),
        ],
        cwd=folder,
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the tests, which then close the pipe
        **(owner or {}),
    )
    cluster = Cluster(port=port)
    try:
        _await(cluster, folder / "log")
        yield cluster
    finally:
        supervisor.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> dict[str, Any] | None:
    """Who runs the server: PostgreSQL refuses root, so root lends it to a lesser account."""
    if os.geteuid() != 0:
        return None
    names = {account.pw_name: account for account in pwd.getpwall()}
    account = names.get("postgres") or names["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _make(folder_of_programs: Path, folder: Path, owner: dict[str, Any] | None) -> None:
    """Lay out the data folder: UTF-8, ordered by code point, so the same on every machine."""
    made = subprocess.run(
        [
            *(folder_of_programs / "initdb", "--pgdata", folder / "data", "--username", USER),
            *("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **(owner or {}),
    )
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")


def _server(folder_of_programs: Path, folder: Path, port: int, durable: bool) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "max_connections": 60,
        "shared_buffers": "32MB",
        "timezone": "UTC",
    }
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    return [str(folder_of_programs / "postgres"), "-D", str(folder / "data"), *options]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(cluster: Cluster, log: Path) -> None:
    """Wait until it answers, and say what its log says if it never does."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            cluster.connect().close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from error
            time.sleep(0.05)
        else:
            return
