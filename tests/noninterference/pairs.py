"""Two contents of one installation that agree on what one person may see, and in nothing else.

What the person may see is drawn once.  Values hidden from them, records they cannot see, and what
is said under those, are drawn for each world alone, in different numbers and mixed in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from noninterference.definitions import ADMIN
from noninterference.kinds import EVERY, FIRST, SECOND, USERS
from noninterference.rules import Sight
from tsuzuri.definitions.model import App
from tsuzuri.services import calculate
from tsuzuri.storage.identity import EPOCH_MS, RANDOM_BITS
from worlds.town import NOW
from worlds.town import USERS as PEOPLE

AGENCY_OF = {one.code: (*one.agencies, "")[0] for one in PEOPLE}
PAST = NOW - timedelta(days=3)
REMARKS = ("確認しました。", "母と面談しました。", "山田さんの件", "夜間に通報がありました")


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A comment, or thanks where ``phrase`` is set."""

    id: int
    author: str
    at: str
    text: str
    phrase: bool = False


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One record of a world; ``shared`` ones are in both."""

    app: str
    id: int
    values: Mapping[str, Any]
    creator: str
    at: str
    deleted: bool = False
    remarks: tuple[Remark, ...] = ()
    shared: bool = True

    @property
    def place(self) -> int:
        """Return a small number that no other record of the pair has."""
        return (moment_of(self.id) - PAST) // timedelta(minutes=1)

    @property
    def whole(self) -> dict[str, Any]:
        """Return everything that a rule may ask of the record."""
        return {
            **self.values,
            "$id": self.id,
            "$creator": self.creator,
            "$creator_agency": AGENCY_OF[self.creator],
            "$created": self.at,
            "$updater": self.creator,
            "$updated": self.at,
        }


@dataclass(kw_only=True)
class Pair:
    """What each of the two worlds holds, and who looks at them."""

    attacker: str
    worlds: tuple[list[Kept], list[Kept]] = field(default_factory=lambda: ([], []))

    def every(self) -> list[Kept]:
        """Return the records of both worlds."""
        return [*self.worlds[0], *self.worlds[1]]


@dataclass
class Drawing:
    """Draws the two worlds for one attacker."""

    rng: Random
    apps: Mapping[str, App]
    sights: Mapping[str, Sight]
    pair: Pair
    slots: list[int] = field(default_factory=list)

    def run(self) -> Pair:
        """Draw both."""
        self.slots = self.rng.sample(range(80), 80)
        for app in (FIRST, SECOND):
            for _ in range(self.rng.randint(2, 5 if app == FIRST else 3)):
                self._visible(app)
            for world in (0, 1):
                for _ in range(self.rng.randrange(3)):
                    self._unseen(app, world)
        return self.pair

    def _visible(self, app: str) -> None:
        """Add a record to both worlds that may be seen; those that may not are left in one."""
        for _ in range(3):
            one = self._record(app)
            seen = self.sights[app].projection(one.whole)
            if seen is not None:
                self.pair.worlds[0].append(one)
                self.pair.worlds[1].append(self._other(one, seen))
                return
            self.pair.worlds[self.rng.randrange(2)].append(replace(one, shared=False))

    def _other(self, one: Kept, seen: Mapping[str, Any]) -> Kept:
        """Return the record with other hidden values; the same one if that would show."""
        sight = self.sights[one.app]
        closed = [code for code, level in seen["levels"].items() if level in {"none", "masked"}]
        for _ in range(3):
            redrawn = {code: self.value(code) for code in closed if self.rng.randrange(3)}
            redrawn["rows"] = _numbered(
                redrawn.get("rows", one.values.get("rows")), moment_of(one.id)
            )
            values = self._calculated(one.app, {**one.values, **redrawn})
            other = replace(one, values=values)
            if sight.projection(other.whole) == seen:
                return other
        return one

    def _unseen(self, app: str, world: int) -> None:
        for _ in range(3):
            one = replace(self._record(app), shared=False)
            if self.sights[app].projection(one.whole) is None:
                self.pair.worlds[world].append(one)
                return

    def _record(self, app: str) -> Kept:
        rng, slot = self.rng, self.slots.pop()
        moment = PAST + timedelta(minutes=slot)
        creator = rng.choice([ADMIN, ADMIN, *USERS])
        given = {code: self.value(code) for code in self.sights[app].codes if rng.randrange(4)}
        given["rows"] = _numbered(given.get("rows"), moment)
        at = stamp(moment)
        return Kept(
            app=app,
            id=identity(moment, 1),
            values=self._calculated(app, given),
            creator=creator,
            at=at,
            deleted=not rng.randrange(8),
            remarks=tuple(self._remark(moment, place) for place in range(rng.randrange(3))),
        )

    def _remark(self, moment: datetime, place: int) -> Remark:
        rng = self.rng
        return Remark(
            id=identity(moment, 9 + place),
            author=rng.choice(USERS),
            at=stamp(moment + timedelta(hours=rng.randrange(30), seconds=place)),
            text=rng.choice(REMARKS),
            phrase=not rng.randrange(3),
        )

    def value(self, code: str) -> Any:
        """Draw a value of a field; None is an empty one."""
        if code == "to":
            ids = [one.id for one in self.pair.every() if one.app == FIRST]
            return str(self.rng.choice(ids)) if ids else None
        values: Sequence[Any] = EVERY[code].values
        return self.rng.choice([None, *values, *values]) if values else None

    def _calculated(self, app: str, given: Mapping[str, Any]) -> dict[str, Any]:
        kept = {code: wire for code, wire in given.items() if wire is not None}
        return calculate.values(self.apps[app], self._unrepeated(app, kept))

    def _unrepeated(self, app: str, values: dict[str, Any]) -> dict[str, Any]:
        """Leave out a value that must not repeat and that a record of either world has."""
        taken = {one.values.get("no") for one in self.pair.every() if one.app == app}
        return {code: wire for code, wire in values.items() if code != "no" or wire not in taken}


def _numbered(rows: Any, moment: datetime) -> Any:
    """Give the rows of a table ids of their own."""
    return rows and [
        {**row, "id": row.get("id") or str(identity(moment, 20 + place))}
        for place, row in enumerate(rows)
    ]


def identity(moment: datetime, place: int) -> int:
    """Return the id of something made at ``moment``."""
    return ((int(moment.timestamp() * 1000) - EPOCH_MS) << RANDOM_BITS) | place


def stamp(moment: datetime) -> str:
    """Return a moment as records store it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(number: int) -> datetime:
    """Return when the bearer of an id was made."""
    return datetime.fromtimestamp(((number >> RANDOM_BITS) + EPOCH_MS) / 1000, UTC)
