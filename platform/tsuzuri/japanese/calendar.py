"""Dates as Japanese offices write them: eras, both calendars, ages, grades, fiscal years.

Dates are stored and passed on as `datetime.date`; only typing and showing know of eras. Readers
return None for what they cannot read, so that a form can say so beside the field.

Eras and their first days: 元号法 and the cabinet orders under it; for the older ones the
imperial edicts. 1912-07-30 and 1926-12-25 belong to two eras: both are read, the new one shown.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from tsuzuri.japanese.width import narrow


@dataclass(frozen=True)
class Era:
    """One era: its name, the name in English letters, its ligature, and where it begins.

    `first_year` is the western year of 元年. `first_day` is the first day that can be read.
    """

    name: str
    english: str
    ligature: str
    first_year: int
    first_day: date

    @property
    def letter(self) -> str:
        """The Latin capital that stands for the era on forms, such as R."""
        return self.english[0]


# Up to 明治5年 the calendar followed the moon, so those dates are not days of ours.
SOLAR_CALENDAR: Final = date(1873, 1, 1)

ERAS: Final = (
    Era("令和", "Reiwa", "㋿", 2019, date(2019, 5, 1)),
    Era("平成", "Heisei", "㍻", 1989, date(1989, 1, 8)),
    Era("昭和", "Showa", "㍼", 1926, date(1926, 12, 25)),
    Era("大正", "Taisho", "㍽", 1912, date(1912, 7, 30)),
    Era("明治", "Meiji", "㍾", 1868, SOLAR_CALENDAR),
)
"""The eras of the solar calendar, newest first."""

_BY_SPELLING: Final = {
    spelling.lower(): era
    for era in ERAS
    for spelling in (era.name, era.name[0], era.english, era.letter, era.ligature)
}
_ERA: Final = "|".join(sorted(_BY_SPELLING, key=len, reverse=True))
_ERA_YEAR: Final = rf"(?:(?P<era>{_ERA})[.\s]*)(?P<year>元|[0-9]{{1,2}})"
_MONTH_DAY: Final = (
    r"(?:\s*年\s*(?P<m1>[0-9]{1,2})\s*月\s*(?P<d1>[0-9]{1,2})\s*日?"
    r"|\s*[-/.]\s*(?P<m2>[0-9]{1,2})\s*[-/.]\s*(?P<d2>[0-9]{1,2})"
    r"|(?P<m3>[0-9]{2})(?P<d3>[0-9]{2}))"
)
_WEEKDAY: Final = r"(?:\s*\([月火水木金土日](?:曜日?)?\))?"
_DATE: Final = re.compile(rf"(?:{_ERA_YEAR}|(?P<western>[1-9][0-9]{{3}})){_MONTH_DAY}{_WEEKDAY}")

_CLOCK: Final = re.compile(
    r"(?P<h1>[0-9]{1,2}):(?P<m1>[0-9]{2})(?::(?P<s1>[0-9]{2}))?"
    r"|(?P<h2>[0-9]{1,2})\s*時(?:\s*(?P<m2>[0-9]{1,2})\s*分(?:\s*(?P<s2>[0-9]{1,2})\s*秒)?)?"
    r"|(?P<h3>[0-9]{1,2})(?P<m3>[0-9]{2})"
)
_HALF_OF_DAY: Final = re.compile(r"(午前|午後)\s*(.+)|(.+?)\s*([ap]m)")
_BARE_HOUR: Final = re.compile(r"[0-9]{1,2}")
_FACES: Final = {
    "": {hour: hour for hour in range(24)},
    "午前": {hour: hour for hour in range(12)},
    "午後": {hour: hour + 12 for hour in range(12)},
    "am": {hour: hour % 12 for hour in range(1, 13)},
    "pm": {hour: hour % 12 + 12 for hour in range(1, 13)},
}
"""The hours that may be written on each kind of clock, and which hour of the day they mean."""

_GAP: Final = re.compile(r"[t\s]\s*|(?<=[日)])")

_LONGEST: Final = 80
_APRIL: Final = 4
_WEEKDAYS: Final = "月火水木金土日"
_WEEKDAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)

_GRADES: Final = (
    *("0歳児", "0歳児", "1歳児", "2歳児", "年少", "年中", "年長"),
    *("小1", "小2", "小3", "小4", "小5", "小6"),
    *("中1", "中2", "中3", "高1", "高2", "高3"),
)


def parse_date(text: str) -> date | None:
    """Read one date in the western calendar or in an era, in any width.

    2026-11-21, 2026/11/21, 20261121, 2026年11月21日, R8.11.21, R081121, 令8.11.21,
    令和8年11月21日（土）, 令和元年5月1日. A weekday is not compared with the date.

    A year after its era has ended is read as the clock went on (平成31年5月1日 is 2019-05-01),
    because papers printed before a change of era say so. A day before its era began is a slip
    and gives None, as does a day that no calendar has.
    """
    match = _DATE.fullmatch(_plain(text))
    if match is None:
        return None
    month, day = _numbers(match, "m", "d")
    if match["era"] is None:
        return _date(int(match["western"]), month, day)
    era = _BY_SPELLING[match["era"]]
    year = 1 if match["year"] == "元" else int(match["year"])
    read = _date(era.first_year + year - 1, month, day)
    return read if read is not None and read >= era.first_day else None


def _plain(text: str) -> str:
    """Bring text to the width and case of the patterns; too long for a date or time, to nothing.

    The limit keeps a page pasted into a date field from being tried at each of its spaces.
    """
    plain = narrow(text).strip().lower()
    return plain if len(plain) <= _LONGEST else ""


def _numbers(match: re.Match[str], *names: str) -> list[int]:
    """Collect the named numbers from whichever alternative of a pattern matched, 0 if absent."""
    return [int(next(filter(None, (match[f"{name}{n}"] for n in "123")), "0")) for name in names]


def _date(year: int, month: int, day: int) -> date | None:
    """Build a date, or None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def era_of(day: date) -> tuple[Era, int] | None:
    """Give the era that a day belongs to and its year in it, or None before 1873."""
    for era in ERAS:
        if day >= era.first_day:
            return era, day.year - era.first_year + 1
    return None


