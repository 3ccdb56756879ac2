"""Two ways to do the same work, taken in turns, so that a noisy neighbour meets both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import median

Work = Callable[[], object]
WARM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Medians in milliseconds; ``raw`` is None where there is nothing to compare with."""

    engine: str
    operation: str
    who: str = ""
    ours: float
    raw: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the raw driver's time ours takes."""
        return None if not self.raw else self.ours / self.raw


def milliseconds(work: Work) -> float:
    """Return how long ``work`` takes once."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def medians(works: dict[str, Work], rounds: int) -> dict[str, float]:
    """Return each work's median, warm, in an order shuffled anew each round."""
    order = list(works)
    found: dict[str, list[float]] = {name: [] for name in order}
    random = Random(1)
    for work in works.values():
        for _ in range(WARM):
            work()
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            found[name].append(milliseconds(works[name]))
    return {name: median(times) for name, times in found.items()}
