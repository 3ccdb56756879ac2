"""Passkeys (WebAuthn), by the library webauthn: made, shown and given up.

An authenticator signs what the browser tells of the page it is on, so a key shown to another site
is of no use here.  For which site a key is comes from the configured address, never from what a
request claims.  A challenge is one browser's, works once and for five minutes.  Every refusal is
the same to who is refused.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tsuzuri.access.actors import Actor, Origin
from tsuzuri.errors import Invalid, Problem, Unknown, message
from tsuzuri.services import factors, people
from tsuzuri.services.platform import Platform
from tsuzuri.services.sessions import hashed
from tsuzuri.storage import audit, passkeys, single_uses
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.database import Connection
from tsuzuri.storage.passkeys import Passkey
from tsuzuri.storage.single_uses import SingleUse

MAKE, SHOW = "passkey.make", "passkey.show"
TIME = timedelta(minutes=5)
MOST = 20
LONGEST_NAME = 60
LONGEST_ID = 1400
"""Of an id in base64url: WebAuthn allows 1023 bytes."""
NAME = 16
"""How much of a hash names a passkey in addresses and in the log."""
ALGORITHMS = (
    Algorithm.EDDSA,
    Algorithm.ECDSA_SHA_256,
    Algorithm.RSASSA_PKCS1_v1_5_SHA_256,
)
WRONG = message("パスキーで確認できませんでした。もう一度お試しください。")
NOT_MADE = message("パスキーを登録できませんでした。もう一度お試しください。")
_BROKEN = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the library raises for what no authenticator would send."""


@dataclass(frozen=True, slots=True)
class Party:
    """For which site passkeys are (the RP id), and the origin of its pages."""

    id: str
    origin: str


def party(address: str) -> Party | None:
    """Return the site at an address; None where browsers offer no passkeys.

    They do over TLS, and in the clear at ``localhost``; for names, not for numbers.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    if not host or usual is None or (parts.scheme == "http" and host != "localhost"):
        return None
    try:
        ip_address(host)
    except ValueError:
        where = host if port in {None, usual} else f"{host}:{port}"
        return Party(host, f"{parts.scheme}://{where}")
    return None


def name_of(passkey: Passkey) -> str:
    """Return what names a passkey in an address, and in the log."""
    return sha256(passkey.id.encode()).hexdigest()[:NAME]


def mine(platform: Platform, user: str) -> list[Passkey]:
    """Return a person's passkeys, the oldest first."""
    with platform.database.platform() as connection:
        return passkeys.of_user(connection, user)


def ask_new(platform: Platform, actor: Actor, site: Party) -> tuple[str, dict[str, Any]]:
    """Return a challenge, and the options with which a browser makes a passkey."""
    challenge = _challenge(platform, MAKE, actor.user)
    options = webauthn.generate_registration_options(
        rp_id=site.id,
        rp_name=("綴 " + platform.config.municipality).strip(),
        user_id=_handle(platform, actor.user),
        user_name=actor.user,
        user_display_name=platform.directory.name("user", actor.user),
        challenge=base64url_to_bytes(challenge),
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(platform, actor.user),
        supported_pub_key_algs=list(ALGORITHMS),
    )
    return challenge, json.loads(webauthn.options_to_json(options))


