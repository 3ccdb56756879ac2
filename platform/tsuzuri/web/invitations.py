"""Codes by which people set a password: administrators make them and hand them over, on paper.

A code is shown in the answer to the form that made it, once, and stands in no address but behind
the # of the link, which browsers do not send.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, message
from tsuzuri.japanese.calendar import one_calendar
from tsuzuri.services import directory, invitations
from tsuzuri.services.invitations import Made
from tsuzuri.web import people
from tsuzuri.web.gate import administering, platform
from tsuzuri.web.proof import proving
from tsuzuri.web.render import page, reader_language, sentence
from tsuzuri.web.shown import moment

blueprint = Blueprint("invitations", __name__)


@blueprint.get("/people/invitations")
@administering
@proving
def index(actor: Actor) -> str:
    """List who has no password yet, those without an invitation chosen."""
    return _page(actor)


@blueprint.post("/people/invitations")
@administering
@proving
def make_many(actor: Actor) -> Any:
    """Make invitations for many people and show them, one page each."""
    # A person who set a password meanwhile gets none: what was asked for was an invitation.
    waiting = {one.user for one in invitations.waiting(platform())}
    users = [one for one in request.form.getlist("user") if one in waiting]
    try:
        made = invitations.make(platform(), actor, users)
    except Invalid as error:
        return make_response(_page(actor, error), 422)
    return _slips(made)


@blueprint.post(f"{people.ONE}/link")
@administering
@proving
def make(actor: Actor, user: str) -> Any:
    """Make one person an invitation, or a code with which they choose a new password."""
    try:
        made = invitations.make(platform(), actor, [user])
    except Invalid as error:
        person = directory.person(platform(), user)
        return make_response(people.shown(actor, person, error.problems), 422)
    return _slips(made)


@blueprint.post(f"{people.ONE}/link/end")
@administering
@proving
def end(actor: Actor, user: str) -> Any:
    """Take back a code that was not used yet."""
    invitations.end(platform(), actor, user)
    flash(sentence(message("渡してあったコードを使えなくしました。")), "success")
    return redirect(url_for("people.show", user=user), 303)


def _page(actor: Actor, error: Invalid | None = None) -> str:
    scene, known = platform().scene(actor), platform().directory
    chosen = request.form.getlist("user")
    return page(
        "people/invitations.html",
        mistakes=[("user-0", "", sentence(one.message)) for one in error.problems] if error else [],
        rows=[
            {
                "code": one.user,
                "name": known.name("user", one.user),
                "agencies": _agencies(one.user),
                "until": moment(one.expires_at, scene) if one.expires_at else "",
                "chosen": one.user in chosen if error else not one.expires_at,
            }
            for one in invitations.waiting(platform())
            if one.user != actor.user
        ],
        most=invitations.MOST,
    )


def _agencies(user: str) -> list[str]:
    known = platform().directory
    codes = known.users[user].agencies if user in known.users else ()
    return [known.name("agency", one, reader_language()) for one in codes]


def _slips(made: Sequence[Made]) -> str:
    address = platform().config.address
    return page(
        "people/slips.html",
        address=f"{address}{url_for('welcome.ask')}" if address else "",
        slips=[
            {
                "user": one.user,
                "name": platform().directory.name("user", one.user),
                "agencies": _agencies(one.user),
                "purpose": one.purpose,
                "code": one.code,
                "until": _until(one.expires_at),
                "link": f"{address}{url_for('welcome.ask')}#{one.code}" if address else one.code,
            }
            for one in made
        ],
    )


def _until(stamp: str) -> str:
    """Return a moment as it stands on paper, read on another day."""
    here = datetime.fromisoformat(stamp).astimezone(platform().config.zone)
    return f"{one_calendar(here.date(), reader_language())} {here:%H:%M}"
