"""API tokens: a program acts as the person who made one, in one app, within the rights it has.

A token never gives anything: each request asks the rules again what its person may do now, and
then takes away what the token does not name (``access.actors.Scope``).  So a token ends with its
person's account, and shrinks with their rights.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tsuzuri.access.actors import Actor, Origin, Scope
from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, Problem, Unknown, message
from tsuzuri.services import factors, people
from tsuzuri.services.platform import Platform
from tsuzuri.services.sessions import TOUCH_SECONDS, hashed
from tsuzuri.storage import audit
from tsuzuri.storage import tokens as stored
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.tokens import Token

RIGHTS = ("view", "add", "edit", "delete", "comment", "export")
"""What a token may be given, in the order in which it is asked for."""

PREFIX = "tsuzuri_"
"""Begins every token, so that one that got out can be recognised as what it is."""

USUAL_DAYS = 90
LONGEST_DAYS = 365
LONGEST_NAME = 100
NO_FACTOR = message(
    "このトークンは、持ち主が二段階認証を設定するまで使えません。ブラウザーでログインして設定してください。"
)
MOST = 50
"""Living tokens of one person; whoever has so many has lost sight of them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An app for which somebody may make a token, and the rights it may have."""

    app: App
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a token is to be: its name, its app, its rights, and how long it lives."""

    name: str
    app: str
    rights: frozenset[str]
    days: int | None = USUAL_DAYS


def offers(platform: Platform, actor: Actor) -> list[Offer]:
    """Return the apps for which somebody may make a token, with their own rights there."""
    found = (
        Offer(access.app, tuple(right for right in RIGHTS if access.may(right)))
        for access in platform.open_apps(actor)
    )
    return [one for one in found if one.rights]


def make(platform: Platform, actor: Actor, wanted: Wanted) -> str:
    """Make a token and return it; it is told only now.

    Raises ``Invalid`` with every problem, also for rights that the person does not have.
    """
    name = wanted.name.strip()
    problems = list(_problems(wanted, name, offers(platform, actor)))
    if problems:
        raise Invalid(problems)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        id=new_ids.new(),
        hash=hashed(secret),
        user=actor.user,
        name=name,
        app=wanted.app,
        rights=tuple(right for right in RIGHTS if right in wanted.rights),
        created_at=platform.stamp(),
        expires_at=_in_days(platform, wanted.days or USUAL_DAYS),
    )
    with platform.changing(actor) as connection:
        if len(stored.of_user(connection, actor.user)) >= MOST:
            raise Invalid([Problem("", message("{limit}個までにしてください。", limit=MOST))])
        stored.put(connection, token)
        detail = {"token": token.id, "rights": list(token.rights), "until": token.expires_at}
        audit.note(connection, Entry(action="token.create", app=token.app, detail=detail))
    return secret


def _problems(wanted: Wanted, name: str, offered: Sequence[Offer]) -> list[Problem]:
    found = []
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        limit = message("1文字以上{limit}文字以下で入力してください。", limit=LONGEST_NAME)
        found.append(Problem("/name", limit))
    rights = next((one.rights for one in offered if one.app.code == wanted.app), None)
    if rights is None:
        found.append(Problem("/app", message("アプリを選んでください。")))
    elif not wanted.rights:
        found.append(Problem("/rights", message("できることを一つ以上選んでください。")))
    elif not wanted.rights <= set(rights):
        found.append(Problem("/rights", message("あなたにない権限は選べません。")))
    if wanted.days is None or not 1 <= wanted.days <= LONGEST_DAYS:
        limit = message("1日から{limit}日までにしてください。", limit=LONGEST_DAYS)
        found.append(Problem("/days", limit))
    return found


def _in_days(platform: Platform, days: int) -> str:
    return (platform.clock() + timedelta(days=days)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def mine(platform: Platform, actor: Actor) -> list[Token]:
    """Return somebody's tokens that were not ended; expired ones too, so that they are noticed."""
    with platform.database.platform() as connection:
        return stored.of_user(connection, actor.user)


def end(platform: Platform, actor: Actor, token: int) -> None:
    """End one of somebody's own tokens, at once; anybody else's is ``Unknown``."""
    with platform.changing(actor) as connection:
        if not stored.end(connection, actor.user, platform.stamp(), only=token):
            raise Unknown
        audit.note(connection, Entry(action="token.end", detail={"token": token}))


def opened(platform: Platform, secret: str, origin: Origin) -> Actor | None:
    """Return who acts through a token now; None for one that opens nothing (any more).

    Raises ``Denied`` where its person must set up a second factor and has not.
    """
    with platform.database.platform() as connection:
        token = stored.find(connection, hashed(secret))
    if token is None:
        return None
    actor = people.actor(platform, token.user) if alive(platform, token) else None
    if actor is None:
        _refused(platform, token, origin)
        return None
    # Asked of the person, before the token takes their roles away.  A factor at the identity
    # provider is shown for one session and says nothing of a program.
    if factors.must_have(platform, actor) and not factors.is_on(platform, actor.user):
        raise Denied(NO_FACTOR)
    _touch(platform, token)
    return replace(
        actor,
        administers=False,
        audits=False,
        scope=Scope(token.app, frozenset(token.rights)),
        origin=replace(origin, door="api", session=f"token:{token.id}"),
    )


def _refused(platform: Platform, token: Token, origin: Origin) -> None:
    """Note that a token was used which had ended: it may be in the wrong hands."""
    # A guess is not noted: it names nobody, and anybody could fill the log.
    by = replace(origin, door="api", session=f"token:{token.id}")
    with platform.changing(Actor(user=token.user, origin=by)) as connection:
        audit.note(connection, Entry(action="token.refuse", app=token.app))


def alive(platform: Platform, token: Token) -> bool:
    """Tell whether a token opens anything."""
    now = platform.clock()
    begun, ends = (datetime.fromisoformat(at) for at in (token.created_at, token.expires_at))
    # A clock that was set back must not make tokens live longer.
    return not token.ended_at and begun <= now < ends


def _touch(platform: Platform, token: Token) -> None:
    """Write down that a token was used, once a minute."""
    now = platform.clock()
    before = datetime.fromisoformat(token.used_at or token.created_at)
    if not token.used_at or now - before > timedelta(seconds=TOUCH_SECONDS):
        with platform.database.platform(writing=True) as connection:
            stored.used(connection, token.id, platform.stamp())
