"""Days as a Japanese town office counts them: fiscal years, school years, terms, ages, seasons."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

TOKYO = timezone(timedelta(hours=9))
"""Japan has no daylight saving time, so a fixed offset says it all."""

_WEEKDAYS = "月火水木金土日"
_FIXED_HOLIDAYS = {
    (1, 1), (1, 2), (1, 3), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11),
    (11, 3), (11, 23), (12, 29), (12, 30), (12, 31),
}  # fmt: skip
_ABBREVIATED = {3: "年少", 4: "年中", 5: "年長"}


def fiscal_year(day: date) -> int:
    """The Japanese fiscal year (April to March) that a day falls in."""
    return day.year if day.month >= 4 else day.year - 1


def is_office_day(day: date) -> bool:
    """Whether the town office is open; holidays that move are taken as working days."""
    return day.weekday() < 5 and (day.month, day.day) not in _FIXED_HOLIDAYS


def is_vacation(day: date) -> bool:
    """Whether schools are on vacation (nurseries are not)."""
    place = (day.month, day.day)
    return (
        (7, 21) <= place <= (8, 26)
        or place >= (12, 25)
        or place <= (1, 7)
        or (3, 25) <= place <= (4, 7)
    )


def season(day: date) -> str:
    """``sp``, ``su``, ``au`` or ``wi``."""
    month = day.month
    if 3 <= month <= 5:
        return "sp"
    if 6 <= month <= 9:
        return "su"
    return "au" if month <= 11 and month >= 10 else "wi"


def school_age(birth: date, day: date) -> int:
    """Years since the cohort's start: 6 is 小1. Born on 1 April, one joins the older year."""
    cohort = birth.year if (birth.month, birth.day) > (4, 1) else birth.year - 1
    return fiscal_year(day) - cohort - 1


def age(birth: date, day: date) -> int:
    """Full years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def months(birth: date, day: date) -> int:
    """Full months."""
    return (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)


@lru_cache(maxsize=4096)
def age_text(birth: date, day: date) -> str:
    """What a form shows as age: ``2歳4か月``, ``7歳(小1)``; before birth ``出生前``."""
    if day < birth:
        return "出生前"
    years = age(birth, day)
    if years < 3:
        return f"{years}歳{months(birth, day) % 12}か月"
    name = grade(birth, day)
    return f"{years}歳({name})" if name else f"{years}歳"


def grade(birth: date, day: date) -> str:
    """年少 … 年長, 小1 … 小6, 中1 … 中3, 高1 … 高3, or nothing."""
    years = school_age(birth, day)
    if years in _ABBREVIATED:
        return _ABBREVIATED[years]
    if 6 <= years <= 11:
        return f"小{years - 5}"
    if 12 <= years <= 14:
        return f"中{years - 11}"
    return f"高{years - 14}" if 15 <= years <= 17 else ""


@lru_cache(maxsize=4096)
def short(day: date) -> str:
    """``12月5日(金)``."""
    return f"{day.month}月{day.day}日({_WEEKDAYS[day.weekday()]})"


def office_day_after(day: date, ahead: int) -> date:
    """The first day on which the office is open, ``ahead`` days from here or later."""
    found = day + timedelta(days=ahead)
    while not is_office_day(found):
        found += timedelta(days=1)
    return found


def utc(day: date, minute: int) -> datetime:
    """A moment given as a day in Tokyo and minutes since its midnight."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=TOKYO)
    return (midnight + timedelta(minutes=minute)).astimezone(UTC)


def wire(moment: datetime) -> str:
    """A moment as a record holds it: UTC, to the minute."""
    return f"{moment.isoformat()[:16]}:00Z"
