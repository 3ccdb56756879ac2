"""Between the password and the session: who still owes a second factor, for a few minutes.

The browser that showed the password carries a token of this step; the database holds its hash, and
it ends with the first right code.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, timedelta

from tsuzuri.access.actors import Actor
from tsuzuri.services import people
from tsuzuri.services.platform import Platform
from tsuzuri.services.sessions import hashed
from tsuzuri.storage import single_uses
from tsuzuri.storage.single_uses import SingleUse

KIND = "second"
TIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Step:
    """Who showed a password lately, and where they were going."""

    actor: Actor
    target: str


def begin(platform: Platform, actor: Actor, target: str) -> str:
    """Return the token of a step that ``actor`` has yet to take."""
    token = secrets.token_urlsafe(32)
    until = (platform.clock() + TIME).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    step = SingleUse(
        hash=hashed(token),
        kind=KIND,
        user=actor.user,
        value=json.dumps({"next": target}),
        expires_at=until,
    )
    with platform.database.platform(writing=True) as connection:
        single_uses.put(connection, step, platform.stamp())
    return token


def find(platform: Platform, token: str) -> Step | None:
    """Return the step of a token; None once it is taken or late, or the account is closed."""
    with platform.database.platform() as connection:
        found = single_uses.find(connection, hashed(token), KIND, platform.stamp())
    return _step(platform, found)


def take(platform: Platform, token: str) -> Step | None:
    """Use a step up; of two at once one gets it."""
    with platform.database.platform(writing=True) as connection:
        found = single_uses.take(connection, hashed(token), KIND, platform.stamp())
    return _step(platform, found)


def _step(platform: Platform, found: tuple[str, str] | None) -> Step | None:
    actor = people.actor(platform, found[0]) if found else None
    if found is None or actor is None:
        return None
    return Step(actor, str(json.loads(found[1])["next"]))
