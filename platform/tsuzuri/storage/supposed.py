"""What conditions would say of a record that is written nowhere.

The very SQL that asks stored records is asked of one that stands in the statement itself: a name
in a ``WITH`` clause hides the table of that name, on SQLite and PostgreSQL alike.  So there is no
second way to judge a condition, nothing to undo, no lock, and no trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from sqlalchemy import CTE, Connection, Integer, Table, Text, cast, column, select, values
from sqlalchemy.types import TypeEngine

from tsuzuri.access.gate import Access
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Derived, System
from tsuzuri.query.bound import ALWAYS, NEVER, Condition, Test, tests
from tsuzuri.storage import codec
from tsuzuri.storage.app_tables import TEXT_SLOTS, AppTables, tables_of
from tsuzuri.storage.compile import Compiler
from tsuzuri.storage.tables import ID, TEXT
from tsuzuri.storage.writing import RecordState

AT_ONCE = 100
"""Conditions in one statement; SQLite takes no expression of more than a thousand parts."""

Columns = Sequence[tuple[str, TypeEngine[Any]]]


def holding(
    connection: Connection, tables: AppTables, state: RecordState, conditions: Iterable[Condition]
) -> frozenset[Condition]:
    """Return those of ``conditions`` that ``state`` would meet if it were stored."""
    wanted = list(dict.fromkeys(conditions))
    found: set[Condition] = set()
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        told = _told(connection, tables, state, part)
        found.update(one for one, yes in zip(part, told, strict=True) if yes)
    return frozenset(found)


def seen(connection: Connection, access: Access, state: RecordState) -> RecordState | None:
    """Return what somebody would know of ``state`` if it were stored; None if they see nothing.

    The gate's own conditions decide: of the record, of each guarded field, of each mask.
    """
    guards = [one.guard for one in access.app.fields if one.guard is not None]
    view = access.rows["view"]
    asked = [view, *(one.visible for one in guards), *(one.masked for one in guards)]
    met = meeting(connection, access, state, asked)
    if view not in met:
        return None
    values: dict[str, Any] = {}
    masked = set()
    for one in access.app.fields:
        if one.guard is not None and one.guard.masked in met:
            masked.add(one.code)
        elif one.guard is None or one.guard.visible in met:
            wire = _wire(access, state, one)
            if wire is not None:
                values[one.code] = wire
    return replace(state, values=values, masked=frozenset(masked))


def meeting(
    connection: Connection, access: Access, state: RecordState, conditions: Iterable[Condition]
) -> frozenset[Condition]:
    """Return those of an access's conditions that ``state`` would meet."""
    open_ones = [one for one in conditions if one not in {ALWAYS, NEVER}]
    tables = tables_of(access.whole)
    return frozenset({ALWAYS}) | holding(connection, tables, state, open_ones)


def _wire(access: Access, state: RecordState, field: Field) -> Any:
    """Return what a field holds; of what the plain columns hold only where a rule asks for it."""
    trait = field.trait
    if isinstance(trait, Derived):
        return None if field.guard is None else _whole(state, access.whole.by_code[trait.of])
    if isinstance(trait, System) and field.guard is None:
        return None
    return _whole(state, field)


def _whole(state: RecordState, field: Field) -> Any:
    if isinstance(field.trait, System):
        return getattr(state, field.trait.column)
    return state.values.get(field.code)


def _told(
    connection: Connection, tables: AppTables, state: RecordState, conditions: Sequence[Condition]
) -> Sequence[Any]:
    asked = [one for condition in conditions for one in tests(condition)]
    # Words are looked for in the record itself: no index holds it.
    words = frozenset(
        str(one.values[0]) for one in asked if isinstance(one, Test) and one.operator == "like"
    )
    compiler = Compiler(tables, connection.dialect.name, common=words)
    statement = select(*(compiler.condition(one) for one in conditions))
    statement = statement.select_from(tables.records)
    for table in _tables(tables, state, dict.fromkeys(one.field for one in asked), words):
        statement = statement.add_cte(table)
    return connection.execute(statement).one()


