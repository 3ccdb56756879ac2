"""What somebody sees who looks with another person's eyes: never more than either may read.

An administrator helps a nursery teacher who "cannot see the form", and looks as that teacher.
The forms, the lists and their columns are then exactly the teacher's; but a record, and a field
of it, shows only where the rules let *both* of them read it.  Otherwise looking as somebody would
be a way into every case in the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tsuzuri.access.actors import Actor
from tsuzuri.access.readers import Visibility
from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, message
from tsuzuri.fields.base import Field, Guard
from tsuzuri.query.bound import ALWAYS, NEVER, Condition, Not, all_of, any_of, negated

NO_RECORD: Condition = Not(ALWAYS)
"""No record meets it, and yet it is not ``NEVER``: the list is there, and empty."""

CLOSED = Guard(visible=NEVER, masked=NEVER)
"""Of a field that nobody reads anywhere."""

Rows = Mapping[str, Condition]


def rows_of_both(viewed: Rows, onlooker: Rows, about_records: Iterable[str]) -> Rows:
    """Return the condition of each action: those about records ask both people's rules.

    What only concerns the shape of an app (to add, to import) follows the person looked at.
    """
    both = dict(viewed)
    for action in about_records:
        if viewed[action] != NEVER:
            joined = all_of((viewed[action], onlooker[action]))
            both[action] = NO_RECORD if joined == NEVER else joined
    return both


def fields_of_both(viewed: App, onlooker: App) -> list[Field]:
    """Return the fields of the person looked at, their values where both may read them.

    Where one of the two may not even see a mask, the value reads as empty.
    """
    known = {field.code: field for field in onlooker.fields}
    return [field_of_both(field, guard_of(known.get(field.code))) for field in viewed.fields]


def field_of_both(field: Field, other: Guard) -> Field:
    """Return a field as it shows where another guard lets it show as well."""
    own = field.guard or Guard(visible=ALWAYS, masked=NEVER)
    visible = all_of((own.visible, other.visible))
    if visible == ALWAYS:
        return field
    hinted = all_of(any_of((guard.visible, guard.masked)) for guard in (own, other))
    return replace(field, guard=Guard(visible=visible, masked=all_of((hinted, negated(visible)))))


def guard_of(field: Field | None) -> Guard:
    """Return when a field may be read; one that does not exist never is."""
    if field is None:
        return CLOSED
    return field.guard or Guard(visible=ALWAYS, masked=NEVER)


def visible_to_both(
    viewed: Visibility, onlooker: Visibility, onlooker_view: Condition
) -> Visibility:
    """Return how storage finds the records that both may see.

    The readers written down are asked for the person looked at, the rules for the onlooker.
    """
    if onlooker_view == NEVER:
        return Visibility(False, (), None)
    if viewed.everything:
        return onlooker
    if onlooker.everything:
        return viewed
    return Visibility(False, viewed.keys, all_of((viewed.residual or ALWAYS, onlooker_view)))


def must_not_look(actor: Actor) -> None:
    """Raise ``Denied`` for somebody who only looks with another person's eyes."""
    if actor.onlooker is not None:
        raise Denied(message("ほかの人の画面を見ている間は、この操作はできません。"))
