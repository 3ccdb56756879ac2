"""Every view says who may reach it, or the program does not start.

* ``@gated("edit")`` admits the signed-in person to the app named in the address and hands the
  view an ``Access``; somebody who may not even view the app learns nothing of it.
* ``@signed_in`` is for pages about no one app; ``@administering`` and ``@auditing`` the same for
  two roles, neither of which reads a record by that.
* ``@public`` is for the few pages before signing in, and must be written to be so.

``seal`` runs when the application is put together and refuses a view with none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Denied, Unknown
from tsuzuri.services.platform import Platform
from tsuzuri.services.viewing import may_look
from tsuzuri.web.session import current_actor

View = TypeVar("View", bound=Callable[..., Any])
MARK = "_tsuzuri_gate"


def platform() -> Platform:
    """Return the municipality this request is about."""
    found: Platform = current_app.extensions["tsuzuri"]
    return found


def public(view: View) -> View:
    """Open a view to everybody, signed in or not."""
    setattr(view, MARK, "public")
    return view


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Open a view to whoever is signed in; it is handed ``actor``."""

    @wraps(view)
    def opened(**values: Any) -> Any:
        return view(actor=current_actor(), **values)

    setattr(opened, MARK, "signed in")
    return opened


def administering(view: Callable[..., Any]) -> Callable[..., Any]:
    """Open a view to those who look after people and definitions; to others it is not there."""
    return _for_role(view, "administers")


def auditing(view: Callable[..., Any]) -> Callable[..., Any]:
    """Open a view to auditors; to others it is not there."""
    return _for_role(view, "audits")


def watching(view: Callable[..., Any]) -> Callable[..., Any]:
    """Open a view to auditors and to administrators; to others it is not there."""

    @wraps(view)
    def opened(**values: Any) -> Any:
        actor = current_actor()
        if not (actor.audits or actor.administers):
            raise Unknown
        return view(actor=actor, **values)

    setattr(opened, MARK, "watches")
    return opened


def looking(view: Callable[..., Any]) -> Callable[..., Any]:
    """Open a view to whoever may look as other people; to others it is not there."""

    @wraps(view)
    def opened(**values: Any) -> Any:
        actor = current_actor()
        if not may_look(platform(), actor):
            raise Unknown
        return view(actor=actor, **values)

    setattr(opened, MARK, "looks")
    return opened


def _for_role(view: Callable[..., Any], role: str) -> Callable[..., Any]:
    @wraps(view)
    def opened(**values: Any) -> Any:
        actor = current_actor()
        if not getattr(actor, role):
            raise Unknown
        return view(actor=actor, **values)

    setattr(opened, MARK, role)
    return opened


def gated(*actions: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Open a view to whoever may do one of ``actions`` in app ``app``; it is handed ``access``."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def opened(*, app: str, **values: Any) -> Any:
            return view(access=admitted(current_actor(), app, *actions), **values)

        setattr(opened, MARK, " or ".join(actions))
        return opened

    return mark


def admitted(actor: Actor, app: str, *actions: str) -> Access:
    """Admit ``actor`` to ``app`` for one of ``actions``.

    Raises ``Unknown`` for an app that gives them nothing, ``Denied`` for one that gives them
    less.
    """
    access = platform().admit(actor, app)
    if not any(map(access.may, ("view", "add", "manage"))):
        raise Unknown
    if not any(map(access.may, actions)):
        raise Denied
    return access


def only_shows(view: Callable[..., Any] | None) -> bool:
    """Tell whether a view's gate asks for nothing more than to look at an app's records."""
    named = str(getattr(view, MARK, "")).split(" or ")
    return set(named) <= SHOWING


SHOWING = frozenset({"view", "add", "edit", "delete", "comment", "export", "print", "unmask"})
"""Rights whose pages are about records; to import and to manage is work of one's own."""


class Unsealed(RuntimeError):
    """A view says nothing about who may reach it."""


def seal(app: Flask) -> None:
    """Refuse to start with a view that has no gate, and name it."""
    for endpoint, view in app.view_functions.items():
        if not hasattr(view, MARK):
            raise Unsealed(f"{endpoint} has neither @gated nor @signed_in nor @public")
