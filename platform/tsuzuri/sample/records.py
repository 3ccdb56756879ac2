"""Streams the records of the sample town, oldest first, holding one day of them at a time."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate, islice

from .attendance import Attendance
from .bank import Reader
from .casework import ASKED, Intake, Ledger, Plan, Risk, Urgency
from .channels import Channel, channels
from .children import belonging
from .days import is_office_day, is_vacation, office_day_after, utc
from .meetings import Minutes, PlaceVisit, Request, Survey, Transfer
from .model import SampleChild, SampleRecord, SampleTown
from .plan import ATTENDANCE_SHARE, SHARES, growth, spread, window
from .registers import Registers, registered_on
from .visit import VisitLog
from .world import Now, When, World

_SCHOOLS = frozenset(("sch", "centre"))
_PHASE_WEIGHT = {"n": 1.7, "e": 1.6, "w": 1.3, "s": 0.8}

_REPORT_LAST = {
    arc: place
    for place, arc in enumerate(
        ("absence", "neglect", "carer", "bruise", "mother", "teen", "dv", "poverty", "growth",
         "parenting", "moving", "baby", "pregnancy")
    )
}  # fmt: skip
"""Whose attendance is asked for first."""

Form = Ledger | Minutes | Plan | Request | Risk | Survey | Transfer | Urgency | Intake
_FORMS: dict[str, type[Form]] = {
    "intake": Intake,
    "progress-ledger": Ledger,
    "urgency-assessment": Urgency,
    "risk-assessment": Risk,
    "support-plan": Plan,
    "meeting-minutes": Minutes,
    "case-transfer": Transfer,
    "info-request": Request,
    "pilot-survey": Survey,
}
_SUITS: dict[str, Callable[[Now], bool]] = {
    "intake": lambda now: now.phase in ("n", "w"),
    "urgency-assessment": lambda now: now.phase in ("n", "w", "e") and now.arc in ASKED,
    "meeting-minutes": lambda now: len(now.team) >= 3,
    "support-plan": lambda now: now.phase != "n" and not now.child.unborn,
    "risk-assessment": lambda now: not now.child.unborn,
    "info-request": lambda now: len(now.team) >= 2,
}

Open = tuple[list[float], list[Channel]]


def records(town: SampleTown, *, total: int = 9000) -> Iterator[SampleRecord]:
    """Every record of the town, in the order in which they were saved.

    A town with fewer than some 3,000 records has fewer children, too, so that each child still
    has a story.
    """
    yield from islice(_Stream(town, total).run(), total)


class _Stream:
    """One run through the two years."""

    def __init__(self, town: SampleTown, total: int) -> None:
        self._world = World(town)
        reader = Reader(self._world.draw)
        self._draw = self._world.draw
        self._visits = VisitLog(self._world, reader)
        self._registers = Registers(self._world, reader)
        self._attendance = Attendance(self._world, reader)
        self._places = PlaceVisit(self._world, reader)
        self._forms: dict[str, Form] = {
            app: form(self._world, reader) for app, form in _FORMS.items()
        }
        self._reporters: list[Now] = []
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
            day = registered_on(child, start=self._days[0], today=self._today)
            found.setdefault(day, []).append(child)
        return found

    def _plan(self, total: int) -> dict[str, list[int]]:
        households = len({child.household for child in self._children})
        rest = total - len(self._children) - households
        counts = {app: round(rest * share) for app, share in SHARES.items()}
        reports = sum(self._reporting(day) for day in self._days if day.day == 1)
        counts["attendance"] = min(round(rest * ATTENDANCE_SHARE), int(reports * 0.8))
        self._leaving = self._departures()
        counts["case-transfer"] = min(sum(map(len, self._leaving.values())), max(0, rest))
        counts["visit-log"] = rest - sum(counts.values())
        plans = {app: spread(app, count, days=self._days) for app, count in counts.items()}
        plans["case-transfer"] = [len(self._leaving.get(day, ())) for day in self._days]
        return plans

    def _departures(self) -> dict[date, list[SampleChild]]:
        """Who is handed over to another town, and when the letter is written."""
        found: dict[date, list[SampleChild]] = {}
        for child in self._children:
            if child.closed and child.status == "移管":
                day = office_day_after(child.closed - timedelta(days=12), 0)
                found.setdefault(day, []).append(child)
        return found

    def _reporting(self, day: date) -> int:
        """How many children have a nursery or school that can report of them."""
        return sum(
            1
            for child in self._children
            if belonging(child, day)
            and registered_on(child, start=self._days[0], today=self._today) < day
        )

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
                found.extend(self._make(app, day) for _ in range(plan[place]))
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
        if (day.year, day.month) != self._month:
            self._reporters = []
        self._month = (day.year, day.month)
        self._open.clear()
        self._active = [
            self._world.now(child, day)
            for child in self._children
            if registered_on(child, start=self._days[0], today=self._today) <= day
            and (child.closed is None or child.closed > day)
        ]
        weights = (_PHASE_WEIGHT[now.phase] for now in self._active)
        self._odds = list(accumulate(weights))

    def _someone(self) -> Now:
        return self._active[bisect(self._odds, self._draw() * self._odds[-1])]

    def _make(self, app: str, day: date) -> SampleRecord:
        when = When(day, growth(self._position))
        if app == "visit-log":
            return self._visit(when)
        if app == "attendance":
            return self._attendance.record(self._next_reporter(), when)
        if app == "case-transfer":
            return self._forms[app].record(self._world.now(self._leaving[day].pop(), day), when)
        if app == "place-visit":
            return self._place_visit(when)
        return self._forms[app].record(self._subject(app), when)

    def _visit(self, when: When) -> SampleRecord:
        while True:
            now = self._someone()
            channel = self._channel(now, when)
            if channel:
                return self._visits.record(now, channel, when=when)

    def _next_reporter(self) -> Now:
        """Reports go child by child, the same children every month."""
        if not self._reporters:
            able = [now for now in self._active if now.belonging]
            able.sort(key=lambda now: (_REPORT_LAST[now.arc], now.child.taste), reverse=True)
            self._reporters = able or list(self._active)
        return self._reporters.pop()

    def _subject(self, app: str) -> Now:
        """A child that such a form suits."""
        suits = _SUITS.get(app)
        now = self._someone()
        for _ in range(20):
            if suits is None or suits(now):
                break
            now = self._someone()
        return now

    def _place_visit(self, when: When) -> SampleRecord:
        guests = [now for now in self._active if "E03" in now.team]
        if not guests:
            guests = [now for now in self._active if now.belonging] or self._active
        chosen = self._world.random.sample(guests, min(len(guests), 3 + int(self._draw() * 5)))
        return self._places.record(chosen[0], when, others=chosen[1:])

    def _channel(self, now: Now, when: When) -> Channel | None:
        day = when.day
        sort = "open" if is_office_day(day) else "closed"
        if sort == "open" and is_vacation(day):
            sort = "vacation"
        key = (now.child.number, sort)
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = _only(channels(now, when.growth), sort)
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
