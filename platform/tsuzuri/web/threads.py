"""Answering a record: a comment, or one of the app's phrases with one tap."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for

from tsuzuri.access.gate import Access
from tsuzuri.errors import Invalid, message
from tsuzuri.services import threads
from tsuzuri.services.once import Answer, Differs
from tsuzuri.services.platform import Platform
from tsuzuri.web import account, once, reading
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.records import ONE
from tsuzuri.web.render import sentence

blueprint = Blueprint("threads", __name__)

SENT_BEFORE = message(
    "この画面のコメントは、すでに届いています。別のコメントとしても残すときは、もう一度送ってください。"
)


@blueprint.post(f"{ONE}/comments")
@keeps_typing
@gated("comment")
def comment(access: Access, record: int) -> Any:
    """Write a comment; an empty or overlong one comes back as it was typed."""
    body = request.form.get("body", "")
    if again():
        return reading.record_page(access, record, block="thread", draft=body)

    def act(within: Platform) -> Answer:
        return Answer(303, str(threads.comment(within, access, record, body)))

    try:
        written = once.done(access, body, act).location
    except Differs:
        told = sentence(SENT_BEFORE)
        page = reading.record_page(access, record, block="thread", draft=body, error=told)
        return make_response(page, 422)
    except Invalid as error:
        told = sentence(error.problems[0].message)
        page = reading.record_page(access, record, block="thread", draft=body, error=told)
        return make_response(page, 422)
    return _back(access, record, "thread", f"comment-{written}")


@blueprint.post(f"{ONE}/thanks")
@gated("comment")
def thank(access: Access, record: int) -> Any:
    """Give a phrase, or take it back."""
    threads.thank(platform(), access, record, request.form.get("word", ""))
    if request.form.get("next"):
        return redirect(account.local(request.form["next"]), 303)
    return _back(access, record, "thanks", "thanks")


def _back(access: Access, record: int, block: str, anchor: str) -> Any:
    """Answer htmx with the changed part, and a plain form with the record's page."""
    if request.headers.get("HX-Request") == "true":
        return reading.record_page(access, record, block=block)
    code = access.app.code
    return redirect(url_for("records.show", app=code, record=record, _anchor=anchor), 303)
