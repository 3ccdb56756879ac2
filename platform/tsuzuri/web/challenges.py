"""Challenges for passkeys: this browser holds one, and what it answers is looked at here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import jsonify, request, session

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Unknown
from tsuzuri.services import passkeys
from tsuzuri.services.passkeys import Party, Shown
from tsuzuri.web.gate import platform
from tsuzuri.web.session import origin

KEPT = "passkey"
"""Where the browser keeps its challenge; the form's field of the answer is called the same."""
LONGEST = 16 * 1024


def site() -> Party | None:
    """Return for which site passkeys are; None where there are none.

    What a request claims to be sent to counts only where it is this machine, for trying things out.
    """
    address = platform().config.address
    if not address:
        try:
            here = urlsplit(f"//{request.host}").hostname == "localhost"
        except ValueError:
            here = False
        address = f"{request.scheme}://{request.host}" if here else ""
    return passkeys.party(address)


def _site() -> Party:
    found = site()
    if found is None:
        raise Unknown
    return found


def asked(user: str = "") -> Any:
    """Answer a browser what to show; it holds the challenge from now on."""
    return _answer(*passkeys.ask(platform(), _site(), user))


def asked_new(actor: Actor) -> Any:
    """Answer a browser what to make."""
    return _answer(*passkeys.ask_new(platform(), actor, _site()))


def _answer(challenge: str, options: dict[str, Any]) -> Any:
    session[KEPT] = challenge
    return jsonify(options)


def answered() -> bool:
    """Tell whether this request shows a passkey, right or wrong."""
    return bool(request.form.get(KEPT))


def answer() -> Shown:
    """Return what this request answers to this browser's challenge, which it holds no longer."""
    given = request.form.get(KEPT, "")
    return Shown(
        site=_site(),
        challenge=session.pop(KEPT, ""),
        answer=given if len(given) <= LONGEST else "",
    )


def shown(user: str = "") -> str:
    """Return whose passkey this request shows, or nothing; with ``user`` it must be theirs."""
    return passkeys.check(platform(), answer(), origin(), user)
