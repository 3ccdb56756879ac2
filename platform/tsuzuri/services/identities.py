"""Accounts and who their people are at the identity provider: linked once, by the person.

A trip to the provider begins with a state that works once, in the browser that began it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, timedelta
from typing import Any

from tsuzuri.access.actors import Actor, Origin
from tsuzuri.errors import Invalid, Problem, Unknown, message
from tsuzuri.services import invitations, people
from tsuzuri.services.invitations import NoLink
from tsuzuri.services.oidc import Errand, NotSignedIn, Proven
from tsuzuri.services.platform import Platform
from tsuzuri.services.sessions import hashed
from tsuzuri.storage import audit, single_uses
from tsuzuri.storage import identities as stored
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.database import Connection
from tsuzuri.storage.identities import Identity
from tsuzuri.storage.single_uses import SingleUse

MINUTES = 10
TRIP, LINK, INVITED = "oidc", "oidc-link", "oidc-invited"


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip to the provider: what it must bring back, where to go on, and who began it.

    ``invitation`` is the hash of the code by which ``user`` began it instead of signing in.
    """

    errand: Errand
    target: str
    user: str = ""
    invitation: str = ""


def begin(platform: Platform, trip: Trip) -> str:
    """Keep a trip and return the state by which it is found again, once."""
    value = {**asdict(trip.errand), "target": trip.target, "invitation": trip.invitation}
    return _kept(platform, TRIP, value, trip.user)


def back(platform: Platform, state: str) -> Trip:
    """Return the trip of a state, using it up.  Raises ``NotSignedIn``."""
    user, value = _taken(platform, TRIP, state)
    errand = Errand(value["nonce"], value["verifier"])
    return Trip(errand, value["target"], user, value["invitation"])


def _kept(platform: Platform, kind: str, value: Mapping[str, Any], user: str) -> str:
    token = secrets.token_urlsafe(32)
    ends = (platform.clock() + timedelta(minutes=MINUTES)).astimezone(UTC)
    with platform.database.platform(writing=True) as connection:
        single_uses.put(
            connection,
            SingleUse(
                hash=hashed(token),
                kind=kind,
                user=user,
                value=json.dumps(value),
                expires_at=ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
            ),
            platform.stamp(),
        )
    return token


def _taken(platform: Platform, kind: str, token: str) -> tuple[str, dict[str, Any]]:
    with platform.database.platform(writing=True) as connection:
        found = single_uses.take(connection, hashed(token), kind, platform.stamp())
    if found is None:
        raise NotSignedIn(f"{kind} token")
    return found[0], json.loads(found[1])


def account_of(platform: Platform, proven: Proven) -> Actor:
    """Return who signs in as somebody at the provider; ``NotSignedIn`` for anybody not linked."""
    with platform.database.platform() as connection:
        found = stored.find(connection, proven.issuer, proven.subject)
    actor = people.actor(platform, found.user) if found else None
    if actor is None:
        raise NotSignedIn("nobody is linked")
    return actor


def offer(platform: Platform, trip: Trip, proven: Proven) -> str:
    """Keep a link that its person has yet to confirm; return what confirms it, once."""
    kind = INVITED if trip.invitation else LINK
    value = {"issuer": proven.issuer, "subject": proven.subject, "invitation": trip.invitation}
    return _kept(platform, kind, value, trip.user)


def link(platform: Platform, actor: Actor, token: str) -> None:
    """Link an account to who its person proved to be.

    Raises ``NotSignedIn`` for a confirmation that is not theirs, ``Invalid`` where somebody
    else's account is linked to the same person there.
    """
    user, value = _taken(platform, LINK, token)
    if user != actor.user:
        raise NotSignedIn("another account's confirmation")
    with platform.changing(actor) as connection:
        _link(platform, connection, user, value)


def _link(platform: Platform, connection: Connection, user: str, value: Mapping[str, str]) -> None:
    issuer, subject = value["issuer"], value["subject"]
    identity = Identity(issuer=issuer, subject=subject, user=user, at=platform.stamp())
    known = stored.find(connection, issuer, subject)
    if known is not None and known.user != user:
        raise Invalid([Problem("", message("この認証は、すでに別の利用者に結び付いています。"))])
    if known is None:
        stored.put(connection, identity)
        audit.note(connection, Entry(action="identity.link", detail=_told(identity)))


def accept(platform: Platform, origin: Origin, token: str) -> None:
    """Link the account of an invitation to who its reader proved to be; the invitation is used up.

    Raises ``NotSignedIn``, ``NoLink`` for an invitation that was used or ended meanwhile, and
    ``Invalid`` as ``link`` does, which uses up the confirmation alone.
    """
    user, value = _taken(platform, INVITED, token)
    with platform.changing(Actor(user=user, origin=origin)) as connection:
        purpose = invitations.taken(platform, connection, value["invitation"], user)
        if purpose is None:
            raise NoLink
        _link(platform, connection, user, value)
        invitations.note_use(platform, connection, user, {"purpose": purpose, "by": "oidc"})


def unlink(platform: Platform, actor: Actor, name: str) -> None:
    """Take one of somebody's own links away; ``Unknown`` for any other."""
    found = next((one for one in mine(platform, actor) if name_of(one) == name), None)
    if found is None:
        raise Unknown
    with platform.changing(actor) as connection:
        if not stored.remove(connection, actor.user, found.issuer, found.subject):
            raise Unknown
        audit.note(connection, Entry(action="identity.unlink", detail=_told(found)))


def mine(platform: Platform, actor: Actor) -> list[Identity]:
    """Return the links of somebody's account."""
    with platform.database.platform() as connection:
        return stored.of_user(connection, actor.user)


def name_of(identity: Identity) -> str:
    """Return what names a link in an address, and in the log, without saying who that is."""
    return hashed(f"{identity.issuer} {identity.subject}")[:16]


def _told(identity: Identity) -> Mapping[str, Any]:
    return {"issuer": identity.issuer, "identity": name_of(identity)}
