"""A world served over HTTP on this machine: the real application, on a port of its own.

Nothing in the program knows of this.  A guard proof applies its plant around the server, in the
same process, so that the program that answers is the program with the bug.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from attacks import world
from attacks.visiting import Visitor
from tsuzuri.factory import create_app
from tsuzuri.services.platform import Platform
from worlds.town import Clock, World


@dataclass(eq=False)
class Site:
    """One world behind its server: whoever attacks it goes through ``visitor``."""

    url: str
    platform: Platform
    clock: Clock
    app: Flask
    visitors: dict[str, Visitor] = field(default_factory=dict)

    @cached_property
    def world(self) -> World:
        """Give what looks behind the gate, to ask afterwards what an attack did."""
        return World(platform=self.platform, clock=self.clock)

    def visitor(self, user: str) -> Visitor:
        """Return somebody at a browser, signed in by name and password the first time."""
        if user not in self.visitors:
            self.visitors[user] = self.stranger().enter(user)
        return self.visitors[user]

    def stranger(self) -> Visitor:
        """Return somebody who is not signed in."""
        return Visitor(self.url)


@dataclass(frozen=True)
class Town:
    """W0 and its twin, each behind a server."""

    here: Site
    there: Site

    def visitor(self, user: str) -> Visitor:
        """Return somebody in the first of the two worlds."""
        return self.here.visitor(user)


@contextmanager
def site(url: str, folder: Path, **settings: Any) -> Iterator[Site]:
    """Serve the world in a database until the block ends."""
    platform, clock = world.opened(url, folder, **settings)
    app = create_app(platform.config, platform)
    with _quiet(), _listening(app) as address:
        served = Site(url=address, platform=platform, clock=clock, app=app)
        try:
            yield served
        finally:
            for one in served.visitors.values():
                one.close()
    platform.database.close()


@contextmanager
def _listening(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True  # type: ignore[attr-defined]  # of the threaded kind
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the development server's own log out of the tests' output."""
    log = logging.getLogger("werkzeug")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
