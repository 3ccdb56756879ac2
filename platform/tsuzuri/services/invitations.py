"""Links by which a person sets a password: an invitation to a new account, or a way back in.

An administrator makes one and hands it over; nobody but its reader chooses the password.  It works
once and for a while, a newer one ends it, and it signs nobody in: what else the login asks for
(a second factor) it asks for afterwards.
"""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from tsuzuri.access.actors import Actor, Origin
from tsuzuri.errors import Invalid, Problem, TsuzuriError, Unknown, message
from tsuzuri.services import people, strength, throttle
from tsuzuri.services.platform import Platform
from tsuzuri.services.sessions import hashed
from tsuzuri.storage import audit, identities, sessions, single_uses
from tsuzuri.storage import people as stored
from tsuzuri.storage import tokens as api_tokens
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.database import Connection
from tsuzuri.storage.single_uses import LINK, SingleUse

INVITE, RESET = "invite", "reset"
HOURS: Mapping[str, int] = {INVITE: 72, RESET: 1}
"""How long a link works: over a weekend for a new person, while they wait for one who forgot."""
MOST = 500
"""Invitations made at once; a town takes in fewer people on the first of April."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's 32 signs: typed from paper, no two of them are taken for each other."""
MEANT = str.maketrans("OIL", "011")
SIGNS, GROUP = 28, 4
"""140 bits: too many to guess, and few enough to type once."""


