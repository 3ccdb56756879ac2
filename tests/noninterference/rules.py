"""What somebody may see of a record, worked out slowly from the definition's text alone.

Nothing here knows the gate: rules are read from the document as docs/definitions.md tells them,
conditions are judged by ``query.oracle``.  So where the gate is wrong, the two disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from noninterference.kinds import COLUMNS, EVERY, SYSTEM
from query.oracle import Oracle, Person, Shape
from tsuzuri.query.parse import parse_condition
from tsuzuri.query.tree import Comparison
from worlds.town import PARENTS, TOKYO, USERS

SHAPE = Shape(
    kinds={
        **{code: one.shape for code, one in EVERY.items() if one.shape},
        **COLUMNS,
        **SYSTEM,
    },
    table_of=dict.fromkeys(COLUMNS, "rows"),
)
SHOWN = ("view", "edit")
ON_RECORDS = ("view", "edit", "delete", "comment", "export", "print", "unmask")

Record = Mapping[str, Any]
"""Codes to wire values, with ``$id``, ``$creator`` and their like; an empty field is absent."""


class Ruling(Oracle):
    """In a rule nothing is ignored: somebody without an agency is in one that no record names."""

    def _ignored(self, one: Comparison) -> bool:
        del one
        return False

    def _meant(self, kind: str, literal: Any) -> Any:
        meant = super()._meant(kind, literal)
        return "(none)" if meant == "" and literal != "" else meant


@dataclass(frozen=True, kw_only=True)
class Sight:
    """One person, one app, one moment."""

    document: Mapping[str, Any]
    user: str
    now: Any

    @cached_property
    def _who(self) -> Any:
        return next(one for one in USERS if one.code == self.user)

    @cached_property
    def _oracle(self) -> Oracle:
        agency = (*self._who.agencies, "")[0]
        return Ruling(SHAPE, Person(user=self.user, agency=agency, zone=TOKYO, now=self.now))

    @property
    def codes(self) -> Sequence[str]:
        """Every field of the app."""
        return list(self.document["record"]["properties"])

    @cached_property
    def app(self) -> frozenset[str]:
        """Return what the app's own rules allow: those of the first rule that names the person."""
        for rule in self.document["access"]["app"]:
            if any(self._is(who, {}) for who in rule["who"]):
                return frozenset(rule["allow"])
        return frozenset()

    def allowed(self, record: Record) -> frozenset[str]:
        """Return what may be done with a record; without "view" nothing."""
        rules = self.document["access"].get("record", [])
        found = set()
        for action in ON_RECORDS:
            if action in self.app and (not rules or self._decided(rules, record, action)):
                found.add(action)
        return frozenset(found) if "view" in found else frozenset()

    def _decided(self, rules: Iterable[Any], record: Record, action: str) -> bool:
        for rule in rules:
            if self._fits(rule, record):
                return action in rule["allow"]
        return False

    def level(self, record: Record, code: str) -> str:
        """Return how far a field is open on a record; a calculated one as far as its sources."""
        own, sources = self._own_level(record, code), EVERY[code].needs
        if own in SHOWN and "calculated" in EVERY[code].schema["kind"]:
            shown = all(self._own_level(record, one) in SHOWN for one in sources)
            return own if shown else "none"
        return own

    def _own_level(self, record: Record, code: str) -> str:
        rules = [one for one in self.document["access"].get("field", []) if code in one["fields"]]
        if not rules:
            return "edit"
        return next((str(one["allow"]) for one in rules if self._fits(one, record)), "none")

    def projection(self, record: Record) -> Mapping[str, Any] | None:
        """Return what the rules let the person know of a record; None for nothing at all."""
        allowed = self.allowed(record)
        if not allowed:
            return None
        levels = {code: self.level(record, code) for code in self.codes}
        # Whoever may lift a mask may know what is behind it.
        shown_at = (*SHOWN, "masked") if "unmask" in allowed else SHOWN
        shown = {code: record.get(code) for code in self.codes if levels[code] in shown_at}
        system = {code: record[code] for code in SYSTEM if not code.startswith("$updat")}
        return {"allowed": sorted(allowed), "levels": levels, "values": shown, "system": system}

    def _fits(self, rule: Mapping[str, Any], record: Record) -> bool:
        if not any(self._is(who, record) for who in rule["who"]):
            return False
        return self._oracle.holds(parse_condition(rule.get("where", "")), record)

    def _is(self, who: str, record: Record) -> bool:
        """Tell whether the person is who a rule names, on this record."""
        sort, _, code = who.removesuffix("/*").partition(":")
        agencies = {*self._who.agencies}
        if who.endswith("/*"):
            agencies = _above(agencies)
        mine = {"users": {self.user}, "groups": {*self._who.groups}, "agencies": agencies}
        named = {
            "everyone": (self.user, "users"),
            "user": (code, "users"),
            "group": (code, "groups"),
            "agency": (code, "agencies"),
            "creator": (record.get("$creator"), "users"),
            "creator-agency": (record.get("$creator_agency"), "agencies"),
        }
        if sort in named:
            one, entity = named[sort]
            return one in mine[entity]
        return bool({*(record.get(code) or ())} & mine[str(EVERY[code].schema["kind"])])


def _above(agencies: Iterable[str]) -> set[str]:
    """Return the agencies and all that stand over them."""
    found: set[str] = set()
    for code in agencies:
        one = code
        while one:
            found.add(one)
            one = PARENTS.get(one, "")
    return found
