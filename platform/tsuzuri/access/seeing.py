"""An author's condition as one person may ask it: what follows from it tells them nothing else.

It is bound to the app as the person knows it, never to the whole one:

* a condition that asks a field which does not exist for them never holds for them;
* where a field is hidden on some records only, it reads as empty there, and a condition that
  emptiness could meet (a negation, "is empty") never holds either: else a hidden value would
  show in whether it holds.
"""

from __future__ import annotations

from dataclasses import replace

from tsuzuri.access.gate import Access
from tsuzuri.errors import QueryError
from tsuzuri.fields.base import Field
from tsuzuri.query.bind import bind_text
from tsuzuri.query.bound import (
    NEVER,
    All,
    AnyOf,
    Condition,
    Constant,
    Empty,
    EveryRow,
    Not,
    SomeRow,
    Test,
    tests,
)


def as_seen(access: Access, text: str) -> Condition:
    """Return a condition as this person may ask it, or never."""
    try:
        bound = bind_text(access.app, text, replace(access.asker, ruling=True))
    except QueryError:
        return NEVER
    return bound if _only_by_seeing(bound) else NEVER


def _only_by_seeing(condition: Condition) -> bool:
    """Tell whether nothing that is hidden on some records could meet a condition by that."""
    match condition:
        case All(parts=parts) | AnyOf(parts=parts):
            return all(map(_only_by_seeing, parts))
        case SomeRow(part=part) | EveryRow(part=part):
            return _only_by_seeing(part)
        case Not(part=part):
            return not any(_is_guarded(test.field) for test in tests(part))
        case Empty(field=field):
            return not _is_guarded(field)
        case Constant() | Test():
            return True


def _is_guarded(field: Field) -> bool:
    return field.guard is not None or (field.table is not None and field.table.guard is not None)
