"""Where a page of a list starts, as an address says it."""

from __future__ import annotations

LARGEST = 2**53 - 1
"""The largest id a record can have."""


def whole(text: str | None) -> int | None:
    """Return a number from an address; what cannot be an id is None."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 16:
        return None
    number = int(text)
    return number if number <= LARGEST else None
