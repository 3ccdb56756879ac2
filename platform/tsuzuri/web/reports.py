"""What browsers report against our content policy: a line in the log that says which and where.

Anybody may send a report, so it is small, seldom, and nothing of its words is kept: a directive
out of the known ones, and the route of the page instead of its address.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Flask, Response, current_app, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException

from tsuzuri.web.gate import public
from tsuzuri.web.headers import POLICY, REPORTS

blueprint = Blueprint("reports", __name__)
log = logging.getLogger(__name__)

LARGEST = 16 * 1024
OFTEN = 20
WITHIN = 60.0
DIRECTIVES = frozenset(part.split(" ", 1)[0] for part in POLICY.split("; ")) | {
    f"{kind}-src-{part}" for kind in ("script", "style") for part in ("elem", "attr")
}


@dataclass
class Limit:
    """Lets so many through in a while; the rest is dropped."""

    often: int = OFTEN
    within: float = WITHIN
    now: Callable[[], float] = monotonic
    passed: deque[float] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def passes(self) -> bool:
        """Tell whether one more may pass now."""
        with self.lock:
            while self.passed and self.passed[0] <= self.now() - self.within:
                self.passed.popleft()
            if len(self.passed) >= self.often:
                return False
            self.passed.append(self.now())
            return True


def install(app: Flask, csrf: CSRFProtect) -> None:
    """Let browsers report; they know no token, and a report changes nothing."""
    app.extensions["tsuzuri.reports"] = Limit()
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)


@blueprint.post(REPORTS)
@public
def receive() -> Response:
    """Note a report; the answer is the same whatever was sent."""
    request.max_content_length = LARGEST
    limit: Limit = current_app.extensions["tsuzuri.reports"]
    if limit.passes():
        directive, route = _read(request.get_data())
        log.warning("content policy: %s on %s", directive, route)
    return Response(status=204)


def _read(body: bytes) -> tuple[str, str]:
    """Return the directive and the route that a report names, each only if it is known."""
    try:
        given = orjson.loads(body)["csp-report"]
        named = given.get("effective-directive") or given.get("violated-directive")
        directive = str(named).split(" ", 1)[0]
        path = urlsplit(str(given.get("document-uri"))).path
    except (ValueError, LookupError, TypeError, AttributeError):
        return "?", "?"
    return directive if directive in DIRECTIVES else "?", _route(path)


def _route(path: str) -> str:
    try:
        rule, _ = current_app.url_map.bind_to_environ(request.environ).match(
            path, "GET", return_rule=True
        )
    except HTTPException:
        return "?"
    return str(rule)
