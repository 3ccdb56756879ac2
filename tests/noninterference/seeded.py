"""Chance that can be repeated: every id and token is drawn from a stream of whoever acts.

One stream for all would let what others do unseen shift the ids a person gets, which real chance
does not.  So each step of each actor has a stream of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from unittest.mock import patch

from tsuzuri.storage.identity import EPOCH_MS, RANDOM_BITS, Ids
from worlds.town import Clock

WHO = ("setup", "attacker", "low", "high", "telling")
"""Whose stream; each has ids that no other can draw."""


@dataclass
class Chance:
    """The streams of one world; ``turn`` begins the stream of a step."""

    clock: Clock
    chance: Random = field(default_factory=lambda: Random(0))
    who: int = 0
    step: int = 0
    drawn: int = 0

    def turn(self, who: str, step: int) -> None:
        """Begin the stream of ``who`` at ``step``."""
        self.who, self.step, self.drawn = WHO.index(who), step, 0
        self.chance = Random(f"{who} {step}")

    def id(self, at_ms: int | None = None) -> int:
        """Return an id as the program makes them: by the clock, with random steps."""
        now = int(self.clock.now.timestamp() * 1000) if at_ms is None else at_ms
        self.drawn += 1 + self.chance.randrange(7)
        place = (self.step << RANDOM_BITS) + self.drawn
        return (((now - EPOCH_MS) << RANDOM_BITS) + place) // 8 * 8 + self.drawn * 8 + self.who

    def bits(self, count: int) -> int:
        """Stand in for ``secrets.randbits``."""
        return self.chance.getrandbits(count)

    def below(self, limit: int) -> int:
        """Stand in for ``secrets.randbelow``."""
        return self.chance.randrange(limit)

    def octets(self, count: int | None = None) -> bytes:
        """Stand in for ``secrets.token_bytes``."""
        return self.chance.randbytes(32 if count is None else count)

    def letters(self, count: int | None = None) -> str:
        """Stand in for ``secrets.token_hex`` and ``secrets.token_urlsafe``."""
        return self.octets(count).hex()


@contextmanager
def seeded(chance: Chance) -> Iterator[None]:
    """Let everything random in the program come from ``chance``."""
    with ExitStack() as stack:
        new = lambda _ids, at_ms=None: chance.id(at_ms)  # noqa: E731  a method for the class
        stack.enter_context(patch.object(Ids, "new", new))
        for name, stands_in in (
            ("randbits", chance.bits),
            ("randbelow", chance.below),
            ("token_bytes", chance.octets),
            ("token_hex", chance.letters),
            ("token_urlsafe", chance.letters),
        ):
            stack.enter_context(patch.object(secrets, name, stands_in))
        yield
