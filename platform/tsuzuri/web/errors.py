"""One table from what the domain refuses to what HTTP says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, flash, make_response, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from tsuzuri.errors import (
    Busy,
    Denied,
    Invalid,
    Message,
    QueryError,
    Slow,
    Stale,
    TooLarge,
    TooOften,
    TsuzuriError,
    Unknown,
    message,
)
from tsuzuri.web import account, again, provenance
from tsuzuri.web.render import page, sentence

log = logging.getLogger(__name__)

STATUSES: Mapping[type[TsuzuriError], HTTPStatus] = {
    Unknown: HTTPStatus.NOT_FOUND,
    Denied: HTTPStatus.FORBIDDEN,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Stale: HTTPStatus.CONFLICT,
    QueryError: HTTPStatus.BAD_REQUEST,
    TooOften: HTTPStatus.TOO_MANY_REQUESTS,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    Slow: HTTPStatus.SERVICE_UNAVAILABLE,
}

SENTENCES: Mapping[int, Message] = {
    400: message("送られた内容を読み取れませんでした。"),
    403: message("この操作をする権限がありません。"),
    404: message("見つかりません。"),
    405: message("この操作はできません。"),
    413: message("送られた内容が大きすぎます。"),
}
FAILED = message("うまくいきませんでした。もう一度お試しください。")
RENEWED = message(
    "画面を開いてから時間がたったため、まだ保存されていません。内容を確かめて、もう一度押してください。"
)


def status_of(error: TsuzuriError) -> HTTPStatus:
    """Return the status of a domain error, by its nearest class in the table."""
    for cls in type(error).__mro__:
        if cls in STATUSES:
            return STATUSES[cls]
    return HTTPStatus.BAD_REQUEST


def install(app: Flask) -> None:
    """Answer domain errors and HTTP errors with the error page."""
    app.register_error_handler(TsuzuriError, answer_to)
    app.register_error_handler(CSRFError, _unprotected)
    app.register_error_handler(401, _signed_out)
    app.register_error_handler(HTTPException, answer_to_http)


def answer_to(error: TsuzuriError) -> Response:
    """Return the answer to what the domain refuses."""
    problems = error.problems if isinstance(error, Invalid) else ()
    return _error_page(int(status_of(error)), error.message, problems)


def answer_to_http(error: HTTPException) -> Response:
    """Return the answer to what HTTP itself refuses, such as an address that no view has."""
    code = error.code or 500
    if code < 400 and error.response is not None:
        return make_response(error.get_response())
    return _error_page(code, SENTENCES.get(code, FAILED), ())


def _error_page(status: int, sentence_: Message, problems: Any) -> Response:
    """Return the error page.  What was typed into a form stays readable and can be sent again."""
    typed = again.typed() if _typing() and status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE else []
    told = {"status": status, "message": sentence_, "problems": problems, "typed": typed}
    try:
        body = page("error.html", resend=bool(typed) and status >= 500, again=again.AGAIN, **told)
    except Exception:
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        # The page asks the database who reads; without one there is still an answer.
        log.exception("the error page failed")
        return Response(f"{FAILED.text}\n", status, mimetype="text/plain")
    return make_response(body, status)


def _typing() -> bool:
    """Tell whether this request brought typed text from a form of ours."""
    if request.method != "POST" or request.endpoint is None or provenance.foreign():
        return False
    return hasattr(current_app.view_functions.get(request.endpoint), again.MARK)


def _signed_out(error: HTTPException) -> Response:
    """Ask to sign in, on the spot where something was sent, so that it can come back."""
    del error
    here = request.full_path.rstrip("?")
    if request.method in {"GET", "HEAD"}:
        where = url_for("account.sign_in_form", next=here)
        if request.headers.get("HX-Request") == "true":
            return Response(status=204, headers={"HX-Redirect": url_for("account.sign_in_form")})
        return make_response(redirect(where))
    carries = _typing()
    target = request.path if carries else _page_before()
    answer = make_response(account.login_page(target=target, carries=carries), 401)
    answer.headers["HX-Retarget"] = "#main"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def _page_before() -> str:
    """Return the page a button stood on: what htmx says, else the nearest page above its address.

    Browsers tell no page where they come from, because its address may hold what was searched.
    """
    host, slash, path = request.headers.get("HX-Current-URL", "").partition("://")[2].partition("/")
    if host == request.host:
        return account.local(slash + path.partition("#")[0])
    parts = request.path.rstrip("/").split("/")
    adapter = current_app.url_map.bind_to_environ(request.environ)
    for many in range(len(parts), 0, -1):
        for path in ("/".join(parts[:many]), "/".join([*parts[:many], ""])):
            if path and adapter.test(path, "GET"):
                return account.local(path)
    return account.local("/")


def _unprotected(error: CSRFError) -> Response:
    """Answer a form whose protection ran out or never was: nothing is done with it.

    The sender sees it again as it was typed; a forger's victim sees a form and no more.
    """
    if not current_user.is_authenticated:
        if request.path == url_for("account.sign_in_form"):
            return make_response(
                account.login_page(target=account.local(request.form.get("next", ""))), 400
            )
        return _signed_out(error)
    flash(sentence(RENEWED), "warning")
    try:
        filled = again.bring_back(request.path, again.typed())
    except TsuzuriError as refused:
        return answer_to(refused)
    if filled is not None:
        # Not done, and as a page that htmx shows too.
        return make_response(filled, HTTPStatus.UNPROCESSABLE_ENTITY)
    return make_response(redirect(_page_before(), 303))
