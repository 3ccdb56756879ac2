"""What a condition means, worked out slowly on plain Python records.

Written from kintone's query language alone: nothing here knows how conditions are bound or
compiled.  A record is a dict of codes to JSON values in which an empty field is absent; a
table is a list of such dicts.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tsuzuri.japanese.folding import fold
from tsuzuri.query.tree import And, Call, Comparison, Literal, Node

NEGATIVE = {"!=": "=", "not in": "in", "not like": "like", "is not empty": "is empty"}
"""Each operator that denies, and what it denies."""

NEAR = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}

Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who asks, where and when."""

    user: str
    agency: str
    zone: ZoneInfo
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What the fields of an app are, and which of them are columns of which table.

    ``text``, ``long``, ``number``, ``date``, ``time``, ``datetime``, ``flag``, ``list``,
    ``files``, or ``choice``, which is one of a few.
    """

    kinds: Mapping[str, str]
    table_of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Oracle:
    """Answers for one app and one person."""

    shape: Shape
    person: Person

    def holds(self, node: Node | None, record: Record) -> bool:
        """Tell whether the condition holds for the record; no condition always does."""
        if node is None:
            return True
        if isinstance(node, Comparison):
            return self._all([node], record)
        if isinstance(node, And):
            joined = [part for part in node.parts if isinstance(part, Comparison)]
            nested = [part for part in node.parts if not isinstance(part, Comparison)]
            return self._all(joined, record) and all(self.holds(one, record) for one in nested)
        return any(self.holds(part, record) for part in node.parts)

    def _all(self, comparisons: Sequence[Comparison], record: Record) -> bool:
        """Join by "and": positive conditions on one table must meet in one of its rows."""
        same_row: dict[str, list[Comparison]] = {}
        for one in comparisons:
            table = self.shape.table_of.get(one.field)
            if self._ignored(one):
                continue
            if table is None:
                if not self._test(one, record.get(one.field)):
                    return False
            elif _denies(one):
                rows = record.get(table, [])
                if not rows or not all(self._test(one, row.get(one.field)) for row in rows):
                    return False
            else:
                same_row.setdefault(table, []).append(one)
        return all(
            any(all(self._test(one, row.get(one.field)) for one in joined) for row in rows)
            for rows, joined in ((record.get(t, []), found) for t, found in same_row.items())
        )

    def _ignored(self, one: Comparison) -> bool:
        """Tell whether it asks for the primary organisation of somebody who has none."""
        return not self.person.agency and Call("PRIMARY_ORGANIZATION") in one.values

    def _test(self, one: Comparison, value: Any) -> bool:
        if one.operator in NEGATIVE:
            return not self._positive(NEGATIVE[one.operator], one, value)
        return self._positive(one.operator, one, value)

    def _positive(self, operator: str, one: Comparison, value: Any) -> bool:
        kind = self.shape.kinds[one.field]
        if operator == "is empty":
            return _is_empty(kind, value)
        if operator == "like":
            assert isinstance(one.values[0], str)
            return _contains(kind, value, one.values[0])
        if operator in {"=", "in"}:
            return any(self._is(kind, value, literal) for literal in one.values)
        return value is not None and self._ordered(kind, operator, value, one.values[0])

    def _is(self, kind: str, value: Any, literal: Literal) -> bool:
        if literal == "":
            return _is_empty(kind, value)
        if value is None:
            return False
        if isinstance(literal, Call) and (days := self._days(literal)):
            return bool(days[0] <= self._day(kind, value) < days[1])
        meant = self._meant(kind, literal)
        return meant in value if kind == "list" else bool(value == meant)

    def _ordered(self, kind: str, operator: str, value: Any, literal: Literal) -> bool:
        if isinstance(literal, Call) and (days := self._days(literal)):
            first, last = days[0], days[1] - timedelta(days=1)
            day = self._day(kind, value)
            return {"<": day < first, "<=": day <= last, ">": day > last, ">=": day >= first}[
                operator
            ]
        meant = self._meant(kind, literal)
        return bool(
            {
                "<": value < meant,
                "<=": value <= meant,
                ">": value > meant,
                ">=": value >= meant,
            }[operator]
        )

    def _day(self, kind: str, value: str) -> date:
        """Return the day of a value on the person's own calendar."""
        if kind == "date":
            return date.fromisoformat(value)
        return datetime.fromisoformat(value).astimezone(self.person.zone).date()

    def _meant(self, kind: str, literal: Literal) -> Any:
        """Return the stored value that a literal means."""
        if isinstance(literal, Call):
            if literal.name == "NOW":
                here = self.person.now.astimezone(self.person.zone)
                return here.date().isoformat() if kind == "date" else _utc(here)
            return {
                "LOGINUSER": self.person.user,
                "PRIMARY_ORGANIZATION": self.person.agency,
            }[literal.name]
        if kind == "number":
            return float(literal)
        if kind == "flag":
            return literal == "はい"
        if kind == "datetime" and not literal.endswith("Z"):
            return _utc(datetime.fromisoformat(literal).replace(tzinfo=self.person.zone))
        return literal

    def _days(self, call: Call) -> tuple[date, date] | None:
        """Return the first day of a period and the day after its last; None for other functions."""
        today = self.person.now.astimezone(self.person.zone).date()
        name, *rest = call.name.split("_")
        if call.name in NEAR:
            return _one(today + timedelta(days=NEAR[call.name]))
        if name == "FROM":
            return _one(_away(today, int(call.args[0]), call.args[1]))
        if name not in {"LAST", "THIS", "NEXT"}:
            return None
        step = {"LAST": -1, "THIS": 0, "NEXT": 1}[name]
        return SPANS[rest[0]](today, step, call.args)


def _denies(one: Comparison) -> bool:
    # "is not empty" asks for a row that has something, so it is as positive as "is empty".
    return one.operator in {"!=", "not in", "not like"}


def _is_empty(kind: str, value: Any) -> bool:
    return value is None or value == [] or (kind == "long" and not value.strip())


def _contains(kind: str, value: Any, needle: str) -> bool:
    texts = [file["name"] for file in value or ()] if kind == "files" else [value or ""]
    return any(fold(needle) in fold(text) for text in texts or [""])


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _one(day: date) -> tuple[date, date]:
    return day, day + timedelta(days=1)


def _away(day: date, number: int, unit: str) -> date:
    if unit in {"DAYS", "WEEKS"}:
        return day + timedelta(days=number * (7 if unit == "WEEKS" else 1))
    months = day.year * 12 + day.month - 1 + number * (12 if unit == "YEARS" else 1)
    return _in_month(months, day.day)


def _in_month(months: int, day: int) -> date:
    """Return a day of the month that is so many after year 0, at most its last."""
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _week(today: date, step: int, args: tuple[str, ...]) -> tuple[date, date]:
    sunday = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=step)
    names = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"]
    if args:
        return _one(sunday + timedelta(days=names.index(args[0])))
    return sunday, sunday + timedelta(weeks=1)


def _month(today: date, step: int, args: tuple[str, ...]) -> tuple[date, date]:
    months = today.year * 12 + today.month - 1 + step
    if args:
        return _one(_in_month(months, 31 if args[0] == "LAST" else int(args[0])))
    return _in_month(months, 1), _in_month(months + 1, 1)


def _year(today: date, step: int, args: tuple[str, ...]) -> tuple[date, date]:
    assert not args
    return date(today.year + step, 1, 1), date(today.year + step + 1, 1, 1)


SPANS: Mapping[str, Callable[[date, int, tuple[str, ...]], tuple[date, date]]] = {
    "WEEK": _week,
    "MONTH": _month,
    "YEAR": _year,
}
