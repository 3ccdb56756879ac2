"""Looking as another person: choosing whom, the lock on everything but looking, the way back."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    request,
    url_for,
)
from flask_login import current_user

from tsuzuri.access.actors import Actor
from tsuzuri.access.onlooking import must_not_look
from tsuzuri.errors import message
from tsuzuri.services import viewing
from tsuzuri.web import choices
from tsuzuri.web.gate import looking, only_shows, platform, signed_in
from tsuzuri.web.proof import proving
from tsuzuri.web.render import page, sentence
from tsuzuri.web.session import current_actor

blueprint = Blueprint("viewing", __name__)

SAFE = frozenset({"GET", "HEAD"})
SHOWN = frozenset({"home.index", "lists.search"})
"""Pages that are about no one app and show records; everything else is somebody's own affair."""
WAYS_OUT = frozenset({"viewing.stop", "account.sign_out"})


def install(app: Flask) -> None:
    """Refuse everything but looking at records while somebody looks as another person.

    What is not known to be harmless is refused, so a new page is closed until it says otherwise.
    """

    @app.before_request
    def _only_look() -> None:
        if request.endpoint in {None, "static", *WAYS_OUT}:
            return
        if not current_user.is_authenticated or current_user.actor.onlooker is None:
            return
        view = current_app.view_functions.get(request.endpoint or "")
        looks = request.endpoint in SHOWN or only_shows(view)
        if request.method not in SAFE or not looks:
            must_not_look(current_actor())


@blueprint.get("/viewing")
@looking
@proving
def choose(actor: Actor) -> Any:
    """Ask as whom to look."""
    return _choices(actor)


def _choices(actor: Actor, *, wrong: bool = False) -> str:
    found = {one.code for one in viewing.whom(platform(), actor)}
    directory = platform().directory_for(actor)
    listed = choices.entity(directory, "user", platform().scene(actor))
    return page(
        "viewing.html",
        groups=[
            (name, kept)
            for name, people in listed
            if (kept := [one for one in people if one[0] in found])
        ],
        chosen=request.form.get("user", ""),
        wrong=wrong,
    )


@blueprint.post("/viewing")
@looking
@proving
def start(actor: Actor) -> Any:
    """Look as somebody from the next page on."""
    user = request.form.get("user", "")
    if user not in {one.code for one in viewing.whom(platform(), actor)}:
        return make_response(_choices(actor, wrong=True), 422)
    viewing.start(platform(), actor, current_user.kept, user)
    return redirect(url_for("home.index"), 303)


@blueprint.post("/viewing/stop")
@signed_in
def stop(actor: Actor) -> Response:
    """Be oneself again."""
    del actor
    viewing.end(platform(), current_user.real, current_user.kept)
    flash(sentence(message("自分の画面に戻りました。")), "success")
    return make_response(redirect(url_for("home.index"), 303))
