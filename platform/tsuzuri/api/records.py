"""Records as JSON: lists by a query of the condition language, and one record by id."""

from __future__ import annotations

from flask import Blueprint, Response, request

from tsuzuri.access.gate import Access
from tsuzuri.errors import QueryError, message
from tsuzuri.query.parse import parse
from tsuzuri.services import listing
from tsuzuri.web.gate import gated, platform
from tsuzuri.wire.out import records_json

blueprint = Blueprint("api", __name__, url_prefix="/api")

MOST_FIELDS = 1000


@blueprint.get("/apps/<app>/records")
@gated("view")
def find(access: Access) -> Response:
    """Return the records that ``query`` asks for, with the fields named by ``field``."""
    fields = request.args.getlist("field")
    if len(fields) > MOST_FIELDS:
        raise QueryError(message("{limit}個までにしてください。", limit=MOST_FIELDS))
    found = listing.queried(platform(), access, parse(request.args.get("query", "")), fields)
    body = records_json(found.columns, found.page.rows, more=found.page.later)
    return Response(body, mimetype="application/json")
