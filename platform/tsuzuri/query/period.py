"""The days that ``TODAY()``, ``LAST_WEEK(MONDAY)`` and their family stand for.

All of them are whole days in the **user's** zone: at 23:30 UTC it is already tomorrow in
Japan.  ``NOW()`` is not among them, because an instant has no zone to choose.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tsuzuri.errors import QueryError, message
from tsuzuri.query.tree import Call

_DAYS = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
_SHIFTS = {"LAST": -1, "THIS": 0, "NEXT": 1}
_SPAN = re.compile("(LAST|THIS|NEXT)_(WEEK|MONTH|YEAR)")
_WEEKDAYS = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")


@dataclass(frozen=True, slots=True)
class Moment:
    """When a condition is asked, and in whose zone: ``now`` is aware, in UTC."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The date on the user's own calendar."""
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` up to, but without, ``end``."""

    start: date
    end: date


def is_period(call: Call) -> bool:
    """Tell whether the function stands for days, as opposed to an instant or a person."""
    return call.name in _DAYS or call.name == "FROM_TODAY" or bool(_SPAN.fullmatch(call.name))


def period(call: Call, moment: Moment) -> Period:
    """Return the days of a parsed call.

    Raises ``QueryError`` when they lie outside the calendar, ``ValueError`` for a call that is
    no period: asking ``is_period`` first is the caller's part.
    """
    if not is_period(call):
        raise ValueError(call.name)
    try:
        return _period(call, moment.today)
    except (ValueError, OverflowError):
        raise QueryError(
            message("{name} の日付が暦の範囲を超えます。数を小さくしてください。", name=call.name)
        ) from None


def _period(call: Call, today: date) -> Period:
    if call.name in _DAYS:
        return _day(today + timedelta(days=_DAYS[call.name]))
    if call.name == "FROM_TODAY":
        return _day(_moved(today, int(call.args[0]), call.args[1]))
    shift, unit = call.name.split("_")
    argument = call.args[0] if call.args else None
    return _SPANS[unit](today, _SHIFTS[shift], argument)


def _day(day: date) -> Period:
    return Period(day, day + timedelta(days=1))


def _moved(day: date, count: int, unit: str) -> date:
    match unit:
        case "DAYS":
            return day + timedelta(days=count)
        case "WEEKS":
            return day + timedelta(weeks=count)
        case "MONTHS":
            return _months(day, count)
        case _:
            return _months(day, 12 * count)


def _months(day: date, count: int) -> date:
    """Move by months; the 31st becomes the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return _clamped(date(year, month + 1, 1), day.day)


def _clamped(first: date, day: int) -> date:
    return first.replace(day=min(day, calendar.monthrange(first.year, first.month)[1]))


def _week(today: date, shift: int, weekday: str | None) -> Period:
    sunday = today + timedelta(days=7 * shift - today.isoweekday() % 7)
    if weekday is None:
        return Period(sunday, sunday + timedelta(days=7))
    return _day(sunday + timedelta(days=_WEEKDAYS.index(weekday)))


def _month(today: date, shift: int, day: str | None) -> Period:
    first = _months(today.replace(day=1), shift)
    if day is None:
        return Period(first, _months(first, 1))
    return _day(_clamped(first, 31 if day == "LAST" else int(day)))


def _year(today: date, shift: int, _: str | None) -> Period:
    first = date(today.year + shift, 1, 1)
    return Period(first, _months(first, 12))


_SPANS = {"WEEK": _week, "MONTH": _month, "YEAR": _year}
