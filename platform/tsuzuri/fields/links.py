"""Addresses that may become links, and nothing else: no script, no data, no file."""

from __future__ import annotations

import re
from urllib.parse import quote

from markupsafe import Markup, escape

_WEB = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)
_MAIL = re.compile(r"[^\s:/?#@]+@[^\s:/?#@]+")
_DIALLED = re.compile(r"[^0-9+*#,]")


def target(protocol: str, text: str) -> str | None:
    """Return the address behind ``text``, or None where a link would not be safe."""
    if protocol == "call":
        number = quote(_DIALLED.sub("", text), safe="+*,")
        return f"tel:{number}" if number else None
    if protocol == "mail":
        return f"mailto:{quote(text, safe='@+')}" if _MAIL.fullmatch(text) else None
    return text if _WEB.match(text) else None


def anchor(protocol: str, text: str) -> Markup:
    """Return a link that says ``text``, or the escaped text alone."""
    address = target(protocol, text)
    if address is None:
        return escape(text)
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, text)
