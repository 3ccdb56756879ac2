"""The notices of one person, as that person may see them now.

A notice about a record somebody no longer sees is not there: not listed, not counted, not opened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.access.onlooking import must_not_look
from tsuzuri.errors import Unknown
from tsuzuri.services import urgency
from tsuzuri.services.platform import Platform
from tsuzuri.storage import notices
from tsuzuri.storage import urgent as stored
from tsuzuri.storage.notices import Notice
from tsuzuri.storage.writing import RecordState

SIZE = 30
MOST = 100
"""Unread notices are counted up to here."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice with its record, which is there for the reader."""

    notice: Notice
    access: Access
    record: RecordState


def page(platform: Platform, actor: Actor, box: str, before: int = 0) -> tuple[list[Told], int]:
    """Return a page of a box, newest first, and the notice to go on from (0: no more)."""
    found = _visible(platform, actor, box, before, SIZE + 1)
    more = found[SIZE - 1].id if len(found) > SIZE else 0
    return _shown(platform, actor, found[:SIZE]), more


def unread(platform: Platform, actor: Actor) -> int:
    """Return how many unread notices somebody has, at most ``MOST``."""
    return len(_visible(platform, actor, "unread", 0, MOST))


def urgent(platform: Platform, actor: Actor) -> list[tuple[Access, Notice]]:
    """Return what is urgent and somebody has not opened, newest first."""
    with platform.database.platform() as connection:
        found = stored.unopened(connection, actor.user, SIZE)
    there = _still_there(platform, actor, found)
    accesses = _accesses(platform, actor, {one.app for one in there})
    return [(accesses[one.app], one) for one in there]


def one(platform: Platform, actor: Actor, number: int) -> Told:
    """Return one of somebody's notices, read or not.  Raises ``Unknown``."""
    with platform.database.platform() as connection:
        found = notices.one(connection, actor.user, number)
    shown = _shown(platform, actor, _still_there(platform, actor, [found] if found else []))
    if not shown:
        raise Unknown
    return shown[0]


def still_unread(platform: Platform, actor: Actor, numbers: Sequence[int]) -> list[Notice]:
    """Return which of these notices somebody has not read, and would still see."""
    with platform.database.platform() as connection:
        found = notices.some(connection, actor.user, numbers)
    return _still_there(platform, actor, [one for one in found if not one.read_at])


def open_one(platform: Platform, actor: Actor, number: int) -> tuple[str, int]:
    """Mark a notice as read; return the app and the record to go to."""
    access, record = _mine(platform, actor, number)
    with platform.database.platform(writing=True) as connection:
        notices.put_read(connection, actor.user, platform.stamp(), number=number)
    return access.app.code, record


def put_aside(platform: Platform, actor: Actor, number: int) -> None:
    """Keep a notice to be read later."""
    _mine(platform, actor, number)
    with platform.database.platform(writing=True) as connection:
        notices.put_later(connection, actor.user, platform.stamp(), number=number)


def read_all(platform: Platform, actor: Actor, up_to: int) -> None:
    """Mark everything as read that was there when the page was made."""
    must_not_look(actor)
    with platform.database.platform(writing=True) as connection:
        notices.put_all_read(connection, actor.user, platform.stamp(), up_to=up_to)


def _mine(platform: Platform, actor: Actor, number: int) -> tuple[Access, int]:
    must_not_look(actor)
    with platform.database.platform() as connection:
        found = notices.one(connection, actor.user, number)
    if found is None or not _still_there(platform, actor, [found]):
        raise Unknown
    return _accesses(platform, actor, {found.app})[found.app], found.record


def _visible(platform: Platform, actor: Actor, box: str, before: int, size: int) -> list[Notice]:
    """Return the first notices of a box whose records are there; the others never took a place."""
    kept: list[Notice] = []
    while True:
        with platform.database.platform() as connection:
            found = notices.of(connection, actor.user, box, before=before, limit=size)
        kept.extend(_still_there(platform, actor, found))
        if len(found) < size or len(kept) >= size:
            return kept[:size]
        before = found[-1].id


def _still_there(platform: Platform, actor: Actor, found: Sequence[Notice]) -> list[Notice]:
    wanted: dict[int, set[int]] = defaultdict(set)
    for one in found:
        wanted[one.app].add(one.record)
    there: dict[int, frozenset[int]] = {}
    accesses = _accesses(platform, actor, set(wanted))
    for number, access in accesses.items():
        with platform.reading(access) as records, records.searching():
            there[number] = notices.living(records, sorted(wanted[number]), access.rows["view"])
    return [
        one
        for one in found
        if one.record in there.get(one.app, frozenset())
        and urgency.may_know(accesses[one.app], one)
    ]


def _accesses(platform: Platform, actor: Actor, numbers: set[int]) -> dict[int, Access]:
    if not numbers:
        return {}
    opened = platform.open_apps(actor)
    return {one.app.number: one for one in opened if one.app.number in numbers and one.may("view")}


def _shown(platform: Platform, actor: Actor, found: Sequence[Notice]) -> list[Told]:
    states: dict[tuple[int, int], tuple[Access, RecordState]] = {}
    for number, access in _accesses(platform, actor, {one.app for one in found}).items():
        wanted = sorted({one.record for one in found if one.app == number})
        with platform.reading(access) as records:
            for record, state in records.many(wanted).items():
                states[number, record] = (access, state)
    return [
        Told(one, *states[one.app, one.record]) for one in found if (one.app, one.record) in states
    ]
