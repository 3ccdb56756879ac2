"""Requests to the one identity provider that is configured, and to nothing else.

Only to named hosts, only over TLS (in the clear to this very machine alone), without following
redirects, without proxies from the environment, with limits on time and size.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import httpx

from tsuzuri.config import Oidc

SECONDS = 5.0
ALTOGETHER = 10.0
LARGEST = 256 * 1024
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Unreachable(Exception):
    """The provider did not answer as it must; why is for the log, not for people."""


class Narrow(httpx.BaseTransport):
    """Lets nothing but requests to ``hosts`` out, and nothing but small plain answers in."""

    def __init__(self, hosts: Iterable[str], inner: httpx.BaseTransport | None = None) -> None:
        self.hosts = frozenset(hosts)
        self.inner = inner or httpx.HTTPTransport(retries=0, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.  Raises ``Unreachable``."""
        if not allowed(str(request.url), self.hosts):
            raise Unreachable("an address of another host")
        # What is packed could unpack to any size.
        request.headers["Accept-Encoding"] = "identity"
        begun = time.monotonic()
        try:
            answer = self.inner.handle_request(request)
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise Unreachable("a packed answer")
            body = b"".join(_limited(answer, begun))
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from None
        answer.close()
        if 300 <= answer.status_code < 400:
            raise Unreachable("a redirect")
        kept = {"Content-Type": answer.headers.get("Content-Type", "")}
        return httpx.Response(answer.status_code, headers=kept, content=body, request=request)

    def close(self) -> None:
        """Close the connections."""
        self.inner.close()


def _limited(answer: httpx.Response, begun: float) -> Iterator[bytes]:
    size = 0
    for part in answer.iter_raw():
        size += len(part)
        if size > LARGEST:
            raise Unreachable("a large answer")
        if time.monotonic() - begun > ALTOGETHER:
            raise Unreachable("a slow answer")
        yield part


def allowed(address: str, hosts: Iterable[str]) -> bool:
    """Tell whether an address is one of ``hosts``, safe to send secrets to."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.scheme == "http" and host in LOOPBACK
    if parts.username is not None or not (parts.scheme == "https" or plain):
        return False
    return f"{host}:{port}" in hosts or (port is None and host in hosts)


def hosts_of(provider: Oidc) -> frozenset[str]:
    """Return the hosts that the provider answers from, each with its port if it has one."""
    parts = urlsplit(provider.issuer)
    own = parts.hostname or ""
    return frozenset({f"{own}:{parts.port}" if parts.port else own, *provider.hosts})
