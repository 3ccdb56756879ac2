"""Before a dangerous act: show anew who you are, unless you did so a moment ago.

``@proving`` stands below ``@signed_in`` or a role's gate.  Put it on the page that shows the form
as well as on what the form does, so that nobody types into a form that then asks for a password.
A form left open for longer is kept through the proof where its view is marked ``keeps_typing``,
and comes back filled with nothing done; passwords and files are never kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, current_app, flash, make_response, redirect, request, url_for
from flask_login import current_user

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Message, TooOften, message
from tsuzuri.services import factors, passkeys, sessions, throttle
from tsuzuri.web import account, again, challenges
from tsuzuri.web.gate import platform, signed_in
from tsuzuri.web.render import page, sentence

blueprint = Blueprint("proof", __name__)

NOT_YET = message(
    "まだ何も変わっていません。ご本人の確認のあとで、もう一度操作してください。ファイルは、もう一度選んでください。"
)


def proving(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view be reached only by who showed lately who they are."""

    @wraps(view)
    def proved(**values: Any) -> Any:
        # Who signed in with this very request has no older session to look at.
        kept = current_user.kept or sessions.find(platform(), current_user.id)
        if kept is not None and sessions.proved(platform(), kept):
            return view(**values)
        if request.method == "POST":
            if hasattr(current_app.view_functions[request.endpoint or ""], again.MARK):
                return make_response(_form(request.path, carries=True), 422)
            flash(sentence(NOT_YET), "warning")
        return redirect(url_for("proof.form", next=_here()), 303)

    return proved


def _here() -> str:
    """Return the page to come back to: a form is sent again from where it stands."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    # No page of ours tells where it was sent from.
    return _page_above(request.path)


def _page_above(address: str) -> str:
    """Return an address if it is a page, else the nearest page above it."""
    adapter = current_app.url_map.bind_to_environ(request.environ)
    path, mark, query = address.partition("?")
    if adapter.test(path, "GET"):
        return account.local(path + mark + query)
    while path.strip("/") and not adapter.test(path, "GET"):
        path = path.rpartition("/")[0]
    return account.local(path)


@blueprint.get("/proof")
@signed_in
def form(actor: Actor) -> str:
    """Ask who somebody is."""
    del actor
    return _form(account.local(request.args.get("next", "")))


@blueprint.post("/proof")
@signed_in
def prove(actor: Actor) -> Any:
    """Take the password or a passkey, and go on where the person was."""
    target = account.local(request.form.get("next", ""))
    try:
        wrong = _wrong(actor)
    except TooOften as error:
        return make_response(_form(target, error.message), 429)
    if wrong is not None:
        return make_response(_form(target, wrong), 422)
    sessions.prove(platform(), actor, current_user.kept)
    if request.form.get("carries"):
        current_user.kept = sessions.find(platform(), current_user.id)
        flash(sentence(account.KEPT), "warning")
        filled = again.bring_back(target, again.typed())
        if filled is not None:
            return filled
    return redirect(target, 303)


def _wrong(actor: Actor) -> Message | None:
    """Return what is wrong with what this request shows, if anything.  Raises ``TooOften``.

    A passkey is asked for with its person's finger or number: it stands for both factors.
    """
    if challenges.answered():
        return None if account.passkey_shown(actor) else passkeys.WRONG
    if throttle.sign_in(platform(), account.attempt(actor.user)) is None:
        return account.WRONG_PASSWORD
    if factors.is_on(platform(), actor.user) and not account.second_shown(actor):
        return factors.WRONG
    return None


def _form(target: str, wrong: Message | None = None, *, carries: bool = False) -> str:
    carries = carries or bool(request.form.get("carries"))
    standing = factors.standing(platform(), current_user.actor.user)
    return page(
        "proof.html",
        target=target,
        carries=carries,
        carried=again.typed() if carries else [],
        prefix=again.CARRIED,
        second=standing.is_on,
        app=standing.app,
        passkey=standing.passkeys > 0 and challenges.site() is not None,
        wrong=sentence(wrong) if wrong else "",
        # Whoever goes there comes back to a page: an address that only forms are sent to is none.
        provider=account.provider(_page_above(target)),
    )
