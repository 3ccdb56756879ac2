"""Rules meet a person: what of each rule is settled at once, and what depends on the record.

A rule's ``who`` is either settled for everyone in the request (``everyone``, a user, a
group, an agency) or becomes a condition on the record (``creator``, ``field:scope``).  Read
top-down with the first match deciding, a list of rules folds into one condition per action:

    match1 → allow1, otherwise match2 → allow2, otherwise … nothing

which is the only form rules have from here on, for one record and for a million alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from tsuzuri.access.actors import Actor
from tsuzuri.definitions.model import App, Principal
from tsuzuri.fields.traits import People
from tsuzuri.query.bound import NEVER, Condition, Constant, Test, all_of, any_of, negated


def fold(matches: Sequence[tuple[Condition, bool]]) -> Condition:
    """Fold (match, allowed) pairs, first match wins, into the condition of being allowed.

    Nothing matching means nothing is allowed.
    """
    result: Condition = NEVER
    for match, allowed in reversed(matches):
        result = any_of((match, result)) if allowed else all_of((negated(match), result))
    return result


def who_matches(app: App, who: Iterable[Principal], actor: Actor) -> Condition:
    """Return the condition under which ``actor`` is one of ``who``."""
    return any_of(_matches(app, principal, actor) for principal in who)


def _matches(app: App, principal: Principal, actor: Actor) -> Condition:
    settled = SETTLED.get(principal.sort)
    if settled is not None:
        return Constant(settled(principal, actor))
    if principal.sort == "creator":
        return _among(app, "$creator", (actor.user,))
    if principal.sort == "creator-agency":
        return _among(app, "$creator_agency", actor.agencies)
    if principal.sort == "creator-agency/*":
        return _among(app, "$creator_agency", tuple(sorted(actor.above)))
    return _field_matches(app, principal, actor)


def _field_matches(app: App, principal: Principal, actor: Actor) -> Condition:
    """Return the condition that the field named by the rule names the actor."""
    field = app.by_code.get(principal.code)
    if field is None or not isinstance(field.trait, People):
        # A rule that names a field which is gone grants nothing.
        return NEVER
    return _among(app, principal.code, held(field.trait.entity, actor, below=principal.below))


def held(entity: str, actor: Actor, *, below: bool) -> tuple[str, ...]:
    """Return the codes of ``entity`` under which a field may name the actor."""
    if entity == "user":
        return (actor.user,)
    if entity == "group":
        return tuple(sorted(actor.groups))
    return tuple(sorted(actor.above)) if below else actor.agencies


def _among(app: App, code: str, values: tuple[str, ...]) -> Condition:
    values = tuple(value for value in values if value)
    return Test(app.field(code), "in", values) if values else NEVER


SETTLED: Mapping[str, Callable[[Principal, Actor], bool]] = {
    "everyone": lambda _who, _actor: True,
    "user": lambda who, actor: who.code == actor.user,
    "group": lambda who, actor: who.code in actor.groups,
    "agency": lambda who, actor: who.code in (actor.above if who.below else actor.agencies),
}
"""The principals that a request settles before any record is read."""
