"""A mail server on loopback that takes everything, or answers as a test wants it to."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from support.server import PATIENCE, free_port

TAKEN = "250 taken"


@dataclass
class Sink:
    """What came in, and what is answered to whom."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    refusing: dict[str, str] = field(default_factory=dict)
    """By recipient: what RCPT is answered."""
    on_data: Callable[[], str] = lambda: TAKEN

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Answer a recipient."""
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802  the same
        """Keep a mail whose end was said, unless the answer is that it is not taken."""
        answer = self.on_data()
        if answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            letter = message_from_bytes(envelope.content, policy=default)
            assert isinstance(letter, EmailMessage)
            self.raw.append(envelope.content)
            self.letters.append(letter)
            self.recipients += envelope.rcpt_tos
        return answer

    def login(
        self, _server: Any, _session: Any, _envelope: Any, _how: str, data: Any
    ) -> AuthResult:
        """Let one account in."""
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right")


@contextmanager
def listening(certificate: Path | None = None, *, wrapped: bool = False) -> Iterator[Sink]:
    """Run a mail server; with a certificate it wants STARTTLS and a login, or TLS throughout."""
    sink = Sink(port=free_port())
    more: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        if wrapped:
            more = {"ssl_context": context}
        else:
            more = {"tls_context": context, "require_starttls": True, "auth_required": True}
        more["authenticator"] = sink.login
        more["auth_require_tls"] = not wrapped
    controller = Controller(
        sink,
        hostname="127.0.0.1",
        port=sink.port,
        server_hostname="sink.test",
        ready_timeout=PATIENCE,
        **more,
    )
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
