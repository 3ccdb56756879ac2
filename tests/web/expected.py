"""The headers that every answer has to carry."""

from __future__ import annotations

from typing import Any

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'; manifest-src 'self'; report-uri /csp-report"
)
FILE_POLICY = "sandbox; default-src 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def wrong_in(headers: Any, *, policy: str = PAGE_POLICY) -> list[str]:
    """Return what is wrong with the headers of one answer that caches must not keep."""
    expected = {
        **ALWAYS,
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Vary": "Cookie, HX-Request",
    }
    found = [
        f"{name}: {headers.get(name)}"
        for name, text in expected.items()
        if headers.get(name) != text
    ]
    forbidden = ("Strict-Transport-Security", "Access-Control-Allow-Origin", "X-Powered-By", "ETag")
    return found + [name for name in forbidden if name in headers]
