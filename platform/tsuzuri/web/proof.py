"""Before a dangerous act: show anew who you are, unless you did so a moment ago.

``@proving`` stands below ``@signed_in`` or a role's gate.  Put it on the page that shows the form
as well as on what the form does, so that nobody types into a form that then asks for a password.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, current_app, make_response, redirect, request, url_for
from flask_login import current_user

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Message, TooOften
from tsuzuri.services import sessions, throttle
from tsuzuri.web import account
from tsuzuri.web.gate import platform, signed_in
from tsuzuri.web.render import page, sentence

blueprint = Blueprint("proof", __name__)


def proving(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view be reached only by who showed lately who they are."""

    @wraps(view)
    def proved(**values: Any) -> Any:
        if sessions.proved(platform(), current_user.kept):
            return view(**values)
        return redirect(url_for("proof.form", next=_here()), 303)

    return proved


def _here() -> str:
    """Return the page to come back to: a form is sent again from where it stands."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    # No page of ours tells where it was sent from, so it is the nearest one above the address.
    adapter = current_app.url_map.bind_to_environ(request.environ)
    path = request.path
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
    """Take the password, and go on where the person was."""
    target = account.local(request.form.get("next", ""))
    try:
        found = throttle.sign_in(platform(), account.attempt(actor.user))
    except TooOften as error:
        return make_response(_form(target, error.message), 429)
    if found is None:
        return make_response(_form(target, account.WRONG_PASSWORD), 422)
    sessions.prove(platform(), actor, current_user.kept)
    return redirect(target, 303)


def _form(target: str, wrong: Message | None = None) -> str:
    return page(
        "proof.html",
        target=target,
        wrong=sentence(wrong) if wrong else "",
        provider=account.provider(target),
    )
