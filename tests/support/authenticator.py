"""An authenticator in software: keys of the kind ES256, and the browser that tells it where it is.

Everything that it signs can be said wrong, as a browser never would.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ORIGIN = "http://localhost"


@dataclass
class Authenticator:
    """One key, made for one person at one site."""

    origin: str = ORIGIN
    flags: int = PRESENT | VERIFIED
    count: int = 1
    id: bytes = field(default_factory=lambda: token_bytes(32))
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: Mapping[str, Any], **wrong: Any) -> str:
        """Answer to ``navigator.credentials.create``."""
        self.handle = websafe_decode(options["user"]["id"])
        public = ES256.from_cryptography_key(  # type: ignore[no-untyped-call]  # fido2 has no types
            self.key.public_key()
        )
        attested = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        flags = wrong.get("flags", self.flags) | ATTESTED
        site = _hashed(wrong.get("site", options["rp"]["id"]))
        data = AuthenticatorData.create(site, flags, self.count, bytes(attested))
        said = self._said("webauthn.create", options, wrong)
        made = AttestationObject.create("none", data, {})
        return self._answer(clientDataJSON=said, attestationObject=bytes(made))

    def show(self, options: Mapping[str, Any], **wrong: Any) -> str:
        """Answer to ``navigator.credentials.get``."""
        self.count = wrong.get("count", self.count + 1)
        flags, site = wrong.get("flags", self.flags), wrong.get("site", options["rpId"])
        data = bytes(AuthenticatorData.create(_hashed(site), flags, self.count))
        said = self._said("webauthn.get", options, wrong)
        signed = self.key.sign(data + sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=said,
            authenticatorData=data,
            signature=wrong.get("signature", signed),
            userHandle=wrong.get("handle", self.handle),
        )

    def _said(self, sort: str, options: Mapping[str, Any], wrong: Mapping[str, Any]) -> bytes:
        said = {
            "type": wrong.get("type", sort),
            "challenge": wrong.get("challenge", options["challenge"]),
            "origin": wrong.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _answer(self, **parts: bytes) -> str:
        name = websafe_encode(self.id)
        response = {key: websafe_encode(value) for key, value in parts.items() if value}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def _hashed(site: str) -> bytes:
    return sha256(site.encode()).digest()
