"""Date functions as days of the user's own calendar, against a fixed clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tsuzuri.errors import QueryError
from tsuzuri.query.parse import parse_condition
from tsuzuri.query.period import Moment, is_period, period
from tsuzuri.query.tree import Call, Comparison

TOKYO = ZoneInfo("Asia/Tokyo")


def _call(text: str) -> Call:
    condition = parse_condition(f"a = {text}")
    assert isinstance(condition, Comparison)
    (call,) = condition.values
    assert isinstance(call, Call)
    return call


def _days(text: str, now: str, zone: str = "Asia/Tokyo") -> tuple[str, str]:
    moment = Moment(datetime.fromisoformat(now).replace(tzinfo=UTC), ZoneInfo(zone))
    found = period(_call(text), moment)
    return found.start.isoformat(), found.end.isoformat()


@pytest.mark.parametrize(
    "zone, today",
    [("Asia/Tokyo", "2026-01-01"), ("UTC", "2025-12-31"), ("America/New_York", "2025-12-31")],
)
def test_the_users_zone_decides_which_day_it_is(zone: str, today: str) -> None:
    assert _days("TODAY()", "2025-12-31T23:30", zone)[0] == today


# Noon in Japan, so that the date reads the same here and there; 2024-05-15 is a Wednesday.
@pytest.mark.parametrize(
    "call, today, start, end",
    [
        ("TODAY()", "2024-05-15", "2024-05-15", "2024-05-16"),
        ("TODAY()", "2024-12-31", "2024-12-31", "2025-01-01"),
        ("YESTERDAY()", "2024-03-01", "2024-02-29", "2024-03-01"),
        ("YESTERDAY()", "2025-01-01", "2024-12-31", "2025-01-01"),
        ("TOMORROW()", "2024-02-28", "2024-02-29", "2024-03-01"),
        ("TOMORROW()", "2023-02-28", "2023-03-01", "2023-03-02"),
        ("FROM_TODAY(0, DAYS)", "2024-05-15", "2024-05-15", "2024-05-16"),
        ("FROM_TODAY(-15, DAYS)", "2024-05-15", "2024-04-30", "2024-05-01"),
        ("FROM_TODAY(2, WEEKS)", "2024-05-15", "2024-05-29", "2024-05-30"),
        ("FROM_TODAY(-1, MONTHS)", "2024-03-31", "2024-02-29", "2024-03-01"),
        ("FROM_TODAY(-1, MONTHS)", "2023-03-31", "2023-02-28", "2023-03-01"),
        ("FROM_TODAY(1, MONTHS)", "2024-12-31", "2025-01-31", "2025-02-01"),
        ("FROM_TODAY(-13, MONTHS)", "2024-01-15", "2022-12-15", "2022-12-16"),
        ("FROM_TODAY(1, YEARS)", "2024-02-29", "2025-02-28", "2025-03-01"),
        ("FROM_TODAY(4, YEARS)", "2024-02-29", "2028-02-29", "2028-03-01"),
        ("THIS_WEEK()", "2024-05-15", "2024-05-12", "2024-05-19"),
        ("THIS_WEEK()", "2024-05-12", "2024-05-12", "2024-05-19"),
        ("THIS_WEEK()", "2024-05-18", "2024-05-12", "2024-05-19"),
        ("LAST_WEEK()", "2025-01-01", "2024-12-22", "2024-12-29"),
        ("NEXT_WEEK()", "2024-12-30", "2025-01-05", "2025-01-12"),
        ("THIS_WEEK(MONDAY)", "2024-05-15", "2024-05-13", "2024-05-14"),
        ("THIS_WEEK(SUNDAY)", "2024-05-12", "2024-05-12", "2024-05-13"),
        ("NEXT_WEEK(SATURDAY)", "2024-05-15", "2024-05-25", "2024-05-26"),
        ("THIS_MONTH()", "2024-02-10", "2024-02-01", "2024-03-01"),
        ("LAST_MONTH()", "2024-01-31", "2023-12-01", "2024-01-01"),
        ("NEXT_MONTH()", "2024-12-31", "2025-01-01", "2025-02-01"),
        ("THIS_MONTH(15)", "2024-02-10", "2024-02-15", "2024-02-16"),
        ("THIS_MONTH(31)", "2024-04-10", "2024-04-30", "2024-05-01"),
        ("NEXT_MONTH(30)", "2024-01-31", "2024-02-29", "2024-03-01"),
        ("LAST_MONTH(LAST)", "2023-03-15", "2023-02-28", "2023-03-01"),
        ("THIS_YEAR()", "2024-05-15", "2024-01-01", "2025-01-01"),
        ("LAST_YEAR()", "2024-02-29", "2023-01-01", "2024-01-01"),
        ("NEXT_YEAR()", "2024-12-31", "2025-01-01", "2026-01-01"),
    ],
)
def test_every_function_has_its_days(call: str, today: str, start: str, end: str) -> None:
    assert _days(call, f"{today}T03:00") == (start, end)


@pytest.mark.parametrize(
    "count, unit",
    [
        ("-999999", "DAYS"),
        ("999999", "WEEKS"),
        ("-999999", "MONTHS"),
        ("999999", "MONTHS"),
        ("-2024", "YEARS"),
        ("7976", "YEARS"),
    ],
)
def test_days_outside_the_calendar_are_refused(count: str, unit: str) -> None:
    with pytest.raises(QueryError, match="暦の範囲"):
        period(Call("FROM_TODAY", (count, unit)), Moment(datetime(2024, 5, 15, tzinfo=UTC), TOKYO))


@pytest.mark.parametrize("name", ["NOW", "LOGINUSER", "PRIMARY_ORGANIZATION", "LAST_DECADE"])
def test_an_instant_and_a_person_are_no_days(name: str) -> None:
    assert not is_period(Call(name))
    with pytest.raises(ValueError, match=name):
        period(Call(name), Moment(datetime(2024, 5, 15, tzinfo=UTC), TOKYO))
