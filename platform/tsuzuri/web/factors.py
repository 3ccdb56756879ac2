"""二段階認証: setting up an authenticator, keeping recovery codes, giving all of it up."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import Blueprint, Flask, flash, make_response, redirect, request, url_for
from flask_login import current_user

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Denied, Invalid, Message, Unknown, message
from tsuzuri.services import factors, passkeys, sessions
from tsuzuri.web import challenges
from tsuzuri.web.gate import administering, platform, signed_in
from tsuzuri.web.proof import proving
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment

blueprint = Blueprint("factors", __name__)

OWN = "/account/second"
OPEN = frozenset(
    {
        "account.language",
        "account.sign_out",
        "factors.confirm",
        "factors.index",
        "factors.begin",
        "factors.picture",
        "passkeys.ask_new",
        "passkeys.ask_proof",
        "passkeys.register",
        "proof.form",
        "proof.prove",
        "reports.receive",
        "static",
    }
)
"""What is open to somebody who must set up a second factor before anything else."""
FIRST: Message = message(
    "はじめに二段階認証を設定してください。設定が終わると、ほかの画面に進めます。"
)


def install(app: Flask) -> None:
    """Lead whoever must have a second factor and has none to setting it up."""

    @app.before_request
    def _must_have() -> Any:
        if not platform().config.second_factor or request.endpoint in OPEN:
            return None
        if not current_user.is_authenticated:
            return None
        real: Actor = current_user.real
        if current_user.kept.method == "oidc-mfa" or not factors.must_have(platform(), real):
            return None
        if factors.is_on(platform(), real.user):
            return None
        if request.method != "GET" or request.headers.get("HX-Request") == "true":
            raise Denied
        return redirect(url_for("factors.index"), 303)


@blueprint.get(OWN)
@signed_in
@proving
def index(actor: Actor) -> str:
    """Show whether a second factor is asked, and offer what may be done."""
    return factors_page(actor)


@blueprint.post(OWN)
@signed_in
@proving
def begin(actor: Actor) -> Any:
    """Make a new secret and show it."""
    try:
        factors.begin(platform(), actor)
    except Invalid as error:
        return make_response(factors_page(actor, error.problems[0].message), 422)
    return redirect(url_for("factors.index", _anchor="setup"), 303)


@blueprint.get(f"{OWN}/code.svg")
@signed_in
@proving
def picture(actor: Actor) -> Any:
    """Give the picture that an authenticator app reads."""
    code = segno.make(factors.waiting(platform(), actor).provisioning_uri(), error="m")
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", scale=5, dark="#000", light="#fff")
    answer = make_response(drawn.getvalue())
    answer.mimetype = "image/svg+xml"
    return answer


@blueprint.post(f"{OWN}/confirm")
@signed_in
@proving
def confirm(actor: Actor) -> Any:
    """Take the first code, and show the recovery codes this once."""
    here = sessions.hashed(current_user.id)
    try:
        codes = factors.confirm(platform(), actor, request.form.get("second", ""), here=here)
    except Invalid as error:
        return make_response(factors_page(actor, error.problems[0].message), 422)
    return started(codes, message("認証アプリを登録しました。"))


def started(codes: list[str], said: Message) -> Any:
    """Show the recovery codes of a first factor this once; of a further one say that it is on."""
    if codes:
        return page("factors/codes.html", codes=codes, fresh=True)
    flash(sentence(said), "success")
    return redirect(url_for("factors.index"), 303)


@blueprint.post(f"{OWN}/codes")
@signed_in
@proving
def renew(actor: Actor) -> str:
    """Show new recovery codes this once; earlier ones end."""
    return page("factors/codes.html", codes=factors.renew_codes(platform(), actor), fresh=False)


@blueprint.post(f"{OWN}/end")
@signed_in
@proving
def end(actor: Actor) -> Any:
    """Give one's second factor up."""
    factors.end(platform(), actor)
    flash(sentence(message("二段階認証をやめました。")), "success")
    return redirect(url_for("factors.index"), 303)


@blueprint.post(f"{OWN}/app/end")
@signed_in
@proving
def end_app(actor: Actor) -> Any:
    """Give one's authenticator app up."""
    factors.end_app(platform(), actor)
    flash(sentence(message("認証アプリの登録を削除しました。")), "success")
    return redirect(url_for("factors.index"), 303)


@blueprint.post("/people/<user>/second/end")
@administering
@proving
def reset(actor: Actor, user: str) -> Any:
    """Take away the second factor of somebody who lost it."""
    try:
        factors.end_for(platform(), actor, user, reason=request.form.get("reason", ""))
    except Invalid as error:
        flash(sentence(error.problems[0].message), "error")
    else:
        flash(
            sentence(message("二段階認証を外しました。次のログインはパスワードだけです。")),
            "success",
        )
    return redirect(url_for("people.show", user=user), 303)


def factors_page(actor: Actor, wrong: Message | None = None, name: str = "") -> str:
    """Return the page of one's second factors, where ``name`` was typed for a passkey."""
    standing = factors.standing(platform(), actor.user)
    try:
        waiting = None if standing.app else factors.waiting(platform(), actor)
    except Unknown:
        waiting = None
    must = factors.must_have(platform(), actor)
    scene = platform().scene(actor)
    return page(
        "factors/second.html",
        standing=standing,
        must=sentence(FIRST) if must and not standing.is_on else "",
        kept=must,
        secret=_spelled(waiting.secret) if waiting else "",
        wrong=sentence(wrong) if wrong else "",
        here=challenges.site() is not None,
        name=name,
        passkeys=[
            {
                "name": one.name,
                "since": moment(one.created_at, scene),
                "used": moment(one.used_at, scene) if one.used_at else "",
                "end": url_for("passkeys.remove", passkey=passkeys.name_of(one)),
            }
            for one in passkeys.mine(platform(), actor.user)
        ],
    )


def _spelled(secret: str) -> str:
    """Return a secret in groups that can be typed."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
