"""An identity provider on loopback that says what a test wants it to say, forgeries above all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT_ID = "tsuzuri"
Answer = tuple[int, Mapping[str, str], bytes]


@dataclass
class Forger:
    """What the provider answers; a test changes ``token``, ``about`` or an answer whole."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "right"}))
    token: Callable[[], str] = str
    about: dict[str, Any] = field(default_factory=dict)
    whole: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def claims(self, nonce: str, **changed: Any) -> dict[str, Any]:
        """Return the claims of a good ID token, some of them changed; None takes one away."""
        now = int(time.time())
        good = {
            "iss": self.issuer,
            "sub": "worker-1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
        }
        return {name: one for name, one in {**good, **changed}.items() if one is not None}

    def signed(self, claims: Mapping[str, Any], key: RSAKey | None = None) -> str:
        """Sign claims as the provider does."""
        return jwt.encode({"alg": "RS256", "kid": "right"}, dict(claims), key or self.key)

    def confused(self, claims: Mapping[str, Any]) -> str:
        """Sign with the public key as if it were a shared secret."""
        secret = OctKey.import_key(self.key.as_pem(private=False))
        return jwt.encode({"alg": "HS256", "kid": "right"}, dict(claims), secret)

    def answer(self, path: str) -> Answer:
        """Return status, headers and body for a path."""
        self.asked.append(path)
        if path in self.whole:
            return self.whole[path]
        if path == "/.well-known/openid-configuration":
            about = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
            return _json({**about, **self.about})
        if path == "/keys":
            return _json({"keys": [self.key.as_dict(private=False)]})
        return _json({"access_token": "a", "token_type": "Bearer", "id_token": self.token()})


def _json(body: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


@contextmanager
def forging() -> Iterator[Forger]:
    """Run a forger on a free port."""
    forger = Forger()

    class Handler(BaseHTTPRequestHandler):
        """Answers whatever comes."""

        def do_GET(self) -> None:
            """Answer one request."""
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, body = forger.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  the same

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the same
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        forger.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield forger
        finally:
            server.shutdown()
            thread.join()
