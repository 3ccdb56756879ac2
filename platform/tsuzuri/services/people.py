"""Signing in, and what a person may set about their own account."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Problem, message
from tsuzuri.services import strength
from tsuzuri.services.platform import Platform
from tsuzuri.storage import people, single_uses
from tsuzuri.storage.people import Agency, Group, User

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)

AT_ONCE = 4
"""Hashes one process works out at a time, 64 MiB each: a flood of log-ins waits in line instead."""
_turn = BoundedSemaphore(AT_ONCE)


@cache
def _nobody() -> str:
    """Return a hash of no password anybody has, made when somebody first signs in."""
    return hash_of("nobody has this password")


def sign_in(platform: Platform, user: str, password: str) -> Actor | None:
    """Return who acts if the password is right, else None; both answers take as long."""
    if len(password) > strength.LONGEST:
        return None
    # Somebody who does not exist costs as long as a wrong password, or the clock would tell.
    nobody = _nobody()
    with platform.database.platform() as connection:
        stored = people.password_hash(connection, user) if _storable(user) else ""
    try:
        with _turn:
            _hasher.verify(stored or nobody, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return None
    if stored and _hasher.check_needs_rehash(stored):
        hashed = hash_of(password)
        with platform.database.platform(writing=True) as connection:
            people.put_password(connection, user, hashed)
    return actor(platform, user) if stored else None


def hash_of(password: str) -> str:
    """Return what the database keeps of a password."""
    with _turn:
        return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def _storable(user: str) -> bool:
    return "\x00" not in user and user.isprintable() and len(user) <= strength.LONGEST


def actor(platform: Platform, user: str) -> Actor | None:
    """Return who acts for a signed-in user now; None once the account is closed."""
    return platform.directory.actor(user, platform.config.zone)


def set_password(platform: Platform, user: str, password: str) -> None:
    """Set a password.  Raises ``Invalid`` for one that is easily guessed."""
    problems = [
        Problem("/password", said) for said in strength.weaknesses(platform, user, password)
    ]
    if problems:
        raise Invalid(problems)
    # Before the transaction: nobody else's writing waits for it.
    hashed = hash_of(password)
    with platform.database.platform(writing=True) as connection:
        people.put_password(connection, user, hashed)
        single_uses.end(connection, user, single_uses.LINK, platform.stamp())


def new_password(platform: Platform, user: str) -> str:
    """Return a password made by chance that ``set_password`` takes."""
    # One in some thousand happens to spell the person's login name.
    while True:
        password = secrets.token_urlsafe(12)
        if not any(strength.weaknesses(platform, user, password)):
            return password


def set_language(platform: Platform, user: str, language: str) -> None:
    """Set the language somebody reads."""
    if language not in {"ja", "en"}:
        raise Invalid([Problem("/language", message("選択肢にない値です。"))])
    with platform.database.platform(writing=True) as connection:
        people.put_language(connection, user, language)


def put_everybody(
    platform: Platform,
    agencies: Sequence[Agency],
    groups: Sequence[Group],
    users: Sequence[User],
) -> None:
    """Add or change agencies, groups and users in one step."""
    with platform.database.platform(writing=True) as connection:
        people.put_agencies(connection, agencies)
        people.put_groups(connection, groups)
        people.put_users(connection, users, platform.today)


def set_shared_password(platform: Platform, codes: Sequence[str], password: str) -> None:
    """Give everybody in ``codes`` one password; for practice installations only.

    One hash serves all, because a hundred careful hashes take ten seconds.
    """
    hashed = hash_of(password)
    with platform.database.platform(writing=True) as connection:
        for code in codes:
            people.put_password(connection, code, hashed)
