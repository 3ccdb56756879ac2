"""A PostgreSQL of the benchmark's own, whose data stay for the next run."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from support.postgres import programs

USER = "tsuzuri"
PATIENCE = 120.0

SETTINGS: Mapping[str, object] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "2GB",
    "effective_cache_size": "6GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "max_connections": 60,
}
"""A server with its own solid-state disk and a few gigabytes to spare."""

CARELESS: Mapping[str, object] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
"""While the data are first made, and never while anything is measured."""


@contextmanager
def running(folder: Path, *, careless: bool = False) -> Iterator[str]:
    """Run the cluster in ``folder``, making it if need be; give the URL of its database."""
    found = programs()
    if found is None:
        raise SystemExit("PostgreSQL's programs are not installed (Debian: postgresql).")
    owner = _owner()
    folder.mkdir(parents=True, exist_ok=True)
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    data = folder / "data"
    if not data.exists():
        _run([found / "initdb", "-D", data, "-U", USER, "--auth=trust", "-E", "UTF8",
              "--locale=C.UTF-8", "--no-sync"], folder, owner)  # fmt: skip
    port = _free_port()
    settings = {**SETTINGS, "port": port, **(CARELESS if careless else {})}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    control = [found / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-t", str(int(PATIENCE))]
    if (data / "postmaster.pid").exists():
        # A benchmark that was killed leaves its server behind.
        _run([*control, "-m", "fast", "stop"], folder, owner)
    _run([*control, "-o", options, "start"], folder, owner)
    try:
        _make_database(port)
        yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}/tsuzuri"
    finally:
        _run([*control, "-m", "fast", "stop"], folder, owner)


def plain(url: str) -> psycopg.Connection[Any]:
    """Open a bare driver connection to a database named as SQLAlchemy does."""
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _make_database(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with psycopg.connect(
                host="127.0.0.1", port=port, user=USER, dbname="postgres", autocommit=True
            ) as connection:
                there = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'tsuzuri'")
                if there.fetchone() is None:
                    connection.execute("CREATE DATABASE tsuzuri")
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _run(command: list[Any], folder: Path, owner: dict[str, Any] | None) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **(owner or {}),
    )
    if done.returncode:
        raise SystemExit(f"{Path(command[0]).name} failed: {done.stderr}")


def _owner() -> dict[str, Any] | None:
    """Return who runs the server: PostgreSQL refuses root, so root lends it to another."""
    if os.geteuid() != 0:
        return None
    names = {account.pw_name: account for account in pwd.getpwall()}
    account = names.get("postgres") or names["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