def ask(platform: Platform, site: Party, user: str = "") -> tuple[str, dict[str, Any]]:
    """Return a challenge, and the options with which a browser shows a passkey.

    Without ``user`` they are the same for everybody: the passkey tells whose it is.
    """
    challenge = _challenge(platform, SHOW, user)
    options = webauthn.generate_authentication_options(
        rp_id=site.id,
        challenge=base64url_to_bytes(challenge),
        allow_credentials=_described(platform, user) if user else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return challenge, json.loads(webauthn.options_to_json(options))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a browser answered to a challenge, and the site and challenge that it was asked for."""

    site: Party
    challenge: str
    answer: str


def register(platform: Platform, actor: Actor, shown: Shown, name: str, *, here: str) -> list[str]:
    """Add a passkey; return what ``factors.first`` does.  Raises ``Invalid``."""
    name = name.strip()
    taken = _take(platform, MAKE, shown.challenge, actor.user)
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        limit = message(
            "パスキーの名前を1文字以上{most}文字以内で入力してください。", most=LONGEST_NAME
        )
        raise Invalid([Problem("/name", limit)])
    made = _made(actor, shown, name, platform.stamp()) if taken else None
    if made is None:
        raise Invalid([Problem("/passkey", NOT_MADE)])
    with platform.changing(actor) as connection:
        if len(passkeys.of_user(connection, actor.user)) >= MOST:
            raise Invalid([Problem("/passkey", message("パスキーは{most}個までです。", most=MOST))])
        codes = factors.first(platform, connection, actor, here=here)
        if not passkeys.add(connection, made):
            raise Invalid([Problem("/passkey", NOT_MADE)])
        _note(connection, "passkey.add", made)
    return codes


def remove(platform: Platform, actor: Actor, named: str) -> None:
    """Take one of a person's own passkeys away; anybody else's is ``Unknown``.

    With the last second factor the recovery codes go too.
    """
    with platform.changing(actor) as connection:
        found = [one for one in passkeys.of_user(connection, actor.user) if name_of(one) == named]
        if not found:
            raise Unknown
        passkeys.remove(connection, actor.user, found[0].id)
        _note(connection, "passkey.remove", found[0])
        factors.tidy(connection, actor.user)


def check(platform: Platform, shown: Shown, origin: Origin, user: str = "") -> str:
    """Return whose passkey was shown, or nothing; with ``user`` it must be theirs.

    The challenge is used up, whatever comes of it.
    """
    if not _take(platform, SHOW, shown.challenge, user):
        return ""
    try:
        credential = parse_authentication_credential_json(shown.answer)
    except _BROKEN:
        return ""
    found = _known(platform, credential.id)
    if found is None or (user and found.user != user):
        return ""
    told = _tells(platform, credential.response.user_handle, found.user, asked=bool(user))
    count = _count(credential, shown, found) if told else None
    return "" if count is None else _signed(platform, found, count, origin)


def _known(platform: Platform, credential: str) -> Passkey | None:
    # A database may refuse what no id consists of.
    if not (credential.isascii() and credential.isprintable()):
        return None
    with platform.database.platform() as connection:
        return passkeys.find(connection, credential)


def _count(credential: AuthenticationCredential, shown: Shown, passkey: Passkey) -> int | None:
    """Return the counter that a passkey signed along with all the rest; None for anything else."""
    try:
        return webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(shown.challenge),
            expected_rp_id=shown.site.id,
            expected_origin=shown.site.origin,
            credential_public_key=passkey.public_key,
            # Compared where it is written down, so that a copy is told apart.
            credential_current_sign_count=0,
            require_user_verification=True,
        ).new_sign_count
    except _BROKEN:
        return None


def _tells(platform: Platform, handle: bytes | None, user: str, *, asked: bool) -> bool:
    """Tell whether a user handle is a person's; a key that was asked for may tell none."""
    if not handle:
        return asked
    return hmac.compare_digest(handle, _handle(platform, user))


def _signed(platform: Platform, passkey: Passkey, count: int, origin: Origin) -> str:
    """Write down that a passkey signed; return whose it is, if that one may come in."""
    actor = people.actor(platform, passkey.user)
    if actor is None:
        return ""
    # Nobody reads anything yet: what they are shown later has a ledger of its own.
    named = replace(actor, origin=replace(origin, ledger=None))
    with platform.changing(named) as connection:
        if passkeys.take_count(connection, passkey.id, count, platform.stamp()):
            return passkey.user
        # Two authenticators hold one key, or an answer was kept and shown again; unless the
        # passkey was given up just now, by its own person.
        if passkeys.find(connection, passkey.id) is not None:
            _note(connection, "passkey.clone", passkey)
    return ""


def _made(actor: Actor, shown: Shown, name: str, at: str) -> Passkey | None:
    """Return the passkey that a browser made; None for anything else."""
    try:
        made = webauthn.verify_registration_response(
            credential=shown.answer,
            expected_challenge=base64url_to_bytes(shown.challenge),
            expected_rp_id=shown.site.id,
            expected_origin=shown.site.origin,
            require_user_verification=True,
            supported_pub_key_algs=list(ALGORITHMS),
        )
    except _BROKEN:
        return None
    credential = bytes_to_base64url(made.credential_id)
    if len(credential) > LONGEST_ID:
        return None
    return Passkey(
        id=credential,
        user=actor.user,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        created_at=at,
    )


def _challenge(platform: Platform, kind: str, user: str) -> str:
    """Return a challenge, of which the database keeps the hash."""
    challenge = bytes_to_base64url(secrets.token_bytes(32))
    until = (platform.clock() + TIME).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kept = SingleUse(hash=hashed(challenge), kind=kind, user=user, value="", expires_at=until)
    with platform.database.platform(writing=True) as connection:
        single_uses.put(connection, kept, platform.stamp())
    return challenge


def _take(platform: Platform, kind: str, challenge: str, user: str) -> bool:
    """Use a challenge up; tell whether it worked, for that person."""
    with platform.database.platform(writing=True) as connection:
        found = single_uses.take(connection, hashed(challenge), kind, platform.stamp())
    return found is not None and found[0] == user


def _described(platform: Platform, user: str) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in mine(platform, user)
    ]


def _handle(platform: Platform, user: str) -> bytes:
    """Return what an authenticator knows a person by: nothing that anybody else can read."""
    return hmac.digest(platform.config.key("passkey"), user.encode(), "sha256")


def _note(connection: Connection, action: str, passkey: Passkey) -> None:
    audit.note(connection, Entry(action=action, detail={"passkey": name_of(passkey)}))
