"""Where a page of a list starts, read from an address and written into the next ones."""

from __future__ import annotations

from collections.abc import Mapping

LARGEST = 2**53 - 1
"""The largest id a record can have."""


def whole(text: str | None) -> int | None:
    """Return a number from an address; what cannot be an id is None."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 16:
        return None
    number = int(text)
    return number if number <= LARGEST else None


def changed(args: Mapping[str, str], **values: str | None) -> dict[str, str]:
    """Return an address's parameters with some changed; None takes one away."""
    merged: dict[str, str | None] = {**args, **values}
    return {name: text for name, text in merged.items() if text not in (None, "")}  # type: ignore[misc]  # None is filtered out
