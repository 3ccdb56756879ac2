"""Who would see a record that is written nowhere: the gate's own conditions, asked of it.

As with stored records (``visible``), most people are settled by the names a record lists; the
whole condition is asked only about those whom the names leave open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tsuzuri.access import partly
from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import sight
from tsuzuri.access.readers import Visibility, plan, reader_keys
from tsuzuri.definitions.model import App
from tsuzuri.query.bound import ALWAYS, NEVER, Condition
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.supposed import holding
from tsuzuri.storage.writing import RecordState


@dataclass(frozen=True, slots=True)
class Supposed:
    """Those who surely see the record, the names it lists, and whether others perhaps see it."""

    readers: tuple[Actor, ...]
    names: frozenset[str]
    uncertain: bool


@dataclass(frozen=True)
class Supposing:
    """A record of ``app`` as ``state`` says, of which the fields in ``known`` may be told of."""

    connection: Connection
    app: App
    state: RecordState
    known: frozenset[str]
    now: datetime

    def readers(self, actors: Sequence[Actor]) -> Supposed:
        """Return which of ``actors`` see the record, in their order."""
        names = self._names(actors)
        views: dict[str, Condition] = {}
        for actor in actors:
            view, visible = sight(actor, self.app, self.now)
            views[actor.user] = self._settled(actor, view, visible, names)
        least = {user: self._limit(view, most=False) for user, view in views.items()}
        most = {user: self._limit(view, most=True) for user, view in views.items()}
        open_ones = (*least.values(), *most.values())
        met = {ALWAYS, *self._holding(one for one in open_ones if one not in {ALWAYS, NEVER})}
        return Supposed(
            tuple(actor for actor in actors if least[actor.user] in met),
            names,
            any(most[user] in met and least[user] not in met for user in views),
        )

    def _settled(
        self, actor: Actor, view: Condition, visible: Visibility, names: frozenset[str]
    ) -> Condition:
        """Return ``view``, or what it comes to where the listed names decide."""
        if not self._sure or view in {ALWAYS, NEVER}:
            return view
        if names.isdisjoint(actor.keys):
            return NEVER
        decided = visible.keys is not None and visible.residual is None
        return ALWAYS if decided else view

    @property
    def _sure(self) -> bool:
        """Tell whether no rule asks what may not be told."""
        return partly.asked_by_rules(self.app) <= self.known

    def _limit(self, condition: Condition, *, most: bool) -> Condition:
        return partly.limit(condition, self.known, most=most)

    def _holding(self, conditions: Iterable[Condition]) -> frozenset[Condition]:
        return holding(self.connection, tables_of(self.app), self.state, conditions)

    def _names(self, actors: Sequence[Actor]) -> frozenset[str]:
        """Return the names of readers that the record would list, and those settled at the door."""
        if not actors:
            return frozenset()
        grants = plan(self.app, actors[0].asking(self.now), settled=True).grants
        where = {id(one): self._limit(one.where, most=True) for one in grants}
        met = {ALWAYS, *self._holding(one for one in where.values() if one not in {ALWAYS, NEVER})}
        listed: Mapping[str, object] = {
            code: wire for code, wire in self.state.known.items() if code in self.known
        }
        named = {**dict.fromkeys(partly.MAKERS.values(), ""), **listed}
        return frozenset().union(
            *(reader_keys(self.app, one, named) for one in grants if where[id(one)] in met)
        )