def era_date(day: date) -> str:
    """Write a day as 令和8年11月21日, with 元年 for a first year; before 1873 as 1850年1月2日."""
    found = era_of(day)
    if found is None:
        return f"{day.year}年{day.month}月{day.day}日"
    era, year = found
    return f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def both_calendars(day: date, language: str) -> str:
    """Write a day so that nobody has to convert it.

    Language "ja": 令和8年11月21日（土） 2026/11/21. Any other: 21 Nov 2026 (Sat) · R8. Before 1873
    there is only one calendar to show.
    """
    found = era_of(day)
    if language == "ja":
        shown = f"{era_date(day)}（{_WEEKDAYS[day.weekday()]}）"
        return f"{shown} {day.year}/{day.month:02}/{day.day:02}" if found else shown
    weekday = _WEEKDAYS_EN[day.weekday()]
    shown = f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year} ({weekday})"
    return f"{shown} · {found[0].letter}{found[1]}" if found else shown


def one_calendar(day: date, language: str) -> str:
    """Write a day where there is little room: 令和8年11月21日(土), or 21 Nov 2026 (Sat)."""
    if language == "ja":
        return f"{era_date(day)}({_WEEKDAYS[day.weekday()]})"
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year} ({_WEEKDAYS_EN[day.weekday()]})"


def parse_time(text: str) -> time | None:
    """Read a time of day: 9:05, 1505, ０９時５分, 15時, 9時半, 午後3時, 午後3:05, 3:05pm.

    午前12時 and 午後12時 give None: the law of 1872 calls noon 午前12時, most clocks call it
    午後12時, and a record must not guess between noon and midnight. 12am and 12pm have one
    reading. 24:00 is the next day and gives None too.
    """
    clock = _plain(text)
    half = _HALF_OF_DAY.fullmatch(clock)
    if half is None:
        return _clock(clock, "")
    if half[1]:
        return _clock(half[2], half[1])
    # A bare hour is a time only where "pm" follows; the Japanese marks go with 時.
    hour = half[3] + ":00" if _BARE_HOUR.fullmatch(half[3]) else half[3]
    return _clock(hour, half[4])


def _clock(text: str, face: str) -> time | None:
    """Read hours, minutes and seconds off one of the clocks in `_FACES`."""
    match = _CLOCK.fullmatch(text.replace("時半", "時30分"))
    if match is None:
        return None
    hour, minute = _numbers(match, "h", "m")
    second = int(match["s1"] or match["s2"] or 0)
    try:
        return time(_FACES[face][hour], minute, second)
    except (KeyError, ValueError):
        return None


def parse_datetime(text: str) -> datetime | None:
    """Read a date followed by a time, as local time without a zone.

    Between them stands a space, a T, or nothing after 日 or a bracketed weekday. An offset or
    a "Z" at the end gives None: it would be another place's clock.
    """
    plain = _plain(text)
    for gap in _GAP.finditer(plain):
        day, clock = parse_date(plain[: gap.start()]), parse_time(plain[gap.end() :])
        if day is not None and clock is not None:
            return datetime.combine(day, clock)
    return None


def age(birth: date, on: date) -> tuple[int, int]:
    """Give the completed years and months of life on a day (満年齢).

    The everyday rule: a year is full on the birthday, and for 29 February on 1 March of a
    common year. (年齢計算ニ関スル法律 completes it at the end of the day before, which matters
    for `school_year` and for legal limits, not for what a person answers.) Raises ValueError
    for a day before the birth.
    """
    if on < birth:
        raise ValueError("An age needs a day on or after the birth.")
    months = (on.year - birth.year) * 12 + on.month - birth.month - (on.day < birth.day)
    return divmod(months, 12)


def fiscal_year(day: date) -> int:
    """Give the western year in which the day's fiscal year (年度) began, on 1 April."""
    return day.year - (day.month < _APRIL)


def school_year(birth: date, on: date) -> str | None:
    """Name the class that a child of this age belongs to, from 0歳児 to 高3; else None.

    A class is born from 2 April to 1 April, since by law a child born on 1 April is six at the
    end of 31 March (学校教育法17条). It is the class of the age: nothing here knows of a year
    repeated, put off, or of leaving school. None before the birth and after 高3.
    """
    if on < birth:
        return None
    cohort = birth.year - ((birth.month, birth.day) < (4, 2))
    years = fiscal_year(on) - cohort
    return _GRADES[years] if years < len(_GRADES) else None
