"""Looks at everything after a kill: nothing acknowledged is lost, and nothing stands half-done."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Table, select, text

from faults.ledger import Promise, carried_out
from tsuzuri.access.readers import plan
from tsuzuri.definitions.model import App
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Files
from tsuzuri.services.definitions import ANYBODY
from tsuzuri.services.platform import Platform
from tsuzuri.storage import codec, search, tables
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.readers import list_readers
from tsuzuri.storage.records import every_id, load_whole
from tsuzuri.storage.writing import RecordState

ERRAND = Errand("a test looks behind the gate")


def check(platform: Platform, code: str, promised: Mapping[int, Promise]) -> int:
    """Raise ``AssertionError`` for anything lost or half-done; return the number of records."""
    app = platform.apps[code]
    with platform.database.read(ERRAND) as connection:
        states = load_whole(connection, app, list(every_id(connection, app)))
        comments = _comments(connection, app)
        _promises_are_kept(promised, states, comments)
        assert {record for record, _ in comments.values()} <= states.keys()
        _history_is_whole(connection, app, states)
        _readers_follow_the_rules(connection, app, states)
        _links_match(connection, app, states)
        if platform.database.dialect == "postgresql":
            indexed = _postgresql_entries(connection, app)
        else:
            indexed = _sqlite_entries(str(platform.database.url.database), app)
        _same(indexed, _wanted_entries(app, states, platform.database.dialect), "search entries")
    _files_are_there(platform, app, states)
    return len(states)


def _same(found: Mapping[Any, Any], wanted: Mapping[Any, Any], what: str) -> None:
    wrong = {k for k in found.keys() | wanted.keys() if found.get(k) != wanted.get(k)}
    details = [(key, found.get(key), wanted.get(key)) for key in sorted(wrong)[:3]]
    assert not wrong, f"{what} (found, wanted): {details}"


def _promises_are_kept(
    promised: Mapping[int, Promise],
    states: Mapping[int, RecordState],
    comments: Mapping[int, tuple[int, str]],
) -> None:
    for record, promise in promised.items():
        assert record in states, f"{record} is lost"
        state = states[record]
        if promise.intended is not None and state.revision != promise.revision:
            promise = carried_out(promise)  # noqa: PLW2901  done, though nobody was told
        assert state.revision == promise.revision
        assert (state.deleted_at is not None) == promise.deleted
        for code, value in promise.values.items():
            assert _bare(state.values[code]) == _bare(value), (record, code)
        for number, body in promise.comments.items():
            assert comments.get(number) == (record, body)


def _bare(value: Any) -> Any:
    """Return a value without the ids of its rows."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [{k: v for k, v in row.items() if k != "id"} for row in value]
    return value


def _comments(connection: Connection, app: App) -> dict[int, tuple[int, str]]:
    table = tables.comments
    rows = connection.execute(select(table).where(table.c.app == app.number))
    return {row.id: (row.record, row.body) for row in rows}


def _history_is_whole(connection: Connection, app: App, states: Mapping[int, RecordState]) -> None:
    """Every revision has its row, the first says "create", and the last who and when."""
    table = tables.history
    kept: dict[int, list[Any]] = defaultdict(list)
    statement = select(table).where(table.c.app == app.number).order_by(table.c.revision)
    for row in connection.execute(statement):
        kept[row.record].append(row)
    assert kept.keys() == states.keys()
    for record, rows in kept.items():
        state = states[record]
        assert [row.revision for row in rows] == list(range(1, state.revision + 1))
        assert rows[0].action == "create"
        assert (rows[-1].by, rows[-1].at) == (state.updated_by, state.updated_at)
        assert (rows[-1].action == "delete") == (state.deleted_at is not None)
        for row in rows:
            assert isinstance(json.loads(row.changes), dict)


def _readers_follow_the_rules(
    connection: Connection, app: App, states: Mapping[int, RecordState]
) -> None:
    living = {one.id: one.known for one in states.values() if one.deleted_at is None}
    wanted = list_readers(connection, tables_of(app), plan(app, ANYBODY), living) if living else {}
    readers, principals = tables_of(app).readers, tables.principals
    keyed = connection.execute(select(principals.c.id, principals.c.key))
    names = {row.id: row.key for row in keyed}
    found: dict[int, set[str]] = defaultdict(set)
    for principal, record in connection.execute(select(readers.c.principal, readers.c.record)):
        found[record].add(names[principal])
    _same(found, {record: set(keys) for record, keys in wanted.items() if keys}, "readers")