class NoLink(TsuzuriError):
    """A link that does not work (any more), in the same words whyever that is."""

    def __init__(self) -> None:
        super().__init__(
            message(
                "この招待コードは使えません。期限が切れたか、もう使われたか、新しいものが作られています。管理者に、新しい招待状を頼んでください。"
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A link that was just made; its code is told only now."""

    user: str
    purpose: str
    code: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who has no password yet, and until when their invitation works, if they have one."""

    user: str
    expires_at: str


def make(platform: Platform, actor: Actor, users: Sequence[str]) -> list[Made]:
    """Make a link for each of these people; what they had before stops working.

    Raises ``Unknown`` for somebody who is not there, ``Invalid`` for one whose account is closed
    and for oneself: whoever sits at an open screen must not get to keep it.
    """
    if not 0 < len(users) <= MOST:
        limit = message("1人以上{limit}人までを選んでください。", limit=MOST)
        raise Invalid([Problem("/users", limit)])
    with platform.changing(actor) as connection:
        known = stored.accounts(connection, filter(str.isprintable, users))
        without = _newcomers(connection)
        made = []
        for user in dict.fromkeys(users):
            if user not in known:
                raise Unknown
            if not known[user].active:
                raise Invalid([Problem("/link", message("利用を停止している人です。"))])
            if user == actor.user:
                own = message("自分のパスワードは、個人設定で変えてください。")
                raise Invalid([Problem("/link", own)])
            purpose = INVITE if user in without else RESET
            made.append(_made(platform, connection, user, purpose))
    return made


def _made(platform: Platform, connection: Connection, user: str, purpose: str) -> Made:
    now = platform.clock().astimezone(UTC)
    code = "".join(secrets.choice(ALPHABET) for _ in range(SIGNS))
    ends = (now + timedelta(hours=HOURS[purpose])).strftime("%Y-%m-%dT%H:%M:%SZ")
    single_uses.end(connection, user, LINK, platform.stamp())
    value = json.dumps({"purpose": purpose, "from": platform.stamp()})
    token = SingleUse(hash=hashed(code), kind=LINK, user=user, value=value, expires_at=ends)
    single_uses.put(connection, token, platform.stamp())
    detail = {"user": user, "purpose": purpose, "until": ends}
    audit.note(connection, Entry(action="link.make", detail=detail))
    groups = (code[at : at + GROUP] for at in range(0, SIGNS, GROUP))
    return Made(user=user, purpose=purpose, code="-".join(groups), expires_at=ends)


def end(platform: Platform, actor: Actor, user: str) -> None:
    """Take back somebody's link that was not used yet.  Raises ``Unknown`` where there is none."""
    with platform.changing(actor) as connection:
        if not single_uses.end(connection, user, LINK, platform.stamp()):
            raise Unknown
        audit.note(connection, Entry(action="link.end", detail={"user": user}))


def _newcomers(connection: Connection) -> set[str]:
    """Return who cannot sign in in any way yet."""
    return stored.without_password(connection) - identities.linked(connection)


def waiting(platform: Platform) -> list[Waiting]:
    """Return who cannot sign in in any way yet, by code."""
    with platform.database.platform() as connection:
        links = single_uses.open_until(connection, LINK, platform.stamp())
        codes = _newcomers(connection)
    return [Waiting(code, links.get(code, "")) for code in sorted(codes)]


def state(platform: Platform, user: str) -> tuple[str, str]:
    """Return what a link for somebody would be for, and until when the one they have works."""
    with platform.database.platform() as connection:
        links = single_uses.open_until(connection, LINK, platform.stamp())
        without = _newcomers(connection)
    return INVITE if user in without else RESET, links.get(user, "")


def whose(platform: Platform, origin: Origin, code: str) -> str:
    """Return whom a code is for, without using it up.

    Raises ``NoLink`` for every code that does not work, ``TooOften`` after too many of them.
    """
    return tried(platform, origin, lambda: _whose(platform, hash_of(code)))


def tried(platform: Platform, origin: Origin, act: Callable[[], str | None]) -> str:
    """Return what comes of using a code.  Raises ``NoLink`` for nothing, ``TooOften``."""
    found = throttle.trying(platform, origin, act)
    if found is None:
        raise NoLink
    return found


def _whose(platform: Platform, hash_: str) -> str | None:
    with platform.database.platform() as connection:
        found = single_uses.find(connection, hash_, LINK, platform.stamp())
        return found[0] if found and _holds(platform, connection, *found) else None


def _holds(platform: Platform, connection: Connection, user: str, value: str) -> bool:
    """Tell whether a link may be used: its person is there, and it is not from the future."""
    account = stored.accounts(connection, (user,)).get(user)
    # A clock that was set back must not make links live longer.
    begun: str = json.loads(value)["from"]
    return account is not None and account.active and begun <= platform.stamp()


def use(platform: Platform, origin: Origin, code: str, password: str) -> str:
    """Give the person of a code a password and return who that is; the code is used up.

    Their sessions and API tokens end: who had the old password is out.  Raises ``NoLink``,
    ``TooOften``, and ``Invalid`` for a password that is easily guessed, which uses up nothing.
    """
    user = whose(platform, origin, code)
    problems = [Problem("/new", said) for said in strength.weaknesses(platform, user, password)]
    if problems:
        raise Invalid(problems)
    secret = people.hash_of(password)
    actor = Actor(user=user, origin=origin)

    def set_it() -> str | None:
        with platform.changing(actor) as connection:
            purpose = taken(platform, connection, hash_of(code), user)
            if purpose is None:
                return None
            stored.put_password(connection, user, secret)
            note_use(platform, connection, user, {"purpose": purpose, "by": "password"})
        return user

    return tried(platform, origin, set_it)


def taken(platform: Platform, connection: Connection, hash_: str, user: str) -> str | None:
    """Use up a person's link by its code's hash and return what it was for; None if it is dead.

    Of two at once one gets it.
    """
    found = single_uses.take(connection, hash_, LINK, platform.stamp())
    if found is None or found[0] != user or not _holds(platform, connection, *found):
        return None
    purpose: str = json.loads(found[1])["purpose"]
    return purpose


def note_use(
    platform: Platform, connection: Connection, user: str, detail: Mapping[str, Any]
) -> None:
    """End what the person of a link that was used had open, and note it."""
    now = platform.stamp()
    ended = {
        "ended": sessions.end(connection, user, now),
        "tokens": api_tokens.end(connection, user, now),
    }
    audit.note(connection, Entry(action="link.use", detail={**detail, **ended}))


def hash_of(code: str) -> str:
    """Return what the database keeps of a code, however it was typed from paper."""
    signs = unicodedata.normalize("NFKC", code[:100]).upper().translate(MEANT)
    return hashed("".join(sign for sign in signs if sign in ALPHABET))
