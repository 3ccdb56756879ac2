"""Handing mails to the one mail server that is configured, and telling how each came out."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from types import TracebackType
from typing import Self

from tsuzuri.config import Smtp

ANSWER = 600.0
"""Seconds a server may take to answer the end of a mail (RFC 5321, 4.5.3.2.6)."""
CLOSING = 421
SERVER = frozenset({"CONNECT", "MAIL"})
"""Steps that say nothing of the one mail: it names its recipient after them."""
DOT = re.compile(rb"^\.", re.MULTILINE)


class Failed(Exception):
    """A mail was not sent; the text says at which step, and by which code or kind of error.

    It never quotes the server, which may name an address.
    """


class Down(Failed):
    """No mail gets through now: there is no server, or it does not take ours."""


class Later(Failed):
    """This mail is not taken now."""


class Refused(Failed):
    """This mail is never taken."""


class Lost(Failed):
    """The end of the mail was said and no answer came: the server has it, or it has not."""


class Line:
    """A connection to the mail server, opened with the first mail and kept for the next."""

    def __init__(self, settings: Smtp) -> None:
        self.settings = settings
        self._link: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        link, self._link = self._link, None
        if link is not None:
            try:
                link.quit()
            except OSError:
                link.close()

    def send(self, letter: EmailMessage, to: str, ending: Callable[[], bool]) -> bool:
        """Send one mail.  Raises one of the above.

        ``ending`` is asked when all but the end of the mail is with the server, which throws it
        away if the end never comes; if it says no, the mail is given up and False returned.
        """
        step = "CONNECT"
        try:
            link = self._link = self._link or self._connected()
            step = "MAIL"
            self._judge(step, link.mail(self.settings.sender)[0])
            step = "RCPT"
            self._judge(step, link.rcpt(to)[0])
            step = "DATA"
            self._judge(step, link.docmd("DATA")[0], good=354)
            link.send(DOT.sub(b"..", letter.as_bytes(policy=WIRE)))
        except OSError as error:
            self._hang_up()
            # A mail over which the server hangs up must not keep the others.
            raise (Down if step in SERVER else Later)(_named(step, error)) from None
        if not self._still_mine(ending):
            return False
        try:
            if link.sock is not None:
                link.sock.settimeout(ANSWER)
            link.send(b".\r\n")
            code = link.getreply()[0]
            if link.sock is not None:
                link.sock.settimeout(self.settings.seconds)
        except OSError as error:
            self._hang_up()
            raise Lost(_named("END", error)) from None
        self._judge("END", code)
        return True

    def _still_mine(self, ending: Callable[[], bool]) -> bool:
        """Ask; if it is a no, hang up without a word, which would be part of the mail."""
        mine = False
        try:
            mine = ending()
        finally:
            if not mine:
                self._hang_up()
        return mine

    def _connected(self) -> smtplib.SMTP:
        given = self.settings
        name = given.sender.rpartition("@")[2]
        secured = ssl.create_default_context(cafile=given.ca or None)
        link: smtplib.SMTP
        if given.security == "tls":
            link = smtplib.SMTP_SSL(
                given.host, given.port, name, timeout=given.seconds, context=secured
            )
        else:
            link = smtplib.SMTP(given.host, given.port, name, timeout=given.seconds)
        try:
            if given.security == "starttls":
                link.starttls(context=secured)
            if given.user:
                link.login(given.user, given.password)
            link.ehlo_or_helo_if_needed()
        except BaseException:
            link.close()
            raise
        return link

    def _judge(self, step: str, code: int, *, good: int = 250) -> None:
        """Raise what an answer means, unless it is the good one (251: it knows where to)."""
        if code in {good, 251}:
            return
        said = f"{step} {code}"
        try:
            if code == CLOSING or self._link is None:
                self._hang_up()
            else:
                self._link.rset()
        except OSError:
            self._hang_up()
        if step in SERVER:
            raise Down(said)
        raise (Refused if code >= 500 else Later)(said)

    def _hang_up(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()


def _named(step: str, error: OSError) -> str:
    code = getattr(error, "smtp_code", 0)
    return f"{step} {code or type(error).__name__}"
