"""個人設定: where one is signed in, and one's own password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for
from flask_login import current_user

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, Problem, TooOften, message
from tsuzuri.fields.base import Scene
from tsuzuri.services import factors, passwords, sessions
from tsuzuri.storage.sessions import Session
from tsuzuri.web import account
from tsuzuri.web.gate import platform, signed_in
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment

blueprint = Blueprint("security", __name__)

CONTROLS: Mapping[str, tuple[str, Message]] = {
    "/password": ("password", message("今のパスワード")),
    "/new": ("new_password", message("新しいパスワード")),
}
"""By pointer of a problem: the control it is about, and what that is called."""
BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
"""What a browser says of itself, and how people call it; the first that fits."""


@blueprint.get("/account")
@signed_in
def index(actor: Actor) -> str:
    """Show where the person is signed in, and offer what they may set."""
    return _page(actor)


@blueprint.post("/account/devices/<name>/end")
@signed_in
def end(actor: Actor, name: str) -> Any:
    """End one of one's own sessions, at once."""
    sessions.end_named(platform(), actor, name)
    flash(sentence(message("ログアウトさせました。")), "success")
    return redirect(url_for("security.index"), 303)


@blueprint.post("/account/devices/end")
@signed_in
def end_others(actor: Actor) -> Any:
    """End every session but this one."""
    sessions.end_others(platform(), actor, but=_here())
    flash(sentence(message("ほかの端末をすべてログアウトさせました。")), "success")
    return redirect(url_for("security.index"), 303)


@blueprint.post("/account/password")
@signed_in
def change_password(actor: Actor) -> Any:
    """Change the password; every other session ends."""
    wanted = passwords.Wanted(
        new=request.form.get("new_password", ""),
        here=_here(),
        tokens="end_tokens" in request.form,
    )
    try:
        passwords.change(platform(), actor, account.attempt(actor.user), wanted)
    except TooOften as error:
        again = Invalid([Problem("/password", error.message)])
        return make_response(_page(actor, again), 429)
    except Invalid as error:
        return make_response(_page(actor, error), 422)
    done = message("パスワードを変えました。ほかの端末はログアウトされました。")
    flash(sentence(done), "success")
    return redirect(url_for("security.index"), 303)


def _here() -> str:
    return sessions.hashed(current_user.id)


def _page(actor: Actor, error: Invalid | None = None) -> str:
    scene = platform().scene(actor)
    problems = [(one.pointer, sentence(one.message)) for one in error.problems] if error else []
    return page(
        "security.html",
        devices=[_device(one, scene) for one in sessions.mine(platform(), actor)],
        second=factors.is_on(platform(), actor.user),
        identities=url_for("oidc.index") if platform().config.oidc else "",
        errors={control: dict(problems).get(one, "") for one, (control, _) in CONTROLS.items()},
        mistakes=[
            (CONTROLS[pointer][0], sentence(CONTROLS[pointer][1]), text)
            for pointer, text in problems
        ],
    )


def _device(session: Session, scene: Scene) -> dict[str, Any]:
    name = session.hash[: sessions.NAME]
    return {
        "device": _called(session.device),
        "address": session.address,
        "since": moment(session.created_at, scene),
        "used": moment(session.seen_at, scene),
        "here": session.hash == _here(),
        "end": url_for("security.end", name=name),
    }


def _called(device: str) -> str:
    """Return what people call a browser and the machine it runs on."""
    found = [
        next((word for mark, word in marks if mark in device), "") for marks in (SYSTEMS, BROWSERS)
    ]
    return " ".join(filter(None, found))
