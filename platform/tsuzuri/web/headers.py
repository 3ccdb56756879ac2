"""Security headers of every response; none of them depends on what is shown."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data:; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)

HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "geolocation=(), microphone=(), camera=(self)"),
    ("X-Frame-Options", "DENY"),
)


def install(app: Flask) -> None:
    """Add the headers to every response; pages are never kept by caches."""

    @app.after_request
    def _add(response: Response) -> Response:
        # The log tells routes, not addresses: those hold ids and what people search for.
        request.environ["tsuzuri.rule"] = str(request.url_rule or "")
        for name, value in HEADERS:
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
