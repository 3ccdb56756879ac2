"""Changing one's own password: who knows the present one gives another, and the rest must go.

Every other session ends with it: whoever changes a password because somebody else knows it wants
them out.
"""

from __future__ import annotations

from dataclasses import dataclass

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Problem, message
from tsuzuri.services import people, strength, throttle
from tsuzuri.services.platform import Platform
from tsuzuri.services.throttle import Attempt
from tsuzuri.storage import audit, sessions, single_uses
from tsuzuri.storage import people as stored
from tsuzuri.storage import tokens as api_tokens
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.single_uses import LINK


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A new password; ``here`` is the hash of the session that stays.

    API tokens end too, unless ``tokens`` says that their person knows each of them.
    """

    new: str
    here: str
    tokens: bool = True


def change(platform: Platform, actor: Actor, attempt: Attempt, wanted: Wanted) -> None:
    """Give ``actor`` another password; their sessions end, but the one they change it in.

    Raises ``Invalid`` for a wrong present password, which counts as a guess, and for a new one
    that is easily guessed; ``TooOften`` after too many guesses.
    """
    problems = [
        Problem("/new", said) for said in strength.weaknesses(platform, actor.user, wanted.new)
    ]
    if throttle.sign_in(platform, attempt) is None:
        problems.insert(0, Problem("/password", message("今のパスワードが違います。")))
    if problems:
        raise Invalid(problems)
    hashed = people.hash_of(wanted.new)
    with platform.changing(actor) as connection:
        stored.put_password(connection, actor.user, hashed)
        ended = sessions.end(connection, actor.user, platform.stamp(), but=wanted.here)
        stopped = api_tokens.end(connection, actor.user, platform.stamp()) if wanted.tokens else []
        single_uses.end(connection, actor.user, LINK, platform.stamp())
        detail = {"ended": ended, "tokens": stopped}
        audit.note(connection, Entry(action="password.change", detail=detail))
