"""What waits for me: the records of every app on which somebody is asked to act.

Each app is asked as its reader knows it, so a record they do not see, or whose turn they may not
know, takes no place here; nor does it leave a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.access.turns import Turn, asked, process_of, turns
from tsuzuri.query.bound import NEVER, Condition, Order, Test, all_of, any_of
from tsuzuri.services import candidates
from tsuzuri.services.platform import Platform
from tsuzuri.storage.records import Listing
from tsuzuri.storage.writing import RecordState

SIZE = 20
"""Records of a page."""


@dataclass(frozen=True, slots=True)
class Todo:
    """A record that waits; ``behalf`` is whom somebody stands in for there, if it is not theirs."""

    access: Access
    record: RecordState
    behalf: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page of what waits, and after which record it goes on (0: no more).

    ``asks`` tells whether any app would ask this person to act at all.
    """

    todos: list[Todo]
    more: int
    asks: bool


@dataclass(frozen=True, slots=True)
class _App:
    access: Access
    turns: Sequence[Turn]

    def where(self, person: str = "") -> Condition:
        """Return where somebody is asked to act, or one of those they act for alone."""
        mine = (one for one in self.turns if not person or one.person == person)
        return any_of(asked(mine).values())


def page(platform: Platform, actor: Actor, after: int = 0, size: int = SIZE) -> Waiting:
    """Return a page of what waits; what was written first stands first."""
    apps = list(_asking(platform, actor))
    found = sorted(
        (record, place)
        for place, app in enumerate(apps)
        for record in _ids(platform, app, after, size)
    )
    shown = found[:size]
    more = shown[-1][0] if len(found) > size else 0
    states: dict[int, Todo] = {}
    for place, app in enumerate(apps):
        states.update(_told(platform, app, [record for record, its in shown if its == place]))
    todos = [states[record] for record, _ in shown if record in states]
    return Waiting(todos, more, asks=bool(apps))


def _asking(platform: Platform, actor: Actor) -> Iterator[_App]:
    """Yield the apps in which somebody may be asked to act."""
    people = None
    for access in platform.open_apps(actor):
        process = process_of(access)
        if process is None or not access.may("view"):
            continue
        people = people or candidates.people(platform, actor)
        app = _App(access, list(turns(access, people, candidates.able(platform, process))))
        if app.where() != NEVER:
            yield app


def _ids(platform: Platform, app: _App, after: int, size: int) -> list[int]:
    """Return the first records that wait in an app beyond ``after``; nothing is shown by that."""
    access = app.access
    number = access.whole.field("$id")
    where = all_of((app.where(), Test(number, ">", (after,))))
    listing = Listing(where=where, order=(Order(number, descending=False),), size=size + 1)
    with platform.reading(access) as records, records.searching():
        return [row[0] for row in records.page(listing).rows]


def _told(platform: Platform, app: _App, ids: Sequence[int]) -> Iterator[tuple[int, Todo]]:
    """Yield records that are shown, with whom somebody stands in for."""
    if not ids:
        return
    actor = app.access.actor.user
    people = dict.fromkeys((actor, *(one.person for one in app.turns)))
    ways = [app.where(one) for one in people]
    with platform.reading(app.access) as records:
        for record, state in records.many(ids).items():
            met = records.allows(record, ways) if len(ways) > 1 else (True,)
            person = next((one for one, yes in zip(people, met, strict=True) if yes), actor)
            yield record, Todo(app.access, state, "" if person == actor else person)
