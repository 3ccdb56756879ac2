"""Standing in while somebody is away: they name a deputy, and for which days.

A deputy acts where it would be the other's turn, and it is written down that they did.  They read
nothing by that: what they may not see themselves they cannot act on.
"""

from __future__ import annotations

from datetime import date, timedelta

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, Problem, Unknown, message
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, deputies
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.deputies import Deputy
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.people import User

LONGEST = timedelta(days=366)
NOT_A_DAY: Message = message("日付として読めません。例: 2026-11-21、R8.11.21")


def mine(platform: Platform, actor: Actor) -> list[Deputy]:
    """Return whom somebody named, without those whose days are over."""
    with platform.database.platform() as connection:
        found = deputies.of(connection, actor.user)
    return [one for one in found if one.ends_on >= platform.today]


def for_whom(platform: Platform, actor: Actor) -> list[str]:
    """Return for whom somebody stands in today."""
    with platform.database.platform() as connection:
        return deputies.stands_in_for(connection, actor.user, platform.today)


def offered(platform: Platform, actor: Actor) -> list[User]:
    """Return who may be named: everybody active of whom ``actor`` may know, but themselves."""
    known = platform.directory_for(actor).users.values()
    found = [one for one in known if one.active and one.code != actor.user]
    return sorted(found, key=lambda one: (one.kana, one.code))


def name(platform: Platform, actor: Actor, deputy: str, starts_on: str, ends_on: str) -> int:
    """Let ``deputy`` stand in from one ISO date to another.  Raises ``Invalid``."""
    problems = []
    if deputy not in {one.code for one in offered(platform, actor)}:
        problems.append(Problem("/deputy", message("代理にする人を選んでください。")))
    first, last = _day(starts_on), _day(ends_on)
    problems += [
        Problem(f"/{name}", NOT_A_DAY)
        for name, day in (("starts_on", first), ("ends_on", last))
        if day is None
    ]
    if first is not None and last is not None:
        problems += _days(platform, first, last)
    if problems:
        raise Invalid(problems)
    one = Deputy(
        id=new_ids.new(), user=actor.user, deputy=deputy, starts_on=starts_on, ends_on=ends_on
    )
    with platform.changing(actor) as connection:
        if any(_share(one, other) for other in deputies.of(connection, actor.user)):
            sentence = message("この期間には、すでに代理の人がいます。")
            raise Invalid([Problem("/starts_on", sentence)])
        deputies.add(connection, one)
        audit.note(connection, Entry(action="deputy.add", detail=_told(one)))
    return one.id


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _days(platform: Platform, first: date, last: date) -> list[Problem]:
    if last < first:
        return [Problem("/ends_on", message("終わりの日は、はじめの日より後にしてください。"))]
    if last.isoformat() < platform.today:
        return [Problem("/ends_on", message("過ぎた期間には、代理の人を決められません。"))]
    if last - first >= LONGEST:
        return [Problem("/ends_on", message("期間は1年以内にしてください。"))]
    return []


def _share(one: Deputy, other: Deputy) -> bool:
    """Tell whether two share a day."""
    return one.starts_on <= other.ends_on and other.starts_on <= one.ends_on


def forget(platform: Platform, actor: Actor, number: int) -> None:
    """Let nobody stand in any more.  Raises ``Unknown`` for what is not one's own."""
    with platform.changing(actor) as connection:
        gone = deputies.remove(connection, actor.user, number)
        if gone is None:
            raise Unknown
        audit.note(connection, Entry(action="deputy.remove", detail=_told(gone)))


def _told(one: Deputy) -> dict[str, str]:
    return {"deputy": one.deputy, "starts_on": one.starts_on, "ends_on": one.ends_on}
