"""The search index follows a definition: what is searched of old values changes with a field.

A choice that becomes text is searched from then on, a text that becomes a choice no more, and a
table that gains or loses a column reads differently.  An entry must be taken out by the words
it went in with, so this happens in the transaction that publishes, before anybody writes by
the new definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, select

from tsuzuri.fields.base import Field, Slot
from tsuzuri.storage import codec, search
from tsuzuri.storage.app_tables import AppTables

BATCH = 1000


def reads_as(field: Field) -> tuple[object, ...]:
    """Return what decides the words of a field's entries; nothing for what is not searched."""
    if not codec.is_searched(field):
        return ()
    if field.slot is not Slot.ROWS:
        return (field.kind.name,)
    return tuple((one.code, one.kind.name) for one in field.inner if codec.is_searched(one))


def follow(
    connection: Connection, tables: AppTables, fields: Iterable[tuple[Field, Field]]
) -> None:
    """Write the entries of fields anew, each given as it was and as it is."""
    for before, after in fields:
        if reads_as(before) == reads_as(after):
            continue
        for rows in _values(connection, tables, after):
            search.remove(connection, tables, list(_entries(before, rows)))
            search.add(connection, tables, _entries(after, rows))


def _values(
    connection: Connection, tables: AppTables, field: Field
) -> Iterator[list[tuple[int, Any]]]:
    """Yield (record, column value) of every record that has a value, in batches."""
    table, last = tables.records, 0
    column = table.c[f"f{field.number}"]
    while True:
        rows = connection.execute(
            select(table.c.id, column)
            .where(table.c.id > last, column.is_not(None))
            .order_by(table.c.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        yield [(row[0], row[1]) for row in rows]
        last = rows[-1][0]


def _entries(field: Field, rows: Iterable[tuple[int, Any]]) -> Iterator[search.Entry]:
    for record, value in rows:
        folded = codec.folded(field, codec.from_column(field, value))
        if folded:
            yield search.Entry(record, field.number, folded)
