"""Signing in and out, and the language one reads."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from flask import (
    Blueprint,
    Response,
    after_this_request,
    flash,
    make_response,
    redirect,
    request,
    session,
    url_for,
)
from flask_babel import refresh
from flask_login import current_user, login_user, logout_user

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Message, TooOften, message
from tsuzuri.services import entering, factors, passkeys, people, sessions, throttle
from tsuzuri.services.throttle import Attempt
from tsuzuri.web import again, challenges
from tsuzuri.web.gate import platform, public
from tsuzuri.web.render import page, sentence
from tsuzuri.web.session import SignedIn, origin

blueprint = Blueprint("account", __name__)

WRONG = message("ログイン名かパスワードが違います。")
WRONG_PASSWORD = message("パスワードが違います。")
LATE = message("ログインに時間がかかりすぎました。もう一度ログインしてください。")
KEPT = message("入力した内容はまだ保存されていません。確かめてから保存してください。")
LONGEST = 1000
PENDING = "second"
"""Where the browser keeps the token of a login that lacks its second factor."""
DEVICE = "tsuzuri-device"
"""The cookie of a browser in which somebody signed in before: it opens nothing."""
DEVICE_DAYS = 180


@blueprint.get("/login")
@public
def sign_in_form() -> Any:
    """Show the login; somebody who is signed in goes on."""
    if current_user.is_authenticated:
        return redirect(local(request.args.get("next", "")))
    return login_page(target=local(request.args.get("next", "")))


@blueprint.post("/login")
@public
def sign_in() -> Any:
    """Sign in, and go on where the person was; what they had typed comes back with them."""
    target, carried = local(request.form.get("next", "")), again.typed()
    if challenges.answered():
        return _by_passkey(target, carried if request.form.get("carries") else [])
    user = request.form.get("user", "").strip()
    try:
        actor = throttle.sign_in(platform(), attempt(user))
    except TooOften as error:
        return make_response(login_page(target=target, wrong=error.message, user=user), 429)
    if actor is None:
        return make_response(login_page(target=target, wrong=WRONG, user=user), 422)
    if factors.is_on(platform(), actor.user):
        return ask_second(actor, target, carried if request.form.get("carries") else [])
    return enter(actor, target, carried if request.form.get("carries") else [])


def _by_passkey(target: str, carried: again.Pairs) -> Any:
    """Sign in by a passkey alone, which tells whose it is."""
    try:
        user = throttle.trying(platform(), origin(), challenges.shown, "passkey")
    except TooOften as error:
        return make_response(login_page(target=target, wrong=error.message), 429)
    actor = people.actor(platform(), user) if user else None
    if actor is None:
        return make_response(login_page(target=target, wrong=passkeys.WRONG), 422)
    return enter(actor, target, carried, method="passkey")


def enter(actor: Actor, target: str, carried: again.Pairs, *, method: str = "password") -> Any:
    """Begin a session and go on where the person was, with what they had typed."""
    start_session(actor, method=method)
    remember_device(actor)
    if carried:
        flash(sentence(KEPT), "warning")
        filled = again.bring_back(target, carried)
        if filled is not None:
            return filled
    return redirect(target, 303)


def ask_second(actor: Actor, target: str, carried: again.Pairs) -> Any:
    """Ask somebody who showed their password for a second factor; they are nobody yet."""
    session.clear()
    session[PENDING] = entering.begin(platform(), actor, target)
    return second_page(carried)


@blueprint.get("/login/second")
@public
def second_form() -> Any:
    """Ask for the second factor, of a browser that showed a password a moment ago."""
    if entering.find(platform(), session.get(PENDING, "")) is None:
        return redirect(url_for("account.sign_in_form"), 303)
    return second_page([])


@blueprint.post("/login/second")
@public
def second() -> Any:
    """Take the second factor, and begin the session."""
    token, carried = session.get(PENDING, ""), again.typed()
    carried = carried if request.form.get("carries") else []
    step = entering.find(platform(), token)
    if step is None:
        target = local(request.form.get("next", ""))
        return make_response(login_page(target=target, wrong=LATE), 422)
    try:
        method = second_shown(step.actor)
    except TooOften as error:
        return make_response(second_page(carried, error.message), 429)
    if not method:
        return make_response(second_page(carried, wrong_second()), 422)
    if entering.take(platform(), token) is None:
        return make_response(login_page(target=local(step.target), wrong=LATE), 422)
    return enter(step.actor, local(step.target), carried, method=method)


def second_shown(actor: Actor) -> str:
    """Return which second factor this request shows, or nothing.  Raises ``TooOften``."""
    if challenges.answered():
        return passkey_shown(actor)
    typed = request.form.get("second", "")[:LONGEST]
    return throttle.second_step(platform(), attempt(actor.user), actor, typed)


def passkey_shown(actor: Actor) -> str:
    """Tell whether this request shows a passkey of somebody.  Raises ``TooOften``."""
    trying = attempt(actor.user)
    check = partial(challenges.shown, actor.user)
    return "passkey" if throttle.passkey_step(platform(), trying, check) else ""


def wrong_second() -> Message:
    """Return what is said of a second factor that was not right."""
    return passkeys.WRONG if challenges.answered() else factors.WRONG


def second_page(carried: again.Pairs, wrong: Message | None = None) -> str:
    """Return the page that asks for the second factor."""
    step = entering.find(platform(), session.get(PENDING, ""))
    standing = factors.standing(platform(), step.actor.user if step else "")
    return page(
        "second.html",
        app=standing.app,
        passkey=standing.passkeys > 0 and challenges.site() is not None,
        wrong=sentence(wrong) if wrong else "",
        carried=carried,
        prefix=again.CARRIED,
    )


def attempt(user: str) -> Attempt:
    """Return what this request tries: the password that was typed, and from where."""
    return Attempt(
        user=user,
        password=request.form.get("password", ""),
        origin=origin(),
        device=request.cookies.get(_device_cookie(), "")[:LONGEST],
    )


def _device_cookie() -> str:
    # A cookie of this name can come from this very host over TLS alone.
    return f"__Host-{DEVICE}" if platform().config.secure_cookies else DEVICE


def remember_device(actor: Actor) -> None:
    """Mark the browser as one in which this person signed in."""

    @after_this_request
    def _mark(response: Response) -> Response:
        config = platform().config
        response.set_cookie(
            _device_cookie(),
            throttle.mark(platform(), actor.user),
            max_age=DEVICE_DAYS * 24 * 3600,
            path="/",
            secure=config.secure_cookies,
            httponly=True,
            samesite="Lax",
        )
        return response


def login_page(
    *, target: str, wrong: Message | None = None, user: str = "", carries: bool | None = None
) -> str:
    """Return the login page; it carries what was posted wherever that was not the login itself."""
    carrying = bool(request.form.get("carries")) if carries is None else carries
    return page(
        "login.html",
        target=target,
        wrong=sentence(wrong) if wrong else "",
        user=user,
        carried=again.typed() if carrying else [],
        carries=carrying,
        prefix=again.CARRIED,
        provider=provider(target),
        passkey=challenges.site() is not None,
    )


def provider(target: str) -> tuple[str, str] | None:
    """Return the name of the identity provider and where signing in there begins, if there is one.

    The page behind it is named and not imported, because it begins sessions by this module.
    """
    known = platform().config.oidc
    return (known.name, url_for("oidc.start", next=target)) if known else None


def start_session(actor: Actor, *, method: str = "password") -> None:
    """Begin a session from nothing, so that none of an earlier one is left in it."""
    session.clear()
    session.permanent = True
    entering = replace(actor, origin=origin())
    device = str(request.user_agent)
    token = sessions.begin(platform(), entering, method=method, device=device)
    login_user(SignedIn(token, entering))
    # The language of this very response may be another one now.
    refresh()


@blueprint.post("/logout")
@public
def sign_out() -> Response:
    """Sign out: the session ends here and now, wherever its cookie was copied to."""
    if current_user.is_authenticated:
        sessions.end(platform(), current_user.real, sessions.hashed(current_user.id))
    logout_user()
    session.clear()
    answer = redirect(url_for("account.sign_in_form"), 303)
    # A shared computer keeps no drafts of the one who left; pages it never keeps.
    answer.headers["Clear-Site-Data"] = '"storage"'
    return make_response(answer)


@blueprint.post("/language")
@public
def language() -> Response:
    """Set the language: in the account of who is signed in, else for this session."""
    wanted = request.form.get("language", "")
    if current_user.is_authenticated:
        people.set_language(platform(), current_user.actor.user, wanted)
    elif wanted in {"ja", "en"}:
        session["language"] = wanted
    return make_response(redirect(local(request.form.get("next", "")), 303))


def local(address: str) -> str:
    """Return an address if it is a path of ours, else the home page.

    Two slashes, or a slash and a backslash, begin the name of another host to a browser.
    """
    plain = address.isprintable() and len(address) <= LONGEST and "\\" not in address
    if plain and address.startswith("/") and not address.startswith("//"):
        return address
    return url_for("home.index")
