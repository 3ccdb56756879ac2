"""From a signed-in session to an ``Actor``, in one place."""

from __future__ import annotations

from flask import abort, current_app, g, request, session
from flask_login import LoginManager, UserMixin, current_user

from tsuzuri.access.actors import Actor
from tsuzuri.services import people
from tsuzuri.services.platform import Platform

login_manager = LoginManager()


class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """What flask-login keeps: the user's code, and who that is now."""

    def __init__(self, actor: Actor) -> None:
        self.id = actor.user
        self.actor = actor


@login_manager.user_loader  # type: ignore[untyped-decorator]  # the same
def _load(user: str) -> SignedIn | None:
    """Return the user of a session; None once the account is closed, which signs them out."""
    platform: Platform = current_app.extensions["tsuzuri"]
    actor = people.actor(platform, user)
    return None if actor is None else SignedIn(actor)


def current_actor() -> Actor:
    """Return who acts in this request; 401 for nobody, which the error page turns into a login."""
    if not current_user.is_authenticated:
        abort(401)
    actor: Actor = current_user.actor
    g.actor = actor
    return actor


def language() -> str:
    """Return the reader's language: their account's, this session's, else the browser's wish."""
    if current_user and current_user.is_authenticated:
        return str(current_user.actor.language)
    chosen = session.get("language")
    return str(chosen or request.accept_languages.best_match(["ja", "en"]) or "ja")
