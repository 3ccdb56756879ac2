"""Mails: what somebody wants by mail, and how the sending stands, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, message
from tsuzuri.services import mail_wishes, mailing
from tsuzuri.services.mail_wishes import Wishes
from tsuzuri.web.gate import administering, platform, signed_in
from tsuzuri.web.notices import KINDS
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import dated

blueprint = Blueprint("mail", __name__)

WAYS: Mapping[str, Message] = {
    "at_once": message("そのつど"),
    "daily": message("1日1回まとめて"),
    "none": message("受け取らない"),
}
LABELS: Mapping[str, Message] = {
    "begins": message("始まり"),
    "ends": message("終わり"),
}
STATES: tuple[tuple[tuple[str, ...], Message], ...] = (
    (("waiting",), message("送信待ち")),
    (("claimed", "ending"), message("送信中")),
    (("gathered",), message("次の「1日1回まとめて」を待つお知らせ")),
    (("sent",), message("送ったもの")),
    (("unknown",), message("届いたか分からないもの")),
    (("refused",), message("届けられなかったもの")),
    (("dropped",), message("送る必要がなくなったもの")),
)
STEPS: Mapping[str, Message] = {
    "CONNECT": message("メールサーバーにつなぐとき"),
    "MAIL": message("差出人を伝えるとき"),
    "RCPT": message("宛先を伝えるとき"),
    "DATA": message("本文を送るとき"),
    "END": message("送り終えるとき"),
    "ADDRESS": message("宛先を確かめるとき"),
}
"""At which step sending failed."""


@blueprint.get("/account/mail")
@signed_in
def show(actor: Actor) -> str:
    """Offer how one's notices come by mail."""
    return _page(actor, mail_wishes.mine(platform(), actor, KINDS))


@blueprint.post("/account/mail")
@signed_in
def choose(actor: Actor) -> Any:
    """Choose how one's notices come by mail."""
    typed = Wishes(
        ways={kind: request.form.get(f"way.{kind}", "") for kind in KINDS},
        begins=request.form.get("begins", ""),
        ends=request.form.get("ends", ""),
    )
    try:
        mail_wishes.choose(platform(), actor, typed)
    except Invalid as error:
        return make_response(_page(actor, typed, error), 422)
    flash(sentence(message("保存しました。")), "success")
    return redirect(url_for("mail.show"), 303)


def _page(actor: Actor, wishes: Wishes, error: Invalid | None = None) -> str:
    errors = {one.pointer: sentence(one.message) for one in error.problems} if error else {}
    rows = [
        (kind, sentence(word), wishes.ways[kind], errors.get(f"/ways/{kind}", ""))
        for kind, word in KINDS.items()
    ]
    hours = [
        (name, sentence(word), getattr(wishes, name), errors.get(f"/{name}", ""))
        for name, word in LABELS.items()
    ]
    smtp = platform().config.smtp
    return page(
        "mail.html",
        address=mail_wishes.address(platform(), actor),
        sending=smtp is not None,
        hour=smtp.hour if smtp else 0,
        rows=rows,
        ways=[(way, sentence(word)) for way, word in WAYS.items()],
        hours=hours,
        choices=mail_wishes.HOURS,
        mistakes=[
            *((f"way-{kind}", word, wrong) for kind, word, _, wrong in rows if wrong),
            *((name, word, wrong) for name, word, _, wrong in hours if wrong),
        ],
    )


@blueprint.get("/people/mail")
@administering
def index(actor: Actor) -> str:
    """Tell administrators how the sending of mails stands, and nothing of what is sent."""
    standing = mailing.standing(platform())
    scene = platform().scene(actor)
    directory = platform().directory
    active = [one for one in directory.users.values() if one.active]
    return page(
        "people/mail.html",
        sending=platform().config.smtp is not None,
        stuck=standing.failed_at > standing.sent_at and "waiting" in standing.counts,
        rows=[
            (sentence(word), sum(standing.counts.get(state, 0) for state in states))
            for states, word in STATES
        ],
        oldest=dated(standing.oldest, scene) if standing.oldest else "",
        sent=dated(standing.sent_at, scene) if standing.sent_at else "",
        failed=dated(standing.failed_at, scene) if standing.failed_at else "",
        failure=_failure(standing.error),
        refused=[
            (directory.name("user", code, actor.language), url_for("people.show", user=code))
            for code in mailing.refused(platform())
        ],
        reached=sum(bool(one.mail) for one in active),
        people=len(active),
    )


def _failure(error: str) -> str:
    """Return a failure in words, with the code or kind of error that a mail server's log knows."""
    step, _, code = error.partition(" ")
    word = sentence(STEPS[step]) if step in STEPS else step
    return f"{word} ({code})" if code else word
