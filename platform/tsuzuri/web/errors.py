"""One table from what the domain refuses to what HTTP says."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from flask import Flask, Response, make_response
from werkzeug.exceptions import HTTPException

from tsuzuri.errors import (
    Busy,
    Denied,
    Invalid,
    Message,
    QueryError,
    Stale,
    TooLarge,
    TsuzuriError,
    Unknown,
    message,
)
from tsuzuri.web.render import page

STATUSES: Mapping[type[TsuzuriError], HTTPStatus] = {
    Unknown: HTTPStatus.NOT_FOUND,
    Denied: HTTPStatus.FORBIDDEN,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Stale: HTTPStatus.CONFLICT,
    QueryError: HTTPStatus.BAD_REQUEST,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
}

SENTENCES: Mapping[int, Message] = {
    400: message("送られた内容を読み取れませんでした。"),
    403: message("この操作をする権限がありません。"),
    404: message("見つかりません。"),
    405: message("この操作はできません。"),
    413: message("送られた内容が大きすぎます。"),
}


def status_of(error: TsuzuriError) -> HTTPStatus:
    """Return the status of a domain error, by its nearest class in the table."""
    for cls in type(error).__mro__:
        if cls in STATUSES:
            return STATUSES[cls]
    return HTTPStatus.BAD_REQUEST


def install(app: Flask) -> None:
    """Answer domain errors and HTTP errors with the error page."""
    app.register_error_handler(TsuzuriError, _domain)
    app.register_error_handler(HTTPException, _http)


def _domain(error: TsuzuriError) -> Response:
    status = status_of(error)
    problems = error.problems if isinstance(error, Invalid) else ()
    body = page("error.html", status=int(status), message=error.message, problems=problems)
    return make_response(body, status)


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400 and error.response is not None:
        return make_response(error.get_response())
    known = SENTENCES.get(code, message("うまくいきませんでした。もう一度お試しください。"))
    return make_response(page("error.html", status=code, message=known, problems=()), code)
