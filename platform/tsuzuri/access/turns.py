"""Whose turn it is on a record, as conditions: what of a process one person may do, and where.

Everything is asked of the app as the person knows it, never of the whole one (``seeing``).  So
whether an action is offered follows from what they see of a record and tells nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.access.rules import who_matches
from tsuzuri.access.seeing import as_seen
from tsuzuri.definitions.model import Process, Status, Step
from tsuzuri.fields.base import Field
from tsuzuri.query.bound import (
    ALWAYS,
    NEVER,
    Condition,
    Empty,
    Test,
    all_of,
    any_of,
    negated,
)

Able = Mapping[str, tuple[str, ...]]
"""By status, the codes of those who can have the turn there at all, as the directory is now."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One action somebody may do on the records that meet ``condition``.

    ``person`` is whose turn it is: their own code, or that of whom they stand in for.
    ``asked`` says that they are asked to act, and do not merely have the right to.
    """

    step: Step
    person: str
    condition: Condition
    asked: bool


def process_of(access: Access) -> Process | None:
    """Return the process of an app for somebody who knows where records stand."""
    process = access.whole.process
    return process if process is not None and process.status in access.app.by_code else None


def turns(access: Access, people: Sequence[Actor], able: Able) -> Iterator[Turn]:
    """Yield what the person may do, for themselves first, then for each they stand in for.

    ``people`` are the person, and those for whom they act; ``able`` stands above.
    """
    process = process_of(access)
    scope = access.actor.scope
    if process is None or (scope is not None and "edit" not in scope.within(access.whole.code)):
        return
    for person in people:
        for step in process.steps:
            where = as_seen(access, step.where)
            for condition, asked in _ways(access, process, step, person, able):
                whole = all_of((access.rows["view"], condition, where))
                if whole != NEVER:
                    yield Turn(step, person.user, whole, asked)


def _ways(
    access: Access, process: Process, step: Step, person: Actor, able: Able
) -> Iterator[tuple[Condition, bool]]:
    """Yield the conditions under which an action is somebody's, and whether they are asked."""
    if step.who:
        stands = any_of(_standing(access, process, code) for code in step.origins)
        yield all_of((stands, who_matches(access.app, step.who, person))), False
        return
    for code in step.origins:
        status = process.at(code)
        if status is not None:
            turn = _turn(access, process, status, person, able.get(code, ()))
            # Nobody is asked by others for what they have only begun.
            asks = bool(status.rule) and status is not process.first
            yield all_of((_standing(access, process, code), turn)), asks


def _standing(access: Access, process: Process, code: str) -> Condition:
    """Return "the record stands there"; one that stands nowhere yet is at the beginning."""
    field = access.app.field(process.status)
    here = Test(field, "in", (code,))
    if code == process.first.code and field.guard is None:
        return any_of((here, Empty(field)))
    return here


def _turn(
    access: Access, process: Process, status: Status, person: Actor, able: tuple[str, ...]
) -> Condition:
    """Return the condition under which it is somebody's turn on a record that stands there."""
    own = person.user == access.actor.user
    if not status.rule:
        return access.rows["edit"] if own else NEVER
    candidate = who_matches(access.app, status.who, person)
    field = access.app.by_code.get(process.assignee)
    if status.rule == "ANY" or field is None:
        # What can only be the creator's needs no name to be known.
        return candidate if status.rule == "ANY" or status.is_creators else NEVER
    # Who is named and may not have the turn any more does not hold the record up.
    fits = ALWAYS if own and manages(access) else candidate
    named = Test(field, "in", (person.user,))
    free = any_of((_left(field, able), Empty(field) if field.guard is None else NEVER))
    return any_of((all_of((named, fits)), all_of((free, candidate))))


def _left(field: Field, able: tuple[str, ...]) -> Condition:
    """Return "somebody is named, and none of them can have the turn any more"."""
    return all_of((negated(Empty(field)), negated(Test(field, "in", able))))


def manages(access: Access) -> bool:
    """Tell whether the person may say whose turn it is, on the records they see."""
    own = access.actor.onlooker is None and access.actor.scope is None
    return own and (access.may("manage") or access.actor.administers)


def asked(found: Iterable[Turn]) -> Mapping[str, Condition]:
    """Return by action the condition under which somebody is asked to do it."""
    ways: dict[str, list[Condition]] = {}
    for one in found:
        if one.asked:
            ways.setdefault(one.step.code, []).append(one.condition)
    return {code: any_of(found) for code, found in ways.items()}
