"""The history of records: who changed what, from what to what, in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from tsuzuri.access import partly
from tsuzuri.definitions.model import App
from tsuzuri.fields.base import Field
from tsuzuri.storage import audit, patience, rows
from tsuzuri.storage import tables as platform
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.identity import bulk_ids, new_ids
from tsuzuri.storage.writing import RecordState

HISTORY_SHOWN = 200
"""Entries one page of history reads; older ones are asked for by ``before``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry: ``differences`` maps fields to (before, after) as the reader may know them.

    ``step`` is the action of the process that was done, ``behalf`` for whom a deputy did it.
    """

    id: int
    revision: int
    at: str
    by: str
    action: str
    reason: str
    step: str
    behalf: str
    differences: Mapping[Field, tuple[Any, Any]]


def note(connection: Connection, app: App, states: Sequence[RecordState], action: str) -> None:
    """Note that records were created; a creation's values are what later entries undo to."""
    columns = ("id", "app", "record", "revision", "at", "by", "action", "changes", "reason")
    ids = new_ids if len(states) == 1 else bulk_ids
    found = [
        (
            ids.new(),
            app.number,
            one.id,
            one.revision,
            one.updated_at,
            one.updated_by,
            action,
            "{}",
            "",
        )
        for one in states
    ]
    rows.put(connection, platform.history.name, columns, found)
    done = f"record.{action}"
    if len(states) == 1:
        audit.note(connection, Entry(action=done, app=app.code, record=states[0].id))
        return
    for entry in audit.many(done, app.code, [one.id for one in states]):
        audit.note(connection, entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who did what to a record, when (UTC ISO text) and why.

    ``step`` and ``behalf`` stand at ``Change``; ``entry`` is the name in the audit log, if it is
    another than that of the action.
    """

    by: str
    at: str
    action: str = "change"
    reason: str = ""
    step: str = ""
    behalf: str = ""
    entry: str = ""


def note_change(
    connection: Connection, app: App, states: tuple[RecordState, RecordState], deed: Deed
) -> None:
    """Note what differs between two states of a record, the earlier one first."""
    before, after = states
    changes = {
        str(one.number): [before.values.get(one.code), after.values.get(one.code)]
        for one in app.stored
        if before.values.get(one.code) != after.values.get(one.code)
    }
    connection.execute(
        insert(platform.history).values(
            id=new_ids.new(),
            app=app.number,
            record=after.id,
            revision=after.revision,
            at=deed.at,
            by=deed.by,
            action=deed.action,
            changes=json.dumps(changes, ensure_ascii=False),
            reason=deed.reason,
            step=deed.step,
            behalf=deed.behalf,
        )
    )
    changed = [one.code for one in app.stored if str(one.number) in changes]
    detail = {"fields": changed, "step": deed.step, "behalf": deed.behalf}
    audit.note(
        connection,
        Entry(
            action=deed.entry or f"record.{deed.action}",
            app=app.code,
            record=after.id,
            detail={name: told for name, told in detail.items() if told},
            reason=deed.reason,
        ),
    )
    _note_scope(connection, app, states)


def _note_scope(connection: Connection, app: App, states: tuple[RecordState, RecordState]) -> None:
    """Note that a record is now shared with others; how many, not which: the history says it."""
    after = states[1]
    for field in partly.scopes(app):
        was, now = (set(one.values.get(field.code) or ()) for one in states)
        if was != now:
            told = {"field": field.code, "added": len(now - was), "removed": len(was - now)}
            audit.note(
                connection,
                Entry(action="record.scope", app=app.code, record=after.id, detail=told),
            )


def changes_of(
    connection: Connection, app: App, record: int, *, open_fields: Sequence[Field]
) -> list[Change]:
    """Return the newest entries of a record, narrowed to ``open_fields``.

    A change of nothing the reader may know leaves no entry.
    """
    table = platform.history
    statement = (
        select(table)
        .where(table.c.app == app.number, table.c.record == record)
        .order_by(table.c.id.desc())
    )
    by_number = {str(one.number): one for one in open_fields}
    found: list[Change] = []
    # The limit counts what the reader may know: hidden changes must not push open ones out.
    with closing(patience.streamed(connection, statement, 200)) as rows:
        for row in (one._mapping for one in rows):  # noqa: SLF001  SQLAlchemy's public name
            given = json.loads(row["changes"])
            known = {by_number[n]: tuple(pair) for n, pair in given.items() if n in by_number}
            if known or not given:
                found.append(_change(row, known))
            if len(found) == HISTORY_SHOWN:
                break
    return found


def _change(row: RowMapping, differences: Mapping[Field, tuple[Any, Any]]) -> Change:
    return Change(
        id=row["id"],
        revision=row["revision"],
        at=row["at"],
        by=row["by"],
        action=row["action"],
        reason=row["reason"],
        step=row["step"],
        behalf=row["behalf"],
        differences=differences,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The last thing a record's process did, with the two fields' values before and after."""

    by: str
    at: str
    action: str
    status: tuple[Any, Any] | None
    assignee: tuple[Any, Any] | None


PROCESS = ("step", "recall", "assign")
"""The actions of history that only a process takes."""


def last_move(
    connection: Connection, app: App, record: int, fields: tuple[Field | None, Field | None]
) -> Moved | None:
    """Return the last thing a record's process did; ``fields`` are its status and assignee."""
    table = platform.history
    mine = (table.c.app == app.number, table.c.record == record, table.c.action.in_(PROCESS))
    row = (
        connection.execute(select(table).where(*mine).order_by(table.c.id.desc()).limit(1))
        .mappings()
        .first()
    )
    if row is None:
        return None
    given = json.loads(row["changes"])
    pairs = [given.get(str(one.number)) if one is not None else None for one in fields]
    status, assignee = (None if pair is None else tuple(pair) for pair in pairs)
    return Moved(by=row["by"], at=row["at"], action=row["action"], status=status, assignee=assignee)


def changed_since(
    connection: Connection,
    app: App,
    record: int,
    revision: int,
    *,
    open_fields: Sequence[Field],
) -> tuple[dict[str, Any], str, str]:
    """Return what a record's fields were at ``revision`` where they changed since, by whom, when.

    The first part maps codes to the old value (None: empty).  Only ``open_fields`` count: a change
    of nothing else never was.
    """
    table = platform.history
    rows = connection.execute(
        select(table.c.changes, table.c.by, table.c.at)
        .where(
            table.c.app == app.number,
            table.c.record == record,
            table.c.revision > revision,
        )
        .order_by(table.c.id.desc())
    )
    by_number = {str(one.number): one.code for one in open_fields}
    old: dict[str, Any] = {}
    last = ("", "")
    for changes, by, at in rows:
        given = json.loads(changes)
        known = {by_number[n]: pair[0] for n, pair in given.items() if n in by_number}
        old.update(known)
        if last == ("", "") and (known or not given):
            last = (by, at)
    return old, *last


def before(
    connection: Connection, app: App, state: RecordState, done: tuple[str, str, str]
) -> RecordState | None:
    """Return a record as it was before the last change ``by`` somebody from ``since`` ``until``.

    ``state`` is the record as it is now; None where there is no such change.
    """
    by, since, until = done
    table = platform.history
    rows = connection.execute(
        select(table.c.by, table.c.at, table.c.changes)
        .where(table.c.app == app.number, table.c.record == state.id)
        .order_by(table.c.id.desc())
    )
    codes = {str(one.number): one.code for one in app.stored}
    values = dict(state.values)
    for row in rows:
        for number, (old, _) in json.loads(row.changes).items():
            if number in codes:
                values[codes[number]] = old
        if row.by == by and since <= row.at <= until:
            kept = {code: wire for code, wire in values.items() if wire is not None}
            return replace(state, values=kept)
    return None
