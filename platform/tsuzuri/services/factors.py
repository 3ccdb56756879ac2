"""Second factors: a code of an authenticator app, a passkey, or one of the codes kept on paper.

The authenticator's secret is sealed with a key of the installation, and opened only to compare a
code.  Each code works once.  Whether somebody has a second factor is told only to who knows their
password.  Passkeys have a module of their own (``services.passkeys``).
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyotp import TOTP, random_base32

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Problem, Unknown, message
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, factors, passkeys, sessions
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.database import Connection

STEP = 30
"""Seconds for which an authenticator shows one code."""
DRIFT = 1
"""Steps by which its clock may be off, either way."""
CODES = 10
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Of recovery codes: 32 signs, none of which is taken for another on paper."""
MEANT = str.maketrans("oil", "011")
GROUPS, GROUP = 4, 4
NONCE = 12
WRONG = message("確認コードが違います。新しいコードを入力してください。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How somebody stands: the second factors that are asked of them, and recovery codes left."""

    app: bool
    passkeys: int
    codes: int

    @property
    def is_on(self) -> bool:
        """Tell whether any second factor is asked."""
        return self.app or self.passkeys > 0


def standing(platform: Platform, user: str) -> Standing:
    """Return how a person stands."""
    with platform.database.platform() as connection:
        return standing_in(connection, user)


def standing_in(connection: Connection, user: str) -> Standing:
    """Return how a person stands, within a transaction."""
    found = factors.totp_of(connection, user)
    return Standing(
        app=found is not None and found.confirmed_at != "",
        passkeys=len(passkeys.of_user(connection, user)),
        codes=factors.codes_left(connection, user),
    )


def is_on(platform: Platform, user: str) -> bool:
    """Tell whether a second factor is asked of a person."""
    return standing(platform, user).is_on


def must_have(platform: Platform, actor: Actor) -> bool:
    """Tell whether the settings ask a second factor of somebody."""
    asked = platform.config.second_factor
    return asked == "all" or (asked == "roles" and (actor.administers or actor.audits))


def begin(platform: Platform, actor: Actor) -> None:
    """Make a secret for an authenticator, which counts once a code of it was shown.

    Raises ``Invalid`` for somebody who has one already.
    """
    with platform.changing(actor) as connection:
        found = factors.totp_of(connection, actor.user)
        if found is not None and found.confirmed_at:
            raise Invalid([Problem("", message("二段階認証はすでに使われています。"))])
        factors.put_totp(connection, actor.user, _sealed(platform, actor.user, random_base32()))


def waiting(platform: Platform, actor: Actor) -> TOTP:
    """Return the authenticator that waits for its first code; ``Unknown`` where there is none."""
    return _authenticator(platform, actor, _waiting(platform, actor))


def _waiting(platform: Platform, actor: Actor) -> bytes:
    with platform.database.platform() as connection:
        found = factors.totp_of(connection, actor.user)
    if found is None or found.confirmed_at:
        raise Unknown
    return found.secret


def _authenticator(platform: Platform, actor: Actor, sealed: bytes) -> TOTP:
    issuer = "綴 " + platform.config.municipality
    return TOTP(_opened(platform, actor.user, sealed), name=actor.user, issuer=issuer.strip())


def confirm(platform: Platform, actor: Actor, code: str, *, here: str) -> list[str]:
    """Let the authenticator count; return what ``first`` does.  Raises ``Invalid``."""
    sealed = _waiting(platform, actor)
    step = _step(platform, _authenticator(platform, actor, sealed), code)
    if step is None:
        raise Invalid([Problem("/code", WRONG)])
    with platform.changing(actor) as connection:
        codes = first(platform, connection, actor, here=here)
        # Another page may have made another secret meanwhile, or confirmed this one.
        if not factors.confirm_totp(connection, actor.user, sealed, platform.stamp()):
            raise Invalid([Problem("/code", WRONG)])
        factors.take_step(connection, actor.user, step)
        audit.note(connection, Entry(action="factor.start"))
    return codes


def first(platform: Platform, connection: Connection, actor: Actor, *, here: str) -> list[str]:
    """Before a person's first second factor counts, return recovery codes, told only now.

    Every other session of theirs ends, but the one whose hash is ``here``: it was begun without.
    Where there is a factor already, there are codes, and nothing is returned.
    """
    if standing_in(connection, actor.user).is_on:
        return []
    sessions.end(connection, actor.user, platform.stamp(), but=here)
    codes = _new_codes()
    factors.put_codes(connection, actor.user, map(_hashed, codes))
    return codes


def renew_codes(platform: Platform, actor: Actor) -> list[str]:
    """Return new recovery codes; earlier ones do not work any more."""
    codes = _new_codes()
    with platform.changing(actor) as connection:
        if not standing_in(connection, actor.user).is_on:
            raise Unknown
        factors.put_codes(connection, actor.user, map(_hashed, codes))
        audit.note(connection, Entry(action="factor.codes"))
    return codes


def end(platform: Platform, actor: Actor) -> None:
    """Give up one's own second factors, all of them."""
    with platform.changing(actor) as connection:
        if factors.end(connection, actor.user):
            audit.note(connection, Entry(action="factor.end"))


def end_app(platform: Platform, actor: Actor) -> None:
    """Give up one's own authenticator app; passkeys stay.  Raises ``Unknown`` without one."""
    with platform.changing(actor) as connection:
        if not factors.end_totp(connection, actor.user):
            raise Unknown
        tidy(connection, actor.user)
        audit.note(connection, Entry(action="factor.end_app"))


def tidy(connection: Connection, user: str) -> None:
    """Take the recovery codes away with the last second factor."""
    if not standing_in(connection, user).is_on:
        factors.end_codes(connection, user)


def end_for(platform: Platform, actor: Actor, user: str, *, reason: str) -> None:
    """Take away the second factor of somebody who lost it, and end their sessions.

    The caller has made sure that ``actor`` looks after people.  Raises ``Invalid`` without a
    reason, ``Unknown`` for nobody.
    """
    if user not in platform.directory.users:
        raise Unknown
    reason = reason.strip()
    if not reason:
        raise Invalid([Problem("/reason", message("理由を入力してください。"))])
    with platform.changing(actor) as connection:
        factors.end(connection, user)
        ended = sessions.end(connection, user, platform.stamp())
        detail = {"user": user, "ended": ended}
        audit.note(connection, Entry(action="factor.reset", detail=detail, reason=reason))


def check(platform: Platform, actor: Actor, code: str) -> str:
    """Use up a code somebody typed; return what it was (``totp``, ``recovery``), or nothing.

    ``actor`` has shown their password before.
    """
    typed = "".join(c for c in unicodedata.normalize("NFKC", code) if c.isalnum()).lower()
    # Nobody reads anything yet: what they are shown later has a ledger of its own.
    named = replace(actor, origin=replace(actor.origin, ledger=None))
    with platform.changing(named) as connection:
        if not standing_in(connection, actor.user).is_on:
            return ""
        if typed.isdigit():
            found = factors.totp_of(connection, actor.user)
            if found is None or not found.confirmed_at:
                return ""
            authenticator = TOTP(_opened(platform, actor.user, found.secret))
            step = _step(platform, authenticator, typed)
            taken = step is not None and factors.take_step(connection, actor.user, step)
            return "totp" if taken else ""
        if factors.take_code(connection, actor.user, _hashed(typed), platform.stamp()):
            left = factors.codes_left(connection, actor.user)
            audit.note(connection, Entry(action="factor.recover", detail={"left": left}))
            return "recovery"
    return ""


def _step(platform: Platform, authenticator: TOTP, code: str) -> int | None:
    """Return the time step of which ``code`` is; None if it is of none near the present."""
    typed = unicodedata.normalize("NFKC", code).replace(" ", "").encode()
    now = int(platform.clock().timestamp()) // STEP
    found = None
    # Every step is compared, whichever fits.
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(authenticator.generate_otp(step).encode(), typed):
            found = step
    return found


def _new_codes() -> list[str]:
    return ["-".join(_group() for _ in range(GROUPS)) for _ in range(CODES)]


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUP))


def _hashed(code: str) -> str:
    # 80 random bits need no slow hash.
    return sha256(code.replace("-", "").translate(MEANT).encode()).hexdigest()


def _sealed(platform: Platform, user: str, secret: str) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(platform.config.key("totp")).encrypt(
        nonce, secret.encode(), user.encode()
    )


def _opened(platform: Platform, user: str, sealed: bytes) -> str:
    """Return a secret; ``Unknown`` for one sealed with another key, or for somebody else."""
    cipher = AESGCM(platform.config.key("totp"))
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], user.encode()).decode()
    except InvalidTag:
        raise Unknown from None
