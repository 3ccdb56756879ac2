"""A person's API tokens: what they are for, until when, and ending them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, message
from tsuzuri.fields.base import Scene
from tsuzuri.services import tokens
from tsuzuri.services.tokens import Wanted
from tsuzuri.storage.identity import MAX_ID
from tsuzuri.storage.tokens import Token
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.gate import platform, signed_in
from tsuzuri.web.paging import whole
from tsuzuri.web.proof import proving
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment

blueprint = Blueprint("tokens", __name__)

WORDS: Mapping[str, Message] = {
    "view": message("見る"),
    "add": message("新しく書く"),
    "edit": message("直す"),
    "delete": message("削除する"),
    "comment": message("コメントする"),
    "export": message("書き出す"),
}
CONTROLS: Mapping[str, tuple[str, Message]] = {
    "/name": ("name", message("用途")),
    "/app": ("app", message("アプリ")),
    "/rights": ("rights", message("できること")),
    "/days": ("days", message("有効な日数")),
}
"""By pointer of a problem: the control it is about, and what that is called."""


@blueprint.get("/account/tokens")
@signed_in
@proving
def index(actor: Actor) -> str:
    """List the tokens, and offer to make one."""
    return _page(actor)


@blueprint.post("/account/tokens")
@keeps_typing
@signed_in
@proving
def make(actor: Actor) -> Any:
    """Make a token and show it, once."""
    if again():
        return _page(actor, typed=True)
    try:
        secret = tokens.make(platform(), actor, _wanted())
    except Invalid as error:
        return make_response(_page(actor, error=error, typed=True), 422)
    return _page(actor, secret=secret)


@blueprint.post(f"/account/tokens/<int(max={MAX_ID}):token>/end")
@signed_in
def end(actor: Actor, token: int) -> Any:
    """End a token, at once."""
    tokens.end(platform(), actor, token)
    flash(sentence(message("トークンを使えなくしました。")), "success")
    return redirect(url_for("tokens.index"), 303)


def _wanted() -> Wanted:
    form = request.form
    return Wanted(
        name=form.get("name", ""),
        app=form.get("app", ""),
        rights=frozenset(form.getlist("rights")),
        days=whole(form.get("days")),
    )


def _page(
    actor: Actor, *, error: Invalid | None = None, secret: str = "", typed: bool = False
) -> str:
    scene = platform().scene(actor)
    wanted = Wanted(name="", app="", rights=frozenset({"view"})) if not typed else _wanted()
    problems = [(one.pointer, sentence(one.message)) for one in error.problems] if error else []
    named = CONTROLS.items()
    return page(
        "tokens.html",
        rows=[_row(one, scene) for one in tokens.mine(platform(), actor)],
        apps=[
            (one.app.code, one.app.name.text(actor.language), one.rights)
            for one in tokens.offers(platform(), actor)
        ],
        rights=[(code, sentence(WORDS[code])) for code in tokens.RIGHTS],
        wanted=wanted,
        days=request.form.get("days", "") if typed else tokens.USUAL_DAYS,
        longest=tokens.LONGEST_DAYS,
        secret=secret,
        errors={control: dict(problems).get(pointer, "") for pointer, (control, _) in named},
        mistakes=[
            (CONTROLS[pointer][0], sentence(CONTROLS[pointer][1]), text)
            if pointer in CONTROLS
            else ("", "", text)
            for pointer, text in problems
        ],
    )


def _row(token: Token, scene: Scene) -> dict[str, Any]:
    app = platform().apps.get(token.app)
    return {
        "name": token.name,
        "app": app.name.text(scene.language) if app else token.app,
        "rights": [sentence(WORDS[code]) for code in token.rights],
        "created": moment(token.created_at, scene),
        "expires": moment(token.expires_at, scene),
        "used": moment(token.used_at, scene) if token.used_at else "",
        "alive": tokens.alive(platform(), token),
        "end": url_for("tokens.end", token=token.id),
    }
