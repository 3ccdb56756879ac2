"""How many records of which app fall on which day of the two years."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from math import exp

from .children import WINDOW_DAYS
from .days import is_office_day, is_vacation

SHARES: Mapping[str, float] = {
    "intake": 0.026,
    "progress-ledger": 0.030,
    "urgency-assessment": 0.007,
    "risk-assessment": 0.013,
    "support-plan": 0.011,
    "meeting-minutes": 0.013,
    "info-request": 0.0075,
    "place-visit": 0.0095,
    "pilot-survey": 0.0055,
}
"""Of the records that are neither a register's nor the attendance's nor the visit log's."""

ATTENDANCE_SHARE = 0.1759
_SATURDAY = 5
_QUARTERS = (2, 5, 8, 11)


def growth(position: float) -> float:
    """How far the town has come in sharing, from 0 to 1; ``position`` runs from 0 to 1."""
    return 1 / (1 + exp(-(position - 0.68) * 14))


def window(today: date) -> list[date]:
    """The days of the two years, the last of them today."""
    return [today - timedelta(days=back) for back in range(WINDOW_DAYS, -1, -1)]


def _visits(day: date, level: float) -> float:
    base = 0.75 + 0.5 * level
    if not is_office_day(day):
        return base * (0.07 if day.weekday() == _SATURDAY else 0.03)
    return base * (0.85 if is_vacation(day) else 1.0)


def _reports(day: date, level: float) -> float:
    """Attendance comes in during the first days of the month."""
    return 1.0 + level if day.day <= 9 and is_office_day(day) else 0.0


def _ledger(day: date, _level: float) -> float:
    """The practitioners' meeting goes through the cases four times a year."""
    meets = day.month in _QUARTERS and 15 <= day.day <= 21
    return 1.0 if meets and is_office_day(day) else 0.0


def _office(day: date, _level: float) -> float:
    return 1.0 if is_office_day(day) else 0.0


_WEIGHTS: Mapping[str, Callable[[date, float], float]] = {
    "visit-log": _visits,
    "place-visit": lambda day, _level: 1.0 if day.weekday() in (2, _SATURDAY) else 0.0,
    "intake": lambda day, _level: 1.0 if is_office_day(day) else 0.12,
    "attendance": _reports,
    "progress-ledger": _ledger,
}


def spread(app: str, count: int, *, days: Sequence[date]) -> list[int]:
    """So many records of an app on each of these days; together they are ``count``.

    The first week is left to the registers: a record needs the child's own record before it.
    """
    last = len(days) - 1
    weigh = _WEIGHTS.get(app, _office)
    weights = [
        weigh(day, growth(place / last)) if place >= 7 else 0.0 for place, day in enumerate(days)
    ]
    total = sum(weights)
    found, done, run = [], 0, 0.0
    for weight in weights:
        run += weight
        upto = round(count * run / total)
        found.append(upto - done)
        done = upto
    return found