def _tables(
    tables: AppTables, state: RecordState, fields: Iterable[Field], words: frozenset[str]
) -> Iterator[CTE]:
    """Yield the tables that hold the record and nothing else, as far as they are asked."""
    numbers = {one.number for one in fields}
    tops = [one for one in tables.app.fields if _is_asked(one, numbers)]
    yield _record(tables, state, [one for one in tops if not isinstance(one.trait, System)])
    for one in tops:
        if one.slot is Slot.LIST:
            yield _links(tables, one, [(state.id, state.values.get(one.code))])
        elif one.slot is Slot.ROWS:
            yield from _rows(
                tables, state, one, [inner for inner in one.inner if inner.number in numbers]
            )
    if words:
        yield _entries(tables, state)


def _is_asked(field: Field, numbers: AbstractSet[int]) -> bool:
    return field.number in numbers or any(inner.number in numbers for inner in field.inner)


def _record(tables: AppTables, state: RecordState, fields: Sequence[Field]) -> CTE:
    table = tables.records
    held: Mapping[str, Any] = {
        "id": state.id,
        "revision": state.revision,
        "created_at": state.created_at,
        "created_by": state.created_by,
        "created_agency": state.created_agency,
        "updated_at": state.updated_at,
        "updated_by": state.updated_by,
        **{
            f"f{one.number}": codec.to_column(one, state.values.get(one.code))
            for one in fields
            if f"f{one.number}" in table.c
        },
    }
    return _standing(table.name, _columns(table, held), [tuple(held.values())])


def _columns(table: Table, names: Iterable[str]) -> Columns:
    return [(name, table.c[name].type) for name in names]


def _links(tables: AppTables, field: Field, owners: Iterable[tuple[int, Any]]) -> CTE:
    found = [(owner, one) for owner, wire in owners for one in dict.fromkeys(wire or ())]
    name = tables.values[field.number].name
    return _standing(name, [("owner", ID), ("value", TEXT)], found)


def _rows(
    tables: AppTables, state: RecordState, table: Field, asked: Sequence[Field]
) -> Iterator[CTE]:
    stored = tables.rows[table.number]
    held = [(place, row) for place, row in enumerate(state.values.get(table.code) or ())]
    names = ["id", "record", "position"]
    for inner in asked:
        names += [f"f{inner.number}", *((f"k{inner.number}",) if inner.slot in TEXT_SLOTS else ())]
    found = [
        (place, state.id, place, *(cell for inner in asked for cell in _cells(inner, row)))
        for place, row in held
    ]
    yield _standing(stored.name, _columns(stored, names), found)
    for inner in asked:
        if inner.slot is Slot.LIST:
            yield _links(tables, inner, [(place, row.get(inner.code)) for place, row in held])


def _cells(inner: Field, row: Mapping[str, Any]) -> Iterator[Any]:
    wire = row.get(inner.code)
    yield codec.to_column(inner, wire)
    if inner.slot in TEXT_SLOTS:
        yield codec.folded(inner, wire) or None


def _entries(tables: AppTables, state: RecordState) -> CTE:
    """Return the search entries, which PostgreSQL asks where SQLite asks the record."""
    found = [
        (state.id, one.number, folded)
        for one in tables.app.stored
        if (folded := codec.folded(one, state.values.get(one.code)))
    ]
    return _standing(
        tables.search_name, [("record", ID), ("field", Integer()), ("folded", Text())], found
    )


def _standing(name: str, columns: Columns, found: Sequence[tuple[Any, ...]]) -> CTE:
    """Return rows that stand in the statement under the name of a table."""
    # A first row of nothing gives types to columns in which nothing stands, and is left out.
    kinds = [kind for _, kind in columns]
    rows = [(0, *(None for _ in kinds)), *((1, *one) for one in found)]
    listed = values(
        column("real", Integer()), *(column(f"c{n}", kind) for n, kind in enumerate(kinds))
    )
    given = listed.data(rows).cte(f"{name}_given")
    cells = [cast(given.c[f"c{n}"], kind).label(label) for n, (label, kind) in enumerate(columns)]
    return select(*cells).where(given.c.real == 1).cte(name)
