"""Whether the program is able to work: for whatever watches over it, so without any detail."""

from __future__ import annotations

from flask import Blueprint, Response

from tsuzuri.web.gate import platform, public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def health() -> Response:
    """Answer 200 where the database answers."""
    _ = platform().directory
    return Response("ok\n", mimetype="text/plain")
