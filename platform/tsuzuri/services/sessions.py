"""Sessions: begun at the door, found again at each request, ended by whoever may end them.

The cookie holds a random token; the database holds its hash, so that a stolen copy of it opens
nothing, and ending a session here ends every copy of the cookie.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Unknown
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit
from tsuzuri.storage import sessions as stored
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.sessions import Session

NAME = 16
"""How much of a hash names a session: too much to guess, and no use to open one."""
TOUCH_SECONDS = 60
"""How exactly the database knows when a session was last used: a write a minute, not a request."""


def hashed(token: str) -> str:
    """Return what the database keeps of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def name(token: str) -> str:
    """Return what names a session in the audit log without opening it."""
    return hashed(token)[:NAME]


def begin(platform: Platform, actor: Actor, *, method: str = "password", device: str = "") -> str:
    """Begin a session of ``actor`` and return its token, which is told only now."""
    token = secrets.token_urlsafe(32)
    now = platform.stamp()
    origin = replace(actor.origin, session=name(token))
    with platform.changing(replace(actor, origin=origin)) as connection:
        stored.put(
            connection,
            Session(
                hash=hashed(token),
                user=actor.user,
                created_at=now,
                seen_at=now,
                proved_at=now,
                address=origin.address,
                device=device[:200],
                method=method,
            ),
        )
        audit.note(connection, Entry(action="session.start", detail={"method": method}))
    return token


def find(platform: Platform, token: str, *, used: bool = True) -> Session | None:
    """Return the living session of a token; it counts as used now.

    Not so where a page asks by itself (``used``): an open page is nobody sitting there.
    """
    with platform.database.platform() as connection:
        session = stored.find(connection, hashed(token))
    if session is None or session.ended_at or not _alive(platform, session):
        return None
    if used and _since(platform, session.seen_at) > timedelta(seconds=TOUCH_SECONDS):
        with platform.database.platform(writing=True) as connection:
            stored.change(connection, session.hash, seen_at=platform.stamp())
    return session


def living(platform: Platform, hashes: Collection[str]) -> dict[str, Session]:
    """Return those of some sessions that live, by hash; none of them counts as used."""
    with platform.database.platform() as connection:
        found = stored.many(connection, hashes)
    return {
        hash_: one for hash_, one in found.items() if not one.ended_at and _alive(platform, one)
    }


def _alive(platform: Platform, session: Session) -> bool:
    idle = timedelta(seconds=platform.config.idle_seconds)
    longest = timedelta(seconds=platform.config.session_seconds)
    used, begun = _since(platform, session.seen_at), _since(platform, session.created_at)
    # A clock that was set back must not make sessions live longer.
    return -idle < used <= idle and -longest < begun <= longest


def _since(platform: Platform, at: str) -> timedelta:
    return platform.clock() - datetime.fromisoformat(at).astimezone(UTC)


def end(platform: Platform, actor: Actor, hash_: str) -> None:
    """End one of a person's own sessions."""
    with platform.changing(actor) as connection:
        if stored.end(connection, actor.user, platform.stamp(), only=hash_):
            audit.note(connection, Entry(action="session.end", detail={"ended": hash_[:NAME]}))


def mine(platform: Platform, actor: Actor) -> list[Session]:
    """Return a person's living sessions, the last used first."""
    with platform.database.platform() as connection:
        found = stored.of_user(connection, actor.user)
    return [one for one in found if _alive(platform, one)]


def end_named(platform: Platform, actor: Actor, named: str) -> None:
    """End one of a person's own sessions by its name; anybody else's is ``Unknown``."""
    for one in mine(platform, actor):
        if one.hash[:NAME] == named:
            return end(platform, actor, one.hash)
    raise Unknown


def end_others(platform: Platform, actor: Actor, *, but: str) -> None:
    """End all of a person's sessions but the one whose hash is given."""
    with platform.changing(actor) as connection:
        ended = stored.end(connection, actor.user, platform.stamp(), but=but)
        audit.note(connection, Entry(action="session.end", detail={"others": ended}))


def prove(platform: Platform, actor: Actor, session: Session) -> None:
    """Write down that the person of a session just showed who they are."""
    with platform.changing(actor) as connection:
        stored.change(connection, session.hash, proved_at=platform.stamp())
        audit.note(connection, Entry(action="session.prove"))


def proved(platform: Platform, session: Session) -> bool:
    """Tell whether the person showed lately who they are."""
    lately = timedelta(seconds=platform.config.proof_seconds)
    # A clock that was set back must not make a proof last longer: one from the future is none.
    return timedelta(0) <= _since(platform, session.proved_at) <= lately
