"""Guessing passwords gets slow; nobody can use that to keep somebody else out.

Only failures count: a try is taken before the password is looked at and given back where it was
right, so that a hundred at the same moment are no way around.  They are counted for the account at
the source, for the source, and for the account wherever they come from.  A browser in which a
person signed in before carries a device mark; it is counted by itself alone, so whatever strangers
try, its person gets in.

Accounts that do not exist are counted like those that do.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from ipaddress import ip_address
from typing import TypeVar

from tsuzuri.access.actors import Actor, Origin
from tsuzuri.errors import TooOften
from tsuzuri.services import factors, people
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, throttles
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.throttles import Bucket

# How many failures are let by at once, and how many seconds bring one back.
AT_SOURCE = (5, 60.0)
ON_DEVICE = (5, 60.0)
OF_ACCOUNT = (30, 60.0)
OF_SOURCE = (100, 6.0)


Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody tries a password; ``device`` is the mark that their browser carries."""

    user: str
    password: str
    origin: Origin
    device: str = ""


def sign_in(platform: Platform, attempt: Attempt) -> Actor | None:
    """Return who acts if the password is right, else None.

    Raises ``TooOften`` before the password is even looked at.
    """
    return _tried(
        platform,
        _buckets(platform, attempt),
        _failing(platform, attempt, "password"),
        lambda: people.sign_in(platform, attempt.user, attempt.password),
    )


def second_step(platform: Platform, attempt: Attempt, actor: Actor, code: str) -> str:
    """Return which second factor ``code`` was (see ``factors.check``), or nothing.

    A wrong one counts like a wrong password.  Raises ``TooOften``.
    """
    named = replace(actor, origin=attempt.origin)
    return _tried(
        platform,
        _buckets(platform, attempt),
        _failing(platform, attempt, "code"),
        lambda: factors.check(platform, named, code),
    )


def passkey_step(platform: Platform, attempt: Attempt, check: Callable[[], str]) -> str:
    """Return what comes of showing a passkey as somebody known; a wrong one counts like a code.

    Raises ``TooOften``.
    """
    failing = _failing(platform, attempt, "passkey")
    return _tried(platform, _buckets(platform, attempt), failing, check)


def trying(
    platform: Platform, origin: Origin, act: Callable[[], str | None], why: str = "link"
) -> str | None:
    """Return what comes of trying what tells by itself whose it is: a link's code, a passkey.

    Nothing is counted as a failure of its source, and noted with ``why``.

    Raises ``TooOften`` before it is even tried.
    """
    buckets = (_bucket("source", _source(origin.address), limit=OF_SOURCE),)
    return _tried(platform, buckets, Failing(Actor(user="", origin=origin), why), act)


@dataclass(frozen=True, slots=True)
class Failing:
    """In whose name a failure is noted, and at what."""

    actor: Actor
    why: str


def _failing(platform: Platform, attempt: Attempt, why: str) -> Failing:
    # What was typed is noted only where it is an account's name: it may have been a password.
    known = attempt.user if attempt.user in platform.directory.users else ""
    return Failing(Actor(user=known, origin=attempt.origin), why)


def _tried(
    platform: Platform, buckets: tuple[Bucket, ...], failing: Failing, check: Callable[[], Found]
) -> Found:
    """Return what ``check`` finds; nothing found is a failure that counts.

    The try is counted first, so that many at one moment are let by one by one, and given back if
    it was right.
    """
    now = platform.clock().timestamp()
    with platform.database.platform(writing=True) as connection:
        if not throttles.take(connection, buckets, now):
            raise TooOften
    found = check()
    if found:
        with platform.database.platform(writing=True) as connection:
            throttles.give_back(connection, buckets, now)
    else:
        with platform.changing(failing.actor) as connection:
            audit.note(connection, Entry(action="session.refuse", detail={"why": failing.why}))
    return found


def _buckets(platform: Platform, attempt: Attempt) -> tuple[Bucket, ...]:
    if is_known(platform, attempt.user, attempt.device):
        return (_bucket("device", attempt.device, limit=ON_DEVICE),)
    source = _source(attempt.origin.address)
    return (
        _bucket("pair", attempt.user, source, limit=AT_SOURCE),
        _bucket("account", attempt.user, limit=OF_ACCOUNT),
        _bucket("source", source, limit=OF_SOURCE),
    )


def _bucket(sort: str, *parts: str, limit: tuple[int, float]) -> Bucket:
    # Hashed, so that the table holds no address, no name and nothing of any length.
    text = "\0".join((sort, *parts)).encode("utf-8", "surrogatepass")
    return Bucket(sha256(text).hexdigest(), *limit)


def _source(address: str) -> str:
    """Return what counts as one source: one address, or the net that one IPv6 customer has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else found.exploded[:19]


def mark(platform: Platform, user: str) -> str:
    """Return a new device mark: this browser is one in which ``user`` signed in."""
    number = secrets.token_urlsafe(18)
    return f"{number}.{_seal(platform, user, number)}"


def is_known(platform: Platform, user: str, device: str) -> bool:
    """Tell whether a device mark is one of ours, for this account."""
    number, _, seal = device.partition(".")
    return hmac.compare_digest(
        seal.encode("utf-8", "surrogatepass"), _seal(platform, user, number).encode()
    )


def _seal(platform: Platform, user: str, number: str) -> str:
    said = f"{number}\0{user}".encode("utf-8", "surrogatepass")
    return hmac.digest(platform.config.key("device"), said, "sha256").hex()
