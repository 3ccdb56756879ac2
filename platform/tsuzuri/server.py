"""The production server: gunicorn on threads, with idle connections closed within seconds.

Threads suit both databases (an event loop would stand still while SQLite works).  Idle
keep-alive stays under five seconds, because some clients wait for the server to hang up.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.workers.gthread import ThreadWorker

from tsuzuri.config import Config

KEEP_ALIVE = 2
GRACE = 20
LAST_STEP = 5.0
"""Seconds that each of those who tell people may take to end."""
IDLE = 500
"""Connections a worker keeps besides those it works for."""


class JsonLines(logging.Formatter):
    """One JSON object a line: what happened, when, how long it took; never what was said."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON; an error gives its type and place, not its text."""
        entry: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            # An exception's own text may quote what was typed, or the values of a statement.
            entry["error"] = record.exc_info[0].__name__
            entry["trace"] = places(record.exc_info[2])
        return json.dumps(entry, ensure_ascii=False)


def places(trace: Any) -> list[str]:
    """Return where a traceback passed, innermost last, without values."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-12:]


class AccessLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger, with requests as JSON and without query strings, which hold searches."""

    def setup(self, cfg: Any) -> None:
        """Send everything to standard error as JSON lines."""
        super().setup(cfg)
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        for log in (self.error_log, self.access_log):
            log.handlers = [handler]
            log.propagate = False
        root = logging.getLogger()
        root.handlers = [handler]
        root.setLevel(logging.WARNING)

    def access(self, resp: Any, req: Any, environ: Any, *timing: Any) -> None:
        """Log one request: method, path without ids of people, status, milliseconds."""
        entry = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "method": environ["REQUEST_METHOD"],
            "path": environ.get("tsuzuri.rule", ""),
            "status": resp.status.split(" ", 1)[0],
            "ms": round(timing[0].total_seconds() * 1000, 1),
        }
        print(json.dumps(entry, ensure_ascii=False), file=sys.stderr, flush=True)  # noqa: T201  the access log


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with our settings; the application is made in each worker after the fork."""

    def __init__(self, config: Config, options: dict[str, Any]) -> None:
        self.of = config
        self.given = options
        super().__init__()

    def load_config(self) -> None:
        """Take our settings; gunicorn's own files and variables are not read."""
        for name, value in self.given.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application."""
        from tsuzuri.factory import create_app  # noqa: PLC0415  after the fork
        from tsuzuri.services.mailing import Mailer  # noqa: PLC0415  the same
        from tsuzuri.services.noticing import Noticer  # noqa: PLC0415  the same

        made = create_app(self.of)
        platform = made.extensions["tsuzuri"]
        mailer, noticer = Mailer(platform), Noticer(platform)
        mailer.start()
        noticer.start()
        made.extensions["tsuzuri.tellers"] = (mailer, noticer)
        return made


class Threads(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's worker on threads; open pages are let go before it stops."""

    def run(self) -> None:
        """Work until told to stop; those who tell people stop with it, in between two steps."""
        try:
            super().run()
        finally:
            tellers = getattr(self.wsgi, "extensions", {}).get("tsuzuri.tellers", ())
            for one in tellers:
                one.stop()
            for one in tellers:
                one.stop(wait=LAST_STEP)

    def handle_exit(self, sig: Any, frame: Any) -> None:
        """End the streams, which would last until they are killed, and finish the rest."""
        hub = getattr(self.wsgi, "extensions", {}).get("tsuzuri.hub")
        if hub is not None:
            hub.stop()
        super().handle_exit(sig, frame)


def options(host: str, port: int, *, workers: int, threads: int, live: int) -> dict[str, Any]:
    """Return gunicorn's settings.

    Each open page that is told what happens keeps a thread, asleep most of the time; ``threads``
    are there for everything else.
    """
    return {
        "bind": f"{'[' + host + ']' if ':' in host else host}:{port}",
        "workers": workers,
        "threads": threads + live,
        "worker_connections": threads + live + IDLE,
        "worker_class": Threads,
        "keepalive": KEEP_ALIVE,
        "graceful_timeout": GRACE,
        "timeout": 120,
        "limit_request_line": 8190,
        "logger_class": AccessLog,
        "accesslog": "-",
        "loglevel": "warning",
        "proc_name": "tsuzuri",
        # The server says nothing about itself.
        "control_socket_disable": True,
    }


def run(config: Config, host: str, port: int, *, workers: int = 2, threads: int = 8) -> None:
    """Serve until told to stop; requests under way are finished first."""
    # Read once here, the program's modules are there in every worker.
    import tsuzuri.factory  # noqa: F401, PLC0415  quick --help

    # A name and version in every answer would tell a stranger where to look for holes.
    wsgi.SERVER = "tsuzuri"
    given = options(host, port, workers=workers, threads=threads, live=config.live_pages)
    Server(config, given).run()
