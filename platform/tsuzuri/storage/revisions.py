"""Which state of a record a form or a file was made from, told without telling of other changes.

Somebody who knows every field of an app knows a record by its revision, a running number.  To
anybody else that number would tell that something changed which they may not see.  They are
given the id of the last change they may know of instead (the record's own where there is none):
two databases that differ only in what is hidden from them give the same one.  Both are whole
numbers that nobody is to read anything into.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from tsuzuri.fields.base import Field
from tsuzuri.query.bound import NEVER, Condition
from tsuzuri.storage import tables as platform
from tsuzuri.storage.imports import meeting
from tsuzuri.storage.records import Records
from tsuzuri.storage.writing import RecordState, chunks

Row = tuple[Any, ...]


def open_fields(records: Records, ids: Sequence[int]) -> dict[int, list[Field]]:
    """Return for each record the fields whose value its reader knows now."""
    fields = records.access.app.fields
    guards = dict.fromkeys(one.guard.visible for one in fields if one.guard is not None)
    met: Mapping[Condition, frozenset[int]] = {
        guard: frozenset() if guard == NEVER else meeting(records, list(ids), guard)
        for guard in guards
    }
    return {
        record: [one for one in fields if one.guard is None or record in met[one.guard.visible]]
        for record in ids
    }


def tokens(records: Records, ids: Sequence[int]) -> dict[int, int]:
    """Return for each record the id of the last change its reader may know of, or its own."""
    known = {
        record: {str(one.number) for one in fields}
        for record, fields in open_fields(records, ids).items()
    }
    found = {record: record for record in ids}
    table = platform.history
    statement = (
        select(table.c.record, table.c.id, table.c.changes)
        .where(table.c.app == records.access.whole.number, table.c.record.in_(list(ids)))
        .order_by(table.c.id.desc())
    )
    for record, change, changes in records.connection.execute(statement):
        if found[record] == record and concerns(json.loads(changes), known[record]):
            found[record] = change
    return found


def concerns(changes: Mapping[str, Any], known: Iterable[str]) -> bool:
    """Tell whether a change touches something known: a field by number, or the whole record."""
    return not changes or not changes.keys().isdisjoint(known)


def of(records: Records, state: RecordState) -> int:
    """Return what a form filled from ``state`` is marked with."""
    if records.access.knows_all:
        return state.revision
    return tokens(records, [state.id])[state.id]


def marked(records: Records, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows of (id, revision, …) with the marks of their reader in place of revisions."""
    if records.access.knows_all:
        yield from rows
        return
    for part in _batches(rows):
        marks = tokens(records, [row[0] for row in part])
        yield from ((row[0], marks[row[0]], *row[2:]) for row in part)


def _batches(rows: Iterable[Row], size: int = 500) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def many(records: Records, states: Sequence[RecordState]) -> dict[int, int]:
    """Return the marks of several records."""
    if records.access.knows_all:
        return {one.id: one.revision for one in states}
    found: dict[int, int] = {}
    for part in chunks([one.id for one in states]):
        found.update(tokens(records, part))
    return found


def revision(records: Records, record: int, mark: int) -> int | None:
    """Return the revision that a mark stands for; None for a mark that never was one."""
    if records.access.knows_all:
        return mark
    if mark == record:
        return 0
    table = platform.history
    return records.connection.execute(
        select(table.c.revision).where(
            table.c.id == mark,
            table.c.app == records.access.whole.number,
            table.c.record == record,
        )
    ).scalar()
