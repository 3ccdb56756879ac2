"""Where a code is used: its person chooses a password, and signs in with it afterwards.

The code comes in the body of a form and never in an address that is sent.  Looking at the page
uses nothing up, so neither does a program that looks at links before people do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for

from tsuzuri.errors import Invalid, Message, Problem, TooOften, message
from tsuzuri.services import invitations
from tsuzuri.services.invitations import NoLink
from tsuzuri.web.gate import platform, public
from tsuzuri.web.render import page, sentence
from tsuzuri.web.session import origin

blueprint = Blueprint("welcome", __name__)

CONTROLS: Mapping[str, tuple[str, Message]] = {
    "/new": ("new_password", message("新しいパスワード")),
    "/again": ("again_password", message("新しいパスワード(もう一度)")),
}


@blueprint.get("/invitation")
@public
def ask() -> str:
    """Ask for a code."""
    return _asking()


@blueprint.post("/invitation")
@public
def begin() -> Any:
    """Tell whose a code is, and ask for a password."""
    try:
        user = invitations.whose(platform(), origin(), _code())
    except TooOften as error:
        return make_response(_asking(error.message), 429)
    except NoLink as error:
        return make_response(_asking(error.message), 422)
    return _choosing(user)


@blueprint.post("/invitation/password")
@public
def choose() -> Any:
    """Set the password and lead to the login."""
    new, again = (request.form.get(name, "") for name, _ in CONTROLS.values())
    try:
        if new != again:
            user = invitations.whose(platform(), origin(), _code())
            differs = message("二つのパスワードが同じではありません。もう一度入力してください。")
            return make_response(_choosing(user, [Problem("/again", differs)]), 422)
        invitations.use(platform(), origin(), _code(), new)
    except TooOften as error:
        return make_response(_asking(error.message), 429)
    except NoLink as error:
        return make_response(_asking(error.message), 422)
    except Invalid as error:
        user = invitations.whose(platform(), origin(), _code())
        return make_response(_choosing(user, error.problems), 422)
    done = message("パスワードを決めました。ログイン名とそのパスワードでログインしてください。")
    flash(sentence(done), "success")
    return redirect(url_for("account.sign_in_form"), 303)


def _code() -> str:
    return request.form.get("code", "")


def _asking(wrong: Message | None = None) -> str:
    return page("welcome.html", wrong=sentence(wrong) if wrong else "")


def _choosing(user: str, problems: Any = ()) -> str:
    known = platform().config.oidc
    told = {one.pointer: sentence(one.message) for one in problems}
    return page(
        "welcome_password.html",
        code=_code(),
        user=user,
        provider=known.name if known else None,
        name=platform().directory.name("user", user),
        errors={name: told.get(pointer, "") for pointer, (name, _) in CONTROLS.items()},
        mistakes=[
            (name, sentence(label), told[pointer])
            for pointer, (name, label) in CONTROLS.items()
            if pointer in told
        ],
    )
