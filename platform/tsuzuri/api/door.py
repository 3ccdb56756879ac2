"""Who asks: a program with an API token, or a page of ours on its browser session.

A request that carries ``Authorization`` is judged by that alone; a cookie beside it counts for
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, current_app, g, request
from flask_babel import refresh
from flask_wtf.csrf import CSRFProtect

from tsuzuri.access.actors import Actor
from tsuzuri.services import tokens
from tsuzuri.web.gate import MARK, admitted, platform
from tsuzuri.web.session import current_actor, origin

SCHEME = "bearer "
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def opened(*actions: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Open a view to whoever may do one of ``actions`` in app ``app``; it is handed ``access``."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def asked(*, app: str, **values: Any) -> Any:
            return view(access=admitted(_asking(), app, *actions), **values)

        setattr(asked, MARK, " or ".join(actions))
        return asked

    return mark


def _asking() -> Actor:
    """Return who asks; 401 for nobody, for a wrong token and for one that has ended alike."""
    given = request.headers.get("Authorization")
    if given is None:
        actor = current_actor()
        if request.method not in SAFE and current_app.config["WTF_CSRF_ENABLED"]:
            csrf: CSRFProtect = current_app.extensions["tsuzuri.csrf"]
            csrf.protect()
        return actor
    secret = given[len(SCHEME) :].strip() if given.lower().startswith(SCHEME) else ""
    found = tokens.opened(platform(), secret, origin())
    if found is None:
        abort(401)
    g.actor = found
    # Sentences are told in the language of the person whose token it is.
    refresh()
    return found