def _links_match(connection: Connection, app: App, states: Mapping[int, RecordState]) -> None:
    """Link tables and child tables say what the record says, and nothing more."""
    stored = tables_of(app)
    for field in app.stored:
        owners = {one.id: one.values.get(field.code) or [] for one in states.values()}
        if field.slot is Slot.LIST:
            _same(_linked(connection, stored.values[field.number]), _sets(owners), field.code)
        elif field.slot is Slot.ROWS:
            rows = {
                int(row["id"]): (record, place, row)
                for record, whole in owners.items()
                for place, row in enumerate(whole)
            }
            _same(
                _children(connection, stored.rows[field.number], field), _cells(field, rows), "rows"
            )
            for inner in field.inner:
                if inner.slot is Slot.LIST:
                    values = {key: row.get(inner.code) or [] for key, (_, _, row) in rows.items()}
                    linked = _linked(connection, stored.values[inner.number])
                    _same(linked, _sets(values), inner.code)


def _sets(owners: Mapping[int, list[str]]) -> dict[int, set[str]]:
    return {owner: set(values) for owner, values in owners.items() if values}


def _linked(connection: Connection, table: Table) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for owner, value in connection.execute(select(table.c.owner, table.c.value)):
        found[owner].add(value)
    return found


def _scalars(field: Field) -> Iterator[Field]:
    return (inner for inner in field.inner if inner.slot in {Slot.TEXT, Slot.NUMBER})


def _children(connection: Connection, table: Table, field: Field) -> dict[int, Any]:
    columns = [table.c[f"f{inner.number}"] for inner in _scalars(field)]
    rows = connection.execute(select(table.c.id, table.c.record, table.c.position, *columns))
    return {row[0]: tuple(row[1:]) for row in rows}


def _cells(field: Field, rows: Mapping[int, tuple[int, int, Any]]) -> dict[int, Any]:
    return {
        key: (record, place, *(row.get(inner.code) for inner in _scalars(field)))
        for key, (record, place, row) in rows.items()
    }


# ---------------------------------------------------------------- search

Entries = dict[tuple[int, int], Any]


def _wanted_entries(app: App, states: Mapping[int, RecordState], dialect: str) -> Entries:
    found: Entries = {}
    for state in states.values():
        for field in filter(codec.is_searched, app.stored):
            folded = codec.folded(field, state.values.get(field.code))
            if folded:
                wanted = search.tokens(folded).split() if dialect == "sqlite" else folded
                found[state.id, field.number] = wanted
    return found


def _postgresql_entries(connection: Connection, app: App) -> Entries:
    table = search.entries(tables_of(app))
    entries: Entries = {}
    for record, number, folded, grams in connection.execute(select(table)):
        assert sorted(grams) == search.grams(folded)
        entries[record, number] = folded
    return entries


def _sqlite_entries(path: str, app: App) -> Entries:
    """Read the contentless index itself: each entry's tokens in their order."""
    found: dict[int, list[str]] = defaultdict(list)
    name = tables_of(app).search_name
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.execute(
            f"CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, {name}, instance)"
        )
        for term, row, _ in connection.execute(
            "SELECT term, doc, offset FROM temp.words ORDER BY doc, offset"
        ):
            found[row].append(term)
    finally:
        connection.close()
    return {divmod(row, search.FIELDS): terms for row, terms in found.items()}


# ---------------------------------------------------------------- files


def _files_are_there(platform: Platform, app: App, states: Mapping[int, RecordState]) -> None:
    """Every file that a record or an upload names is there, and is what its name says."""
    named: dict[str, int] = {}
    for field in app.stored:
        if isinstance(field.trait, Files):
            for state in states.values():
                named.update((one["key"], one["size"]) for one in state.values.get(field.code, ()))
    with platform.database.platform() as connection:
        rows = connection.execute(text("SELECT key, size FROM uploads"))
        named.update({row.key: row.size for row in rows})
    for key, size in named.items():
        content = platform.files.path(key).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (key, size)
