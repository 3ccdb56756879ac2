"""Answering a record: comments with what they quote and carry, or a phrase with one tap."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, BinaryIO, cast

from flask import Blueprint, make_response, redirect, request, url_for

from tsuzuri.access.gate import Access
from tsuzuri.errors import Invalid, Message, message
from tsuzuri.services import attachments, threads
from tsuzuri.services.once import Answer, Differs
from tsuzuri.services.platform import Platform
from tsuzuri.services.threads import Draft
from tsuzuri.web import account, addressing, once, reading
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.files import handed_out
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.paging import LARGEST
from tsuzuri.web.records import ONE
from tsuzuri.web.render import page, sentence
from tsuzuri.web.row_talk import TalkCell
from tsuzuri.web.talk import Typed

blueprint = Blueprint("threads", __name__)

SAID = f"{ONE}/comments/<int(max={LARGEST}):comment>"

LONGEST = 100
"""Characters of a name that is looked for."""

SENT_BEFORE = message(
    "この画面のコメントは、すでに届いています。別のコメントとしても残すときは、もう一度送ってください。"
)


@blueprint.post(f"{ONE}/comments")
@keeps_typing
@gated("comment")
def comment(access: Access, record: int) -> Any:
    """Write a comment; one that cannot be written comes back as it was typed."""
    form = request.form
    typed = Typed(
        body=form.get("body", ""),
        quote=form.get("quote", ""),
        to=_to(),
        urgent="urgent" in form,
    )
    if again():
        return reading.record_page(access, record, block="thread", typed=typed)

    to = _to()

    def act(within: Platform) -> Answer:
        draft = Draft(
            body=typed.body, quote=typed.quote, files=keys, mentions=to, urgent=typed.urgent
        )
        return Answer(303, str(threads.comment(within, access, record, draft)))

    try:
        keys = [one["key"] for one in _received(access)]
        sent = [typed.body, typed.quote, keys, to, typed.urgent]
        written = once.done(access, sent, act).location
    except Differs:
        return _wrong(access, record, typed, SENT_BEFORE)
    except Invalid as error:
        return _wrong(access, record, typed, error.problems[0].message)
    return _back(access, record, "thread", f"comment-{written}")


@blueprint.post(f"{SAID}/edit")
@keeps_typing
@gated("comment")
def edit(access: Access, record: int, comment: int) -> Any:
    """Put one's own comment right."""
    typed = Typed(body=request.form.get("body", ""), change=comment, to=_to())
    if again():
        return reading.record_page(access, record, block="thread", typed=typed)
    try:
        draft = Draft(body=typed.body, mentions=typed.to)
        threads.edit(platform(), access, record, comment, draft)
    except Invalid as error:
        return _wrong(access, record, typed, error.problems[0].message)
    return _back(access, record, "thread", f"comment-{comment}")


@blueprint.post(f"{SAID}/withdraw")
@gated("comment")
def withdraw(access: Access, record: int, comment: int) -> Any:
    """Take one's own comment back."""
    try:
        threads.withdraw(platform(), access, record, comment)
    except Invalid as error:
        return _wrong(access, record, Typed(), error.problems[0].message)
    return _back(access, record, "thread", f"comment-{comment}")


@blueprint.get(f"{SAID}/files/<key>")
@gated("view")
def file(access: Access, record: int, comment: int, key: str) -> Any:
    """Give a file that came with a comment."""
    return handed_out(threads.file(platform(), access, record, comment, key))


def _to() -> tuple[str, ...]:
    return tuple(request.form.getlist("to"))


@blueprint.get(f"{ONE}/mentions")
@gated("comment")
def offers(access: Access, record: int) -> str:
    """Offer whom a comment may be addressed to; ``all`` asks for those of an answer to all."""
    scene = platform().scene(access.actor)
    if "all" in request.args:
        chosen = addressing.everybody(access, record, scene, request.args.getlist("to"))
        return page("mentions.html", chosen=chosen, nobody=not chosen)
    asked = request.args.get("q", "")[:LONGEST]
    found, more = addressing.offered(access, record, asked, scene)
    return page("mentions.html", found=found, more=more)


def _received(access: Access) -> list[dict[str, Any]]:
    """Take in the files that came with a comment."""
    sent = [one for one in request.files.getlist("files") if one.filename]
    return [
        attachments.receive(
            platform(), access.actor, one.filename or "", cast("BinaryIO", one.stream)
        )
        for one in sent[: threads.MOST_FILES + 1]
    ]


def _wrong(access: Access, record: int, typed: Typed, why: Message) -> Any:
    told = replace(typed, error=sentence(why))
    return make_response(reading.record_page(access, record, block="thread", typed=told), 422)


@blueprint.post(f"{ONE}/thanks")
@gated("comment")
def thank(access: Access, record: int) -> Any:
    """Give a phrase, or take it back."""
    threads.thank(platform(), access, record, request.form.get("word", ""))
    if "row" in request.form and request.headers.get("HX-Request") == "true":
        talk = threads.talk(platform(), access, [record])[record]
        return TalkCell(access).cell(record, talk)
    if request.form.get("next"):
        return redirect(account.local(request.form["next"]), 303)
    return _back(access, record, "thanks", "thanks")


def _back(access: Access, record: int, block: str, anchor: str) -> Any:
    """Answer htmx with the changed part, and a plain form with the record's page."""
    if request.headers.get("HX-Request") == "true":
        return reading.record_page(access, record, block=block)
    code = access.app.code
    return redirect(url_for("records.show", app=code, record=record, _anchor=anchor), 303)
