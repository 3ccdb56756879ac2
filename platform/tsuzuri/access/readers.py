"""Who reads each record, written down when the record is written.

Asking "which of a million records may this person see" of the rules each time takes seconds
for somebody who sees three.  So each record carries the names of its readers (``everyone``,
``user:…``, ``agency:…``, ``below:…``, ``group:…``), and a person asks by own names.

The compiled rules stay the truth.  What is written down may be a superset of it, never less:

* a condition that depends on the clock or the reader counts as met when it is written down;
* a rule that takes something away from what a lower rule gives is not written down.

In both cases ``exact`` is false and the whole condition is asked as well.  Rules for named
people without a condition are not written down at all: they are settled at the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tsuzuri.access.actors import Actor
from tsuzuri.access.rules import SETTLED, who_matches
from tsuzuri.definitions.model import App, Principal
from tsuzuri.fields.traits import People
from tsuzuri.query.bind import Asker, bind
from tsuzuri.query.bound import ALWAYS, NEVER, Condition
from tsuzuri.query.parse import parse_condition
from tsuzuri.query.tree import And, Node, is_volatile


@dataclass(frozen=True, slots=True)
class Grant:
    """Records that meet ``where`` list these principals among their readers."""

    where: Condition
    who: tuple[Principal, ...]


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """What to write down for each record, and whether that alone decides."""

    grants: tuple[Grant, ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class Visibility:
    """How storage finds the records a person may see.

    ``everything``: no question to ask.  Otherwise records listing one of ``keys`` (None: do
    not look there), and of those the ones that meet ``residual`` (None: all of them).
    """

    everything: bool
    keys: tuple[str, ...] | None
    residual: Condition | None


def plan(app: App, asker: Asker, *, settled: bool = False) -> ReaderPlan:
    """Return what is written down for the records of ``app``.

    ``asker`` lends its time zone to the reading of literals; conditions that would depend on
    it any further are volatile and count as met.  With ``settled`` it also says what is settled
    at the door, so that every reader is named.
    """
    rules = app.access.record
    grants: list[Grant] = []
    exact = True
    denied = False
    for rule in rules:
        if "view" not in rule.allow:
            denied = True
            continue
        node = parse_condition(rule.where)
        steady = _steady(node)
        exact = exact and not denied and steady == node
        where = bind(app, steady, asker)
        who = tuple(p for p in rule.who if settled or p.sort not in SETTLED or where != ALWAYS)
        if who:
            grants.append(Grant(where, who))
    return ReaderPlan(tuple(grants), exact)


def _steady(node: Node | None) -> Node | None:
    """Return the part of a condition that neither clock nor reader can change."""
    if node is None or not is_volatile(node):
        return node
    if not isinstance(node, And):
        return None
    kept = tuple(part for part in map(_steady, node.parts) if part is not None)
    return And(kept) if len(kept) > 1 else (kept[0] if kept else None)


def visibility(actor: Actor, app: App, asker: Asker, view: Condition) -> Visibility:
    """Return the cheapest way to apply ``view``, the actor's condition of seeing a record."""
    if view == ALWAYS:
        return Visibility(True, None, None)
    if view == NEVER:
        return Visibility(False, (), None)
    if not app.listed or not app.access.record or _settled_grant(actor, app, asker):
        return Visibility(False, None, view)
    exact = plan(app, asker).exact
    return Visibility(False, actor.keys, None if exact else view)


def _settled_grant(actor: Actor, app: App, asker: Asker) -> bool:
    """Tell whether a rule that is not written down grants the actor something."""
    for rule in app.access.record:
        if (
            "view" in rule.allow
            and bind(app, _steady(parse_condition(rule.where)), asker) == ALWAYS
        ):
            settled = tuple(who for who in rule.who if who.sort in SETTLED)
            if who_matches(app, settled, actor) == ALWAYS:
                return True
    return False


def reader_keys(app: App, grant: Grant, record: Mapping[str, object]) -> frozenset[str]:
    """Return the names a record that meets ``grant.where`` lists.

    ``record`` maps codes to wire values, with ``$creator`` and ``$creator_agency``.
    """
    keys: set[str] = set()
    for who in grant.who:
        if who.sort == "everyone":
            keys.add("everyone")
        elif who.sort == "agency":
            keys.add(f"below:{who.code}" if who.below else f"agency:{who.code}")
        elif who.sort in {"user", "group"}:
            keys.add(f"{who.sort}:{who.code}")
        elif who.sort == "creator":
            keys.add(f"user:{record['$creator']}")
        elif who.sort == "creator-agency":
            keys.add(f"agency:{record['$creator_agency']}")
        elif who.sort == "creator-agency/*":
            keys.add(f"below:{record['$creator_agency']}")
        else:
            keys.update(_named_by_field(app, who, record))
    return frozenset(keys)


def _named_by_field(app: App, who: Principal, record: Mapping[str, object]) -> frozenset[str]:
    """Return the names a people field lists."""
    field = app.by_code.get(who.code)
    trait = field.trait if field is not None else None
    if not isinstance(trait, People):
        return frozenset()
    named = record.get(who.code) or ()
    prefix = "below" if trait.entity == "agency" and who.below else trait.entity
    codes = named if isinstance(named, list | tuple) else [named]
    return frozenset(f"{prefix}:{code}" for code in codes)
