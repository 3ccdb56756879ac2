"""Signing in, and what a person may set about their own account."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Problem, message
from tsuzuri.services.platform import Platform
from tsuzuri.storage import people

SHORTEST = 10
LONGEST = 200
_hasher = PasswordHasher()
# Somebody who does not exist costs as long as a wrong password, or the clock would tell who does.
_NOBODY = _hasher.hash("nobody has this password")


def sign_in(platform: Platform, user: str, password: str) -> Actor | None:
    """Return who acts if the password is right, else None; both answers take as long."""
    if len(password) > LONGEST:
        return None
    with platform.database.platform() as connection:
        stored = people.password_hash(connection, user) if _storable(user) else ""
    try:
        _hasher.verify(stored or _NOBODY, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return None
    return actor(platform, user) if stored else None


def _storable(user: str) -> bool:
    return "\x00" not in user and user.isprintable() and len(user) <= LONGEST


def actor(platform: Platform, user: str) -> Actor | None:
    """Return who acts for a signed-in user now; None once the account is closed."""
    return platform.directory.actor(user, platform.config.zone)


def set_password(platform: Platform, user: str, password: str) -> None:
    """Set a password.  Raises ``Invalid`` for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        sentence = message(
            "パスワードは{shortest}文字以上{longest}文字以下にしてください。",
            shortest=SHORTEST,
            longest=LONGEST,
        )
        raise Invalid([Problem("/password", sentence)])
    with platform.database.platform(writing=True) as connection:
        people.put_password(connection, user, _hasher.hash(password))


def set_language(platform: Platform, user: str, language: str) -> None:
    """Set the language somebody reads."""
    if language not in {"ja", "en"}:
        raise Invalid([Problem("/language", message("選択肢にない値です。"))])
    with platform.database.platform(writing=True) as connection:
        people.put_language(connection, user, language)
