"""What a request showed and what it was refused is in the audit log before its answer leaves."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, make_response, request

from tsuzuri.access.actors import Actor
from tsuzuri.errors import TsuzuriError
from tsuzuri.services.ledger import ReadingLedger
from tsuzuri.storage.audit import Entry
from tsuzuri.web.gate import platform

REFUSALS = frozenset({403, 404})
LONGEST = 100


def install(app: Flask) -> None:
    """Seal each request's ledger; what cannot be noted is not shown."""

    @app.after_request
    def _keep(response: Response) -> Response:
        actor: Actor | None = g.get("actor")
        if actor is None or request.endpoint == "static":
            return response
        ledger: ReadingLedger = g.ledger
        if response.status_code in REFUSALS:
            ledger.note(_refusal(response.status_code))
        if not ledger.pending:
            return response
        try:
            with platform().changing(actor):
                pass
        except TsuzuriError as error:
            response.close()
            # As a page or as JSON, whichever this route answers with.
            return make_response(current_app.handle_user_exception(error))
        return response


def _refusal(status: int) -> Entry:
    """Return the entry of a request for what is not there for this person, or not allowed."""
    given = request.view_args or {}
    app, record = str(given.get("app", "")), given.get("record", 0)
    return Entry(
        action="refuse",
        app=app if app.isprintable() and len(app) <= LONGEST else "",
        record=record if isinstance(record, int) else 0,
        detail={"route": request.endpoint, "status": status},
    )
