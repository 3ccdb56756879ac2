"""Security headers of every response; none of them depends on what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, make_response, redirect, request
from werkzeug.datastructures import Headers
from werkzeug.routing import RequestRedirect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REPORTS = "/csp-report"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        "manifest-src 'self'",
        f"report-uri {REPORTS}",
    )
)
FILE_POLICY = "sandbox; default-src 'none'"
"""Of what people sent: whatever it is, a browser runs and loads nothing in it."""

HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    # Addresses hold ids and what people search for; no other page learns them, ours neither.
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    # A file input opens a telephone's camera without this permission.
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
SECURE_HEADERS = (("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),)
"""Only where cookies are for TLS alone: a server tried out without it must stay reachable."""

VARIES = "Cookie, HX-Request"
"""A page and its fragment share an address, and each is for one person."""


def install(app: Flask) -> None:
    """Add the headers to every response, whichever part of the program made it."""
    fixed = HEADERS + (SECURE_HEADERS if app.config["SESSION_COOKIE_SECURE"] else ())

    @app.after_request
    def _name_route(response: Response) -> Response:
        # The log tells routes, not addresses: those hold ids and what people search for.
        request.environ["tsuzuri.rule"] = str(request.url_rule or "")
        if request.endpoint == "static" and response.status_code < 400:
            request.environ["tsuzuri.static"] = True
        return response

    @app.after_request
    def _lead_home(response: Response) -> Response:
        # The router writes a whole address here, with the host that the request claims.
        if isinstance(request.routing_exception, RequestRedirect):
            to = urlsplit(request.routing_exception.new_url)
            here = urlunsplit(("", "", "/" + to.path.lstrip("/"), to.query, ""))
            return make_response(redirect(here, response.status_code))
        return response

    setattr(app, "wsgi_app", Headed(app.wsgi_app, fixed))  # noqa: B010  mypy takes it for a method


@dataclass(frozen=True, slots=True)
class Headed:
    """The outermost part of the application: it lasts when an error page fails halfway."""

    app: WSGIApplication
    fixed: tuple[tuple[str, str], ...]

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request; pages are never kept by caches, static files may be."""

        def begin(status: str, given: list[tuple[str, str]], *error: Any) -> Callable[..., Any]:
            headers = Headers(given)
            for name, value in self.fixed:
                headers.setdefault(name, value)
            if not environ.get("tsuzuri.static"):
                headers["Cache-Control"] = "no-store"
                headers["Vary"] = VARIES
            return start(status, headers.to_wsgi_list(), *error)

        return self.app(environ, begin)
