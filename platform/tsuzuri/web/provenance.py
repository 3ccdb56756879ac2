"""Where a request comes from, by the browser's own word: the second defence beside the token.

``Sec-Fetch-Site`` cannot be written by a page.  Browsers without it, and addresses without TLS,
say at most ``Origin``; under our ``Referrer-Policy`` that is ``null`` for our own forms too, and
then the token alone decides, as it does for a browser that says nothing.
"""

from __future__ import annotations

from flask import Flask, abort, request

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"})
SAFE = frozenset({"GET", "HEAD"})
OURS = frozenset({"same-origin", "none"})
"""A page of ours, or the person's own doing, such as an address typed or a page loaded again."""


def install(app: Flask) -> None:
    """Refuse what no page of ours caused, before anything is looked up."""

    @app.before_request
    def _judge() -> None:
        if request.method not in METHODS:
            abort(405)
        if request.method in SAFE:
            if _embedded():
                abort(403)
        elif foreign():
            abort(403)
        elif request.mimetype == "multipart/form-data" and _nameless():
            abort(400)


def _embedded() -> bool:
    """Tell whether a foreign page loads this into itself, instead of leading the person here."""
    foreign = request.headers.get("Sec-Fetch-Site", "none") not in OURS
    return foreign and (
        request.headers.get("Sec-Fetch-Mode") != "navigate"
        or request.headers.get("Sec-Fetch-Dest", "document") != "document"
    )


def _nameless() -> bool:
    """Tell whether a part has no name: no form of ours sends one, and nothing expects one."""
    return any(name is None for name in (*request.form, *request.files))


def foreign() -> bool:
    """Tell whether the browser says that a page of somebody else sent this."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in OURS
    origin = request.headers.get("Origin", "null")
    return origin != "null" and origin.partition("://")[2].lower() != request.host.lower()
