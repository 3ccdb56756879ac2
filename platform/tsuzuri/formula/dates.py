"""Dates as people write them: ``DATE_FORMAT``'s patterns over seconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from zoneinfo import ZoneInfo

from tsuzuri.formula.values import Nonsense

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The years 1000 to 9999, which are also the years a date field can hold.
_FIRST, _LAST = -30_610_224_000, 253_402_300_799

_PARTS: Mapping[str, Callable[[datetime], str]] = {
    "YYYY": lambda at: f"{at.year:04}",
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: f"{at.month}",
    "dd": lambda at: f"{at.day:02}",
    "d": lambda at: f"{at.day}",
    "HH": lambda at: f"{at.hour:02}",
    "H": lambda at: f"{at.hour}",
    "hh": lambda at: f"{at.hour % 12 or 12:02}",
    "h": lambda at: f"{at.hour % 12 or 12}",
    "mm": lambda at: f"{at.minute:02}",
    "m": lambda at: f"{at.minute}",
    "ss": lambda at: f"{at.second:02}",
    "s": lambda at: f"{at.second}",
    "a": lambda at: "午前" if at.hour < 12 else "午後",
    "E": lambda at: "月火水木金土日"[at.weekday()],
}
_PART = re.compile("|".join(_PARTS))


def date_format(seconds: Decimal, pattern: str, *, zone: str) -> str:
    """Write an instant in a zone; letters that are no part of a date stay as they are.

    Raises ``Nonsense`` for an instant outside the years 1000 to 9999 or an unknown zone.
    """
    if not _FIRST <= seconds <= _LAST:
        raise Nonsense
    instant = _EPOCH + timedelta(seconds=int(seconds.to_integral_value(ROUND_FLOOR)))
    try:
        local = instant.astimezone(known_zone(zone))
    except OverflowError:
        raise Nonsense from None
    return _PART.sub(lambda found: _PARTS[found[0]](local), pattern)


def known_zone(name: str) -> ZoneInfo:
    """Return the zone of that name, or raise ``Nonsense``; the name may be anything at all."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # A name such as ".." is a ValueError and a folder such as "Asia" an OSError.
        raise Nonsense from None
