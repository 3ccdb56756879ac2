"""Signing in at an identity provider (OpenID Connect, code flow with PKCE), by Authlib.

Nothing that the provider's answer claims is believed before its signature, issuer, audience, age
and nonce are.  Who somebody is there is their ``sub``, never a mail address, which may be given
to another person one day.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tsuzuri.config import Oidc
from tsuzuri.errors import TsuzuriError, message
from tsuzuri.services.outbound import SECONDS, Narrow, Unreachable, allowed, hosts_of

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
"""Signatures only a private key can make: ``none`` and those by a shared secret are not here."""

LEEWAY = 60
FRESH_SECONDS = 3600
AGAIN_SECONDS = 60
MOST_KEYS = 50
LONGEST_SUBJECT = 255
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "sms", "sc", "pop"})
"""Values of ``amr`` (RFC 8176) that say more than a password was asked for."""


class NotSignedIn(TsuzuriError):
    """The provider's answer does not prove who somebody is; ``why`` is for the log alone."""

    def __init__(self, why: str) -> None:
        super().__init__(message("ログインできませんでした。はじめからやり直してください。"))
        self.why = why


@dataclass(frozen=True, slots=True)
class Errand:
    """What one trip to the provider must bring back."""

    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Proven:
    """Who somebody is at the provider, and whether it asked for a second factor."""

    issuer: str
    subject: str
    two_factors: bool


@dataclass(slots=True)
class _Known:
    """What the provider said about itself, and when."""

    metadata: Mapping[str, Any]
    keys: KeySet
    at: float


@dataclass
class Provider:
    """The configured provider; remembers its addresses and keys for an hour."""

    config: Oidc
    back: str
    clock: Callable[[], datetime]
    _known: _Known | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def address(self, state: str, errand: Errand) -> str:
        """Return where to send the browser.  Raises ``NotSignedIn``."""
        query = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": self.back,
            "scope": "openid",
            "state": state,
            "nonce": errand.nonce,
            "code_challenge": create_s256_code_challenge(errand.verifier),
            "code_challenge_method": "S256",
        }
        endpoint = str(self._about().metadata["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def proven(self, code: str, errand: Errand, *, issuer: str = "") -> Proven:
        """Exchange a code for who somebody is.  Raises ``NotSignedIn``."""
        # RFC 9207: an answer of another provider is not taken to this one.
        if issuer and issuer.rstrip("/") != self.config.issuer:
            raise NotSignedIn("issuer of the answer")
        token = self._exchange(code, errand)
        raw = token.get("id_token")
        if not isinstance(raw, str):
            raise NotSignedIn("no id_token")
        claims = self._judged(raw, errand, str(token.get("access_token", "")))
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise NotSignedIn("subject")
        methods = frozenset(map(str, claims.get("amr") or ()))
        two = self.config.trust_mfa and bool(methods & SECOND_FACTORS)
        return Proven(self.config.issuer, subject, two)

    def _exchange(self, code: str, errand: Errand) -> Mapping[str, Any]:
        endpoint = str(self._about().metadata["token_endpoint"])
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": errand.verifier,
        }
        # RFC 6749, 2.3.1: both are form-encoded first, then joined.
        mine, secret = (
            quote(one, safe="") for one in (self.config.client_id, self.config.client_secret)
        )
        auth = httpx.BasicAuth(mine, secret) if secret else httpx.USE_CLIENT_DEFAULT
        if not secret:
            sent["client_id"] = self.config.client_id
        try:
            with self._client() as client:
                return _object(client.post(endpoint, data=sent, auth=auth))
        except (Unreachable, ValueError) as error:
            raise NotSignedIn(f"token endpoint: {error}") from None

    def _judged(self, raw: str, errand: Errand, access_token: str) -> Mapping[str, Any]:
        """Return the claims of an ID token that is signed, ours, for us, fresh, and asked for."""
        token = self._verified(raw)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "values": [self._about().metadata["issuer"]]},
                "aud": {"essential": True, "value": self.config.client_id},
                "nonce": {"essential": True, "value": errand.nonce},
            },
            {
                "nonce": errand.nonce,
                "client_id": self.config.client_id,
                "access_token": access_token,
            },
        )
        try:
            claims.validate(now=int(self.clock().timestamp()), leeway=LEEWAY)
        except JoseError as error:
            raise NotSignedIn(f"claims: {error}") from None
        audience = claims["aud"]
        if isinstance(audience, list) and audience != [self.config.client_id]:
            raise NotSignedIn("audience of others too")
        return dict(claims)

    def _verified(self, raw: str) -> jwt.Token:
        try:
            return jwt.decode(raw, self._about().keys, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):
            pass
        # The provider may have changed its keys; that is asked once a minute at most.
        try:
            return jwt.decode(raw, self._about(older=AGAIN_SECONDS).keys, list(ALGORITHMS))
        except (JoseError, ValueError) as error:
            raise NotSignedIn(f"signature: {type(error).__name__}") from None

    def _about(self, older: float = FRESH_SECONDS) -> _Known:
        with self._lock:
            if self._known is None or time.monotonic() - self._known.at > older:
                try:
                    self._known = self._asked()
                except (Unreachable, JoseError, ValueError, KeyError, TypeError) as error:
                    raise NotSignedIn(f"discovery: {type(error).__name__} {error}") from None
            return self._known

    def _asked(self) -> _Known:
        with self._client() as client:
            where = f"{self.config.issuer}/.well-known/openid-configuration"
            metadata = _object(client.get(where))
            if str(metadata["issuer"]).rstrip("/") != self.config.issuer:
                raise ValueError("another issuer")
            hosts = hosts_of(self.config)
            endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if not all(allowed(str(metadata[one]), hosts) for one in endpoints):
                raise ValueError("an address of another host")
            keys = _object(client.get(str(metadata["jwks_uri"])))["keys"]
        if not isinstance(keys, list) or len(keys) > MOST_KEYS:
            raise ValueError("keys")
        public = [one for one in keys if one.get("kty") in {"RSA", "EC", "OKP"}]
        return _Known(metadata, KeySet.import_key_set({"keys": public}), time.monotonic())

    def _client(self) -> httpx.Client:
        return httpx.Client(
            transport=Narrow(hosts_of(self.config)),
            timeout=SECONDS,
            follow_redirects=False,
            trust_env=False,
        )


def _object(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != 200:
        raise Unreachable(f"status {answer.status_code}")
    found = answer.json()
    if not isinstance(found, dict):
        raise Unreachable("no object")
    return found


def errand() -> Errand:
    """Return what one trip must bring back, from chance alone."""
    return Errand(nonce=generate_token(43), verifier=generate_token(64))
