"""One record as it is opened: its values, and what this person may do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.query.bound import ALWAYS, NEVER
from tsuzuri.services.platform import Platform
from tsuzuri.storage import history, revisions
from tsuzuri.storage.records import Records, is_read
from tsuzuri.storage.writing import RecordState
from tsuzuri.wire.out import MASK

ACTIONS = ("edit", "delete", "comment", "export", "print", "unmask")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A record somebody may see.

    ``allowed`` are the actions open to them on it, ``writable`` the fields they may write on
    it, ``start`` the values as they were at the revision that was asked for, ``mark`` what a form
    filled from it carries (``storage/revisions``).
    """

    state: RecordState
    allowed: frozenset[str]
    writable: frozenset[str]
    start: Mapping[str, Any]
    mark: int


def opened(
    platform: Platform, access: Access, record_id: int, *, revision: int | None = None
) -> Opened:
    """Return a record and what may be done with it.  ``Unknown`` if it cannot be seen.

    With ``revision`` its ``start`` tells what the writable fields were then.
    """
    with platform.reading(access) as records:
        state = records.get(record_id)
        allowed = _allowed(records, record_id)
        writable = _writable(records, state) if "edit" in allowed else frozenset[str]()
        start: Mapping[str, Any] = state.values
        based_on = None if revision is None else revisions.revision(records, record_id, revision)
        if based_on is not None:
            start = _at(records, state, based_on, writable)
        mark = revisions.of(records, state)
    return Opened(state=state, allowed=allowed, writable=writable, start=start, mark=mark)


def new_writable(access: Access) -> frozenset[str]:
    """Return the fields somebody may fill in a new record."""
    return frozenset(one.code for one in access.app.fields if access.may_write(one.code))


def _allowed(records: Records, record_id: int) -> frozenset[str]:
    rows = records.access.rows
    asked = [action for action in ACTIONS if rows[action] not in {ALWAYS, NEVER}]
    told = records.allows(record_id, [rows[action] for action in asked]) if asked else ()
    depends = {action for action, yes in zip(asked, told, strict=True) if yes}
    return frozenset(depends | {action for action in ACTIONS if rows[action] == ALWAYS})


def _writable(records: Records, state: RecordState) -> frozenset[str]:
    conditions = records.access.writable
    open_always = {code for code, condition in conditions.items() if condition == ALWAYS}
    asked = [code for code, one in conditions.items() if one not in {ALWAYS, NEVER}]
    told = records.allows(state.id, [conditions[code] for code in asked]) if asked else ()
    depends = {code for code, yes in zip(asked, told, strict=True) if yes}
    return frozenset(open_always | depends) - state.masked


def _at(
    records: Records, state: RecordState, revision: int, writable: frozenset[str]
) -> dict[str, Any]:
    """Return the values at an earlier revision, of what the person may write on the record."""
    old, _, _ = history.changed_since(
        records.connection,
        records.access.whole,
        state.id,
        revision,
        open_fields=revisions.open_fields(records, [state.id])[state.id],
    )
    known = {code: wire for code, wire in old.items() if code in writable}
    values = {**state.values, **known}
    return {code: wire for code, wire in values.items() if wire is not None}


def told(access: Access, state: RecordState) -> dict[str, Any]:
    """Return every field of a record as its reader knows it: None where empty, or the mask."""
    found: dict[str, Any] = {}
    for field in access.app.fields:
        if is_read(field):
            found[field.code] = MASK if field.code in state.masked else state.wire(field)
    return found
