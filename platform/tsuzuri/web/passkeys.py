"""Passkeys: what a browser is asked to show or to make, and keeping one's own.

Answers to show are sent with the forms that ask for a password or a code.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, session, url_for
from flask_login import current_user

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Unknown, message
from tsuzuri.services import entering, passkeys, sessions
from tsuzuri.web import account, challenges
from tsuzuri.web.factors import OWN, factors_page, started
from tsuzuri.web.gate import platform, public, signed_in
from tsuzuri.web.proof import proving
from tsuzuri.web.render import sentence

blueprint = Blueprint("passkeys", __name__)


@blueprint.post("/login/passkey")
@public
def ask() -> Any:
    """Ask for any passkey of this site: the same for everybody."""
    return challenges.asked()


@blueprint.post("/login/second/passkey")
@public
def ask_second() -> Any:
    """Ask for a passkey of who showed their password a moment ago."""
    step = entering.find(platform(), session.get(account.PENDING, ""))
    if step is None:
        raise Unknown
    return challenges.asked(step.actor.user)


@blueprint.post("/proof/passkey")
@signed_in
def ask_proof(actor: Actor) -> Any:
    """Ask for a passkey of who is signed in."""
    return challenges.asked(actor.user)


@blueprint.post(f"{OWN}/passkeys/new")
@signed_in
@proving
def ask_new(actor: Actor) -> Any:
    """Tell the browser how to make a passkey."""
    return challenges.asked_new(actor)


@blueprint.post(f"{OWN}/passkeys")
@signed_in
@proving
def register(actor: Actor) -> Any:
    """Keep a passkey that the browser made."""
    here, name = sessions.hashed(current_user.id), request.form.get("name", "")
    try:
        codes = passkeys.register(platform(), actor, challenges.answer(), name, here=here)
    except Invalid as error:
        return make_response(factors_page(actor, error.problems[0].message, name), 422)
    return started(codes, message("パスキーを登録しました。"))


@blueprint.post(f"{OWN}/passkeys/<passkey>/end")
@signed_in
@proving
def remove(actor: Actor, passkey: str) -> Any:
    """Take one of one's own passkeys away."""
    passkeys.remove(platform(), actor, passkey)
    flash(sentence(message("パスキーを削除しました。")), "success")
    return redirect(url_for("factors.index"), 303)
