"""Signing in at an identity provider, and linking one's account to who one is there.

Without a provider in the settings none of these pages is there.
"""

from __future__ import annotations

import hmac
import logging
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
    session,
    url_for,
)
from flask_login import current_user

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Unknown, message
from tsuzuri.services import factors, identities, invitations, oidc
from tsuzuri.services.identities import Trip
from tsuzuri.services.oidc import NotSignedIn, Proven, Provider
from tsuzuri.web import account
from tsuzuri.web.gate import platform, public, signed_in
from tsuzuri.web.proof import proving
from tsuzuri.web.render import page, sentence
from tsuzuri.web.session import origin
from tsuzuri.web.shown import moment

blueprint = Blueprint("oidc", __name__)
log = logging.getLogger(__name__)

EXTENSION = "tsuzuri.oidc"
STATE = "oidc"
BACK = "/login/oidc/back"
LONGEST = 4000


def install(app: Flask) -> None:
    """Keep the provider that the settings name, with what it said about itself."""
    known = app.extensions["tsuzuri"]
    config = known.config
    if config.oidc is not None:
        app.extensions[EXTENSION] = Provider(config.oidc, config.address + BACK, known.clock)


def _provider() -> Provider:
    found: Provider | None = current_app.extensions.get(EXTENSION)
    if found is None:
        raise Unknown
    return found


@blueprint.get("/login/oidc")
@public
def start() -> Response:
    """Send somebody to the provider."""
    _provider()
    return _sent_off(Trip(oidc.errand(), account.local(request.args.get("next", ""))))


def _sent_off(trip: Trip) -> Response:
    """Send the browser to the provider; it alone can come back with this state."""
    state = identities.begin(platform(), trip)
    session[STATE] = state
    return make_response(redirect(_provider().address(state, trip.errand), 303))


@blueprint.get(BACK)
@public
def back() -> Any:
    """Take somebody in who comes back from the provider.  Whatever is wrong is one answer."""
    _provider()
    try:
        trip, proven = _returned()
        if trip.user:
            return _confirming(trip, proven)
        actor = identities.account_of(platform(), proven)
    except NotSignedIn as error:
        log.info("no login at the identity provider: %s", error.why)
        raise
    if factors.is_on(platform(), actor.user) and not proven.two_factors:
        return account.ask_second(actor, account.local(trip.target), [])
    account.start_session(actor, method="oidc-mfa" if proven.two_factors else "oidc")
    return redirect(account.local(trip.target), 303)


def _returned() -> tuple[Trip, Proven]:
    given = request.args
    expected, state = session.pop(STATE, ""), given.get("state", "")
    if not expected or not hmac.compare_digest(expected.encode(), state.encode()):
        raise NotSignedIn("state of another browser")
    trip = identities.back(platform(), state)
    code = given.get("code", "")
    if "error" in given or not 0 < len(code) <= LONGEST:
        raise NotSignedIn("the provider refused")
    return trip, _provider().proven(code, trip.errand, issuer=given.get("iss", ""))


def _confirming(trip: Trip, proven: Proven) -> str:
    """Ask who began the link whether that is them, before anything is linked."""
    signed = current_user.is_authenticated and current_user.actor.user == trip.user
    if not trip.invitation and (not signed or current_user.actor.onlooker is not None):
        raise NotSignedIn("who began the link is not here")
    name = platform().directory.name("user", trip.user)
    return page(
        "identity_confirm.html",
        provider=_provider().config.name,
        subject=proven.subject,
        name=name,
        token=identities.offer(platform(), trip, proven),
        confirm=url_for("oidc.accept" if trip.invitation else "oidc.link"),
        leave=url_for("welcome.ask" if trip.invitation else "oidc.index"),
    )


@blueprint.post("/invitation/identity")
@public
def invited() -> Any:
    """Lead the reader of an invitation to the provider, to link the account instead of a password.

    By a link: browsers do not let what a form sends be led on to another server.
    """
    _provider()
    code = request.form.get("code", "")
    user = invitations.whose(platform(), origin(), code)
    trip = Trip(oidc.errand(), url_for("home.index"), user, invitations.hash_of(code))
    state = session[STATE] = identities.begin(platform(), trip)
    return page(
        "identity_leave.html",
        provider=_provider().config.name,
        address=_provider().address(state, trip.errand),
        name=platform().directory.name("user", user),
    )


@blueprint.post("/invitation/identity/confirm")
@public
def accept() -> Response:
    """Link the account of an invitation; its person signs in at the provider from now on."""
    _provider()
    identities.accept(platform(), origin(), request.form.get("token", ""))
    flash(sentence(message("結び付けました。この認証でログインしてください。")), "success")
    return make_response(redirect(url_for("account.sign_in_form"), 303))


@blueprint.get("/account/identity")
@signed_in
def index(actor: Actor) -> str:
    """Show to whom at the provider one's account is linked."""
    scene = platform().scene(actor)
    return page(
        "identity.html",
        provider=_provider().config.name,
        linked=[
            {
                "subject": one.subject,
                "at": moment(one.at, scene),
                "end": url_for("oidc.unlink", identity=identities.name_of(one)),
            }
            for one in identities.mine(platform(), actor)
        ],
    )


@blueprint.get("/account/identity/link")
@signed_in
@proving
def begin_link(actor: Actor) -> Response:
    """Send somebody to the provider to prove who they are there."""
    _provider()
    return _sent_off(Trip(oidc.errand(), url_for("oidc.index"), actor.user))


@blueprint.post("/account/identity/link")
@signed_in
@proving
def link(actor: Actor) -> Response:
    """Link the account to who its person proved to be."""
    _provider()
    identities.link(platform(), actor, request.form.get("token", ""))
    flash(sentence(message("結び付けました。次からこの認証でもログインできます。")), "success")
    return make_response(redirect(url_for("oidc.index"), 303))


@blueprint.post("/account/identity/<identity>/unlink")
@signed_in
@proving
def unlink(actor: Actor, identity: str) -> Response:
    """Take a link away."""
    _provider()
    identities.unlink(platform(), actor, identity)
    flash(sentence(message("結び付きをなくしました。")), "success")
    return make_response(redirect(url_for("oidc.index"), 303))
