"""From a signed-in session to an ``Actor``, in one place."""

from __future__ import annotations

from dataclasses import replace

from flask import abort, current_app, g, has_request_context, request, session
from flask_login import LoginManager, UserMixin, current_user

from tsuzuri.access.actors import Actor, Origin
from tsuzuri.services import people, sessions, viewing
from tsuzuri.services.ledger import ReadingLedger
from tsuzuri.services.platform import Platform
from tsuzuri.storage.sessions import Session

UNATTENDED = frozenset({"live.record", "live.listed", "presence.beat"})
"""What pages ask by themselves, whether anybody sits there or not."""

login_manager = LoginManager()
# Ours are in the database and can be ended; a fingerprint of the browser adds nothing.
login_manager.session_protection = None


class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """What flask-login keeps: the session's token, and who that is now.

    ``actor`` is as whom pages are made; ``real`` is who signed in, which is another person only
    while they look as somebody.
    """

    def __init__(
        self, token: str, actor: Actor, kept: Session | None = None, real: Actor | None = None
    ) -> None:
        self.id = token
        self.actor = actor
        self.kept = kept
        self.real = real or actor


@login_manager.user_loader  # type: ignore[untyped-decorator]  # the same
def _load(token: str) -> SignedIn | None:
    """Return the user of a session; None once it has ended or the account is closed."""
    platform: Platform = current_app.extensions["tsuzuri"]
    kept = sessions.find(platform, token, used=request.endpoint not in UNATTENDED)
    actor = people.actor(platform, kept.user) if kept else None
    if kept is None or actor is None:
        return None
    real = replace(actor, origin=origin(sessions.name(token)))
    return SignedIn(token, viewing.eyes(platform, real, kept), kept, real)


def origin(session_name: str = "") -> Origin:
    """Return where this request comes from, with the ledger of what it shows."""
    if "ledger" not in g:
        g.ledger = ReadingLedger(request.endpoint or "")
    return Origin(
        door="web",
        address=request.remote_addr or "",
        session=session_name,
        ledger=g.ledger,
    )


def current_actor() -> Actor:
    """Return who acts in this request; 401 for nobody, which the error page turns into a login."""
    if not current_user.is_authenticated:
        abort(401)
    actor: Actor = current_user.actor
    g.actor = actor
    return actor


def language() -> str:
    """Return the reader's language: their account's, this session's, else the browser's wish."""
    if not has_request_context():
        return "ja"
    acting: Actor | None = g.get("actor")
    if acting is not None:
        return acting.language
    if current_user and current_user.is_authenticated:
        return str(current_user.actor.language)
    chosen = session.get("language")
    return str(chosen or request.accept_languages.best_match(["ja", "en"]) or "ja")
