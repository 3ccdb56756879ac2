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
    """Medians in milliseconds; ``raw`` is None where there is nothing to compare with.

    ``best`` are the smallest times of both, which a busy machine disturbs least.
    """

    engine: str
    operation: str
    who: str = ""
    ours: float
    raw: float | None = None
    best: tuple[float, float] | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the raw driver's time ours takes."""
        return None if not self.raw else self.ours / self.raw

    @property
    def best_ratio(self) -> float | None:
        """The same of the smallest times."""
        return self.best[0] / self.best[1] if self.best and self.best[1] else None


def milliseconds(work: Work) -> float:
    """Return how long ``work`` takes once."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


@dataclass(frozen=True, slots=True)
class Times:
    """How long one piece of work took: the median and the least."""

    median: float
    least: float


def timed(works: dict[str, Work], rounds: int) -> dict[str, Times]:
    """Return each work's times, warm, in an order shuffled anew each round."""
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
    return {name: Times(median(times), min(times)) for name, times in found.items()}


def compared(place: tuple[str, str, str], works: dict[str, Work], rounds: int) -> Result:
    """Return how ``ours`` compares with ``raw``; ``place`` is engine, operation and who."""
    found = timed(works, rounds)
    ours, raw = found["ours"], found["raw"]
    return Result(
        engine=place[0],
        operation=place[1],
        who=place[2],
        ours=ours.median,
        raw=raw.median,
        best=(ours.least, raw.least),
    )
