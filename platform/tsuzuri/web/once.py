"""A form that makes something, pressed twice or sent again, makes it once.

The form carries a key (``_once``) that its page got when it was made.  Whoever opens the form
anew gets another, so the same words can be written twice on purpose.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, g, request

from tsuzuri.access.gate import Access
from tsuzuri.services import once
from tsuzuri.services.once import Answer, Differs
from tsuzuri.services.platform import Platform
from tsuzuri.web.gate import platform

FIELD = "_once"


def install(app: Flask) -> None:
    """Let templates ask for the key of a form."""
    app.jinja_env.globals["once_key"] = key


def key() -> str:
    """Return the key for a form on this page: the one that was sent, while nothing came of it."""
    return _sent() or secrets.token_urlsafe(16)


def _sent() -> str:
    posted = request.form.get(FIELD, "") if request.method == "POST" else ""
    fits = len(posted) <= once.LONGEST and posted.isascii() and posted.isprintable()
    return posted if fits and not g.get("once_spent", False) else ""


def done(access: Access, said: Any, act: Callable[[Platform], Answer]) -> Answer:
    """Do what a form says, unless this very form did before; return what came of it then.

    Raises ``Differs`` where the form was sent before with something else in it.
    """
    body = once.canonical(said)
    sent = once.sending(access.actor, f"POST {request.path}", _sent(), body)
    try:
        answer = once.done(platform(), access, sent, act)
    except Differs:
        g.once_spent = True
        raise
    g.once_spent = True
    return answer
