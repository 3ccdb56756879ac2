"""What the API refuses, in one shape: a sentence, and where there are several, each with its place.

{"message": "…", "problems": [{"pointer": "/record/phone", "message": "…"}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from tsuzuri.errors import Invalid, Message, Stale, TsuzuriError, message
from tsuzuri.services.once import Differs
from tsuzuri.web import errors as pages
from tsuzuri.web.render import sentence
from tsuzuri.wire.out import masked

ADDRESSES = "/api/"
TOLD = 100
"""Problems that one answer lists; its sentence counts them all."""

SENTENCES: Mapping[int, Message] = {
    401: message("API トークンが正しくないか、使えなくなっています。"),
    415: message("Content-Type は application/json にしてください。"),
    **pages.SENTENCES,
}


def speak_json(blueprint: Blueprint) -> Blueprint:
    """Let a blueprint answer whatever goes wrong in it as JSON."""
    blueprint.register_error_handler(TsuzuriError, refused)
    blueprint.register_error_handler(HTTPException, _http)
    # Named by their codes too, because the pages' handlers are.
    blueprint.register_error_handler(401, _http)
    blueprint.register_error_handler(CSRFError, _http)
    return blueprint


def install(app: Flask) -> None:
    """Answer as JSON where an address begins like ours and no view has it."""
    for code in (404, 405):
        app.register_error_handler(code, _nowhere)


def refused(error: TsuzuriError) -> Response:
    """Return the answer to what the domain refuses."""
    if isinstance(error, Differs):
        return answer({"message": sentence(error.message)}, 422)
    body: dict[str, Any] = {"message": sentence(error.message)}
    if isinstance(error, Invalid):
        body["problems"] = [
            {"pointer": one.pointer, "message": sentence(one.message)}
            for one in error.problems[:TOLD]
        ]
    if isinstance(error, Stale):
        body["$revision"] = error.revision
        body["clashes"] = [
            {"field": one.code, "theirs": one.theirs, "yours": one.yours} for one in error.clashes
        ]
    return answer(body, int(pages.status_of(error)))


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """Return a JSON answer."""
    found = Response(orjson.dumps(body, default=masked), status, mimetype="application/json")
    found.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return found


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    told = {"message": sentence(SENTENCES.get(code, pages.FAILED))}
    return answer(told, code, **({"WWW_Authenticate": "Bearer"} if code == 401 else {}))


def _nowhere(error: HTTPException) -> Response:
    """Answer for an address, or a method, that no view has."""
    return _http(error) if request.path.startswith(ADDRESSES) else pages.answer_to_http(error)
