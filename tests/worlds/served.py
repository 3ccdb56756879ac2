"""The sample town behind a real server on this machine, for a real browser."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from tsuzuri.config import Config
from tsuzuri.factory import create_app
from tsuzuri.sample.demo import Wanted, make
from tsuzuri.services.platform import Platform

PASSWORD = "tsuzuri-2026"
NOON = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
"""Noon in Tokyo on the day the town's story ends."""


@contextmanager
def town(home: Path, records: int = 400) -> Iterator[Flask]:
    """Give the application of a small sample town whose clock stands at noon."""
    config = Config.from_environment({"TSUZURI_HOME": str(home)})
    wanted = Wanted(today=NOON.date(), records=records, password=PASSWORD)
    make(config, wanted, fresh=True, say=lambda line: None)
    platform = Platform.open(replace(config, secret_key="-" * 32), clock=lambda: NOON)
    try:
        yield create_app(platform.config, platform)
    finally:
        platform.database.close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application on a free port of this machine; give its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
