"""Who belongs to which agency and group, and from which day to which.

A day is an ISO date in the installation's zone; an empty one is open.  Both the first and the
last day count.  Nothing has to happen on the day itself: whoever asks says which day it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, or_, select

from tsuzuri.storage import tables as platform

AGENCY, GROUP = "agency", "group"
TABLES: Mapping[str, Table] = {AGENCY: platform.memberships, GROUP: platform.group_members}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One stretch of belonging to the agency or group ``code``.

    Of the agencies that hold on a day, the one with the lowest ``position`` is the primary one.
    """

    code: str
    starts_on: str = ""
    ends_on: str = ""
    position: int = 0

    def holds(self, day: str) -> bool:
        """Tell whether it covers ``day``."""
        return self.starts_on <= day and not self.ended(day)

    def ended(self, day: str) -> bool:
        """Tell whether it is over on ``day``."""
        return bool(self.ends_on) and self.ends_on < day

    def overlaps(self, other: Stay) -> bool:
        """Tell whether the two share a day."""
        return not self.ended(other.starts_on) and not other.ended(self.starts_on)


def holding(connection: Connection, entity: str, day: str) -> Mapping[str, tuple[str, ...]]:
    """Return each person's agencies (the primary one first) or groups on ``day``."""
    table = TABLES[entity]
    now = (table.c.starts_on <= day, or_(table.c.ends_on == "", table.c.ends_on >= day))
    statement = select(table.c.user, table.c[entity]).where(*now)
    found: dict[str, dict[str, None]] = {}
    for user, code in connection.execute(statement.order_by(table.c.user, *_order(entity))):
        found.setdefault(user, {})[code] = None
    return {user: tuple(codes) for user, codes in found.items()}


def stays(
    connection: Connection, entity: str, users: Iterable[str] | None = None
) -> dict[str, list[Stay]]:
    """Return every stretch of these people, or of everybody, the earliest first."""
    table = TABLES[entity]
    statement = select(table).order_by(table.c.user, table.c.starts_on, *_order(entity))
    if users is not None:
        statement = statement.where(table.c.user.in_(list(users)))
    found: dict[str, list[Stay]] = {}
    for row in connection.execute(statement).mappings():
        stay = Stay(
            code=row[entity],
            starts_on=row["starts_on"],
            ends_on=row["ends_on"],
            position=row.get("position", 0),
        )
        found.setdefault(row["user"], []).append(stay)
    return found


def _order(entity: str) -> Sequence[ColumnElement[Any]]:
    table = TABLES[entity]
    return (table.c.position, table.c.agency) if entity == AGENCY else (table.c.group,)


def put(connection: Connection, entity: str, wanted: Mapping[str, Iterable[Stay]]) -> None:
    """Store all stretches of each person in ``wanted``; what they had is gone."""
    table = TABLES[entity]
    connection.execute(delete(table).where(table.c.user.in_(list(wanted))))
    rows = [_row(entity, user, stay) for user, found in wanted.items() for stay in found]
    if rows:
        connection.execute(insert(table), rows)


def _row(entity: str, user: str, stay: Stay) -> dict[str, Any]:
    row = {"user": user, entity: stay.code, "starts_on": stay.starts_on, "ends_on": stay.ends_on}
    return {**row, "position": stay.position} if entity == AGENCY else row


def in_order(stays: Iterable[Stay]) -> list[Stay]:
    """Return stretches with the primary one first, and the earlier before the later."""
    return sorted(stays, key=lambda one: (one.position, one.starts_on, one.code))


def ranked(stays: Sequence[Stay]) -> tuple[Stay, ...]:
    """Return stretches whose positions follow the order given, among those that share a day."""
    return tuple(
        replace(one, position=sum(one.overlaps(other) for other in stays[:place]))
        for place, one in enumerate(stays)
    )


def belonging_now(was: Sequence[Stay], codes: Sequence[str], today: str) -> list[Stay]:
    """Return ``was`` changed so that from ``today`` on exactly ``codes`` hold.

    What is over stays as it was, and so does what is yet to begin: a transfer that is planned
    is not undone by what holds today.  What holds and is not named ends yesterday.
    """
    kept = [one for one in was if one.ended(today) or one.starts_on > today]
    holds = {one.code: one for one in was if one.holds(today)}
    for code, stay in holds.items():
        if code not in codes and stay.starts_on < today:
            kept.append(replace(stay, ends_on=_day_before(today)))
    first = today if was else ""
    for place, code in enumerate(dict.fromkeys(codes)):
        stay = holds.get(code) or Stay(code=code, starts_on=first)
        kept.append(replace(stay, position=place))
    return kept


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
