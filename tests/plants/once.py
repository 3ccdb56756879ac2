"""Bugs of what is to work once: codes of authenticators, from paper and in invitations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plants.planting import plant, replaced
from tsuzuri.storage import factors, single_uses, throttles


@plant("one-time codes")
def codes_are_looked_up_only() -> Iterator[None]:
    """A code is compared with those that were made, and is good as long as it stands there."""

    def any_step(*_given: Any) -> bool:
        return True

    with (
        replaced(single_uses, "take", single_uses.find),
        replaced(factors, "take_step", any_step),
    ):
        yield


@plant("one-time codes")
def codes_may_be_guessed() -> Iterator[None]:
    """The brake is for passwords; whoever is past that may try every code."""

    def unlimited(_connection: Any, _buckets: Any, _now: float) -> bool:
        return True

    with replaced(throttles, "take", unlimited):
        yield
