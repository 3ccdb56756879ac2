"""Where a problem stands in what was sent: services speak of a record, requests wrap it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tsuzuri.errors import Invalid, Problem


@contextmanager
def placed(pointer: str) -> Iterator[None]:
    """Let the problems found inside point below ``pointer``."""
    try:
        yield
    except Invalid as error:
        problems = [Problem(pointer + one.pointer, one.message) for one in error.problems]
        raise Invalid(problems) from None
