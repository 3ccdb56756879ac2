"""Looking as another person, to see what they see; never to read what one may not.

It is for administrators and for whoever may manage an app.  It hangs on the session, is written
down when it begins and ends, and everything read meanwhile is written down under the name of who
really looked.  What is shown is narrowed to what both may read (``tsuzuri.access.onlooking``).
"""

from __future__ import annotations

from dataclasses import replace

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Unknown
from tsuzuri.services import people
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit
from tsuzuri.storage import sessions as stored
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.people import User
from tsuzuri.storage.sessions import Session


def may_look(platform: Platform, actor: Actor) -> bool:
    """Tell whether somebody may look as others at all."""
    if actor.administers:
        return True
    return any(access.may("manage") for access in platform.open_apps(actor))


def whom(platform: Platform, actor: Actor) -> list[User]:
    """Return as whom ``actor`` may look: everybody active of whom they may know, but themselves.

    Raises ``Unknown`` for somebody who may not look as others.
    """
    if not may_look(platform, actor):
        raise Unknown
    known = platform.directory_for(actor).users.values()
    found = [one for one in known if one.active and one.code != actor.user]
    return sorted(found, key=lambda one: (one.kana, one.code))


def start(platform: Platform, actor: Actor, session: Session, user: str) -> None:
    """Look as ``user`` from the next request on.  Raises ``Unknown`` where that may not be."""
    if user not in {one.code for one in whom(platform, actor)}:
        raise Unknown
    with platform.changing(actor) as connection:
        stored.change(connection, session.hash, viewing_as=user)
        audit.note(connection, Entry(action="view_as.start", detail={"as": user}))


def end(platform: Platform, actor: Actor, session: Session) -> None:
    """Be oneself again.  ``actor`` is who really sits there."""
    if not session.viewing_as:
        return
    with platform.changing(actor) as connection:
        stored.change(connection, session.hash, viewing_as="")
        detail = {"as": session.viewing_as}
        audit.note(connection, Entry(action="view_as.end", detail=detail))


def eyes(platform: Platform, actor: Actor, session: Session) -> Actor:
    """Return as whom the pages of this request are made: ``actor``, or whom they look as.

    Whoever may no longer look as others is themselves again at once, and so is who looked as
    somebody whose account was closed.
    """
    if not session.viewing_as:
        return actor
    viewed = people.actor(platform, session.viewing_as)
    if viewed is None or not may_look(platform, actor):
        return actor
    return replace(
        viewed,
        language=actor.language,
        # Their roles are no part of what they see of records, and no pages of roles open.
        administers=False,
        audits=False,
        onlooker=actor,
        origin=replace(actor.origin, viewed_by=actor.user),
    )
