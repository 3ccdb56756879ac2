"""Streams the records of the sample town, oldest first, holding one day of them at a time."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from datetime import date, datetime
from itertools import accumulate

from .bank import Reader
from .channels import Channel, channels
from .days import is_office_day, is_vacation, utc
from .model import SampleChild, SampleRecord, SampleTown
from .plan import SHARES, growth, spread, window
from .registers import Registers, registered_on
from .visit import VisitLog
from .world import Now, World

_SCHOOLS = frozenset(("sch", "centre"))
_PHASE_WEIGHT = {"n": 1.7, "e": 1.6, "w": 1.3, "s": 0.8}

Open = tuple[list[float], list[Channel]]


def records(town: SampleTown, *, total: int = 9000) -> Iterator[SampleRecord]:
    """Every record of the town, in the order in which they were saved.

    A town with fewer than some 3,000 records has fewer children, too, so that each child still
    has a story.
    """
    yield from _Stream(town, total).run()


class _Stream:
    """One run through the two years."""

    def __init__(self, town: SampleTown, total: int) -> None:
        self._world = World(town)
        reader = Reader(self._world.draw)
        self._draw = self._world.draw
        self._visits = VisitLog(self._world, reader)
        self._registers = Registers(self._world, reader)
        self._days = window(town.today)
        self._today = town.today
        self._children = town.children[: max(1, min(len(town.children), total // 10))]
        self._due = self._registrations()
        self._plans = self._plan(total)
        self._month: tuple[int, int] = (0, 0)
        self._active: list[Now] = []
        self._odds: list[float] = []
        self._open: dict[tuple[int, str], Open] = {}
        self._position = 0.0

    def _registrations(self) -> dict[date, list[SampleChild]]:
        found: dict[date, list[SampleChild]] = {}
        for child in self._children:
            day = registered_on(child, self._days[0], self._today)
            found.setdefault(day, []).append(child)
        return found

    def _plan(self, total: int) -> dict[str, list[int]]:
        households = len({child.household for child in self._children})
        rest = total - len(self._children) - households
        counts = {app: round(rest * share) for app, share in SHARES.items()}
        counts = {}
        counts["visit-log"] = rest - sum(counts.values())
        return {app: spread(app, count, self._days) for app, count in counts.items()}

    def run(self) -> Iterator[SampleRecord]:
        """Day by day; within a day by the minute."""
        last = len(self._days) - 1
        known: set[int] = set()
        for place, day in enumerate(self._days):
            self._position = place / last
            found = list(self._registered(day, known))
            if (day.year, day.month) != self._month or found:
                self._begin_month(day)
            for app, plan in self._plans.items():
                for _ in range(plan[place]):
                    found.append(self._make(app, day))
            found.sort(key=_moment)
            yield from found

    def _registered(self, day: date, known: set[int]) -> Iterator[SampleRecord]:
        for number, child in enumerate(self._due.get(day, ())):
            at = utc(day, 8 * 60 + 30 + number % 25)
            if child.household not in known:
                known.add(child.household)
                household = self._world.town.households[child.household - 1]
                yield self._registers.household(household, at)
            yield self._registers.child(self._world.now(child, self._today), at)

    def _begin_month(self, day: date) -> None:
        self._month = (day.year, day.month)
        self._open.clear()
        self._active = [
            self._world.now(child, day)
            for child in self._children
            if registered_on(child, self._days[0], self._today) <= day
            and (child.closed is None or child.closed > day)
        ]
        weights = (_PHASE_WEIGHT[now.phase] for now in self._active)
        self._odds = list(accumulate(weights))

    def _someone(self) -> Now:
        return self._active[bisect(self._odds, self._draw() * self._odds[-1])]

    def _make(self, app: str, day: date) -> SampleRecord:
        level = growth(self._position)
        now = self._someone()
        channel = self._channel(now, day, level)
        while channel is None:
            now = self._someone()
            channel = self._channel(now, day, level)
        return self._visits.record(now, channel, day, level)

    def _channel(self, now: Now, day: date, level: float) -> Channel | None:
        sort = "open" if is_office_day(day) else "closed"
        if sort == "open" and is_vacation(day):
            sort = "vacation"
        key = (now.child.number, sort)
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = _only(channels(now, level), sort)
        odds, options = found
        return options[bisect(odds, self._draw() * odds[-1])] if options else None


def _only(found: Open, sort: str) -> Open:
    """The channels that are open on such a day."""
    odds, options = found
    weights = [upto - before for upto, before in zip(odds, [0.0, *odds], strict=False)]
    kept = [
        (weight, channel)
        for weight, channel in zip(weights, options, strict=True)
        if sort == "open"
        or (sort == "closed" and channel.always)
        or (sort == "vacation" and channel.telling not in _SCHOOLS)
    ]
    return list(accumulate(weight for weight, _ in kept)), [channel for _, channel in kept]


def _moment(record: SampleRecord) -> datetime:
    return record.at
