"""Which stretches of the audit log name a record: how "who read this" is found without a walk.

An entry of a list names up to 500 records.  A row for each of them and each entry would be many
times the log itself, and cost more than the list.  So a row says only that a record is named
somewhere in a block of ``BLOCK`` entries: colleagues who look at the same list within a block
add nothing, and whoever searches reads the few blocks that are named.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, text

from tsuzuri.storage.audit_tables import named

BLOCK = 256
"""Entries in a block: smaller ones make more rows, larger ones more to read."""
STEP = 16
"""Blocks looked through at once."""
AT_ONCE = 10_000
"""Rows that one step of taking out looks at, or a record's if these are more."""

_KEPT = {
    "sqlite": text(
        "INSERT OR IGNORE INTO audit_named (record, block)"
        " SELECT value, :block FROM json_each(:ids)"
    ),
    "postgresql": text(
        "INSERT INTO audit_named (record, block)"
        " SELECT unnest(CAST(:ids AS bigint[])), :block ON CONFLICT DO NOTHING"
    ),
}


def keep(connection: Connection, entries: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Take up the records that entries name; each entry by its number and its detail."""
    blocks: dict[int, dict[int, None]] = defaultdict(dict)
    for seq, detail in entries:
        blocks[seq // BLOCK].update(dict.fromkeys(detail.get("records", ())))
    dialect = connection.dialect.name
    for block, found in blocks.items():
        if found:
            # In the order of their keys, so that neighbours lie on one page of the index.
            ids: Any = sorted(found)
            given = json.dumps(ids) if dialect == "sqlite" else ids
            connection.execute(_KEPT[dialect], {"ids": given, "block": block})


def forget(connection: Connection, through: int, start: int) -> int:
    """Take out what names entries up to ``through``, for some records from ``start`` on.

    Returns the record to go on with, or 0 at the end: small steps hold nobody up.
    """
    table = named.c
    onward = select(table.record).where(table.record >= start).order_by(table.record)
    end = connection.execute(onward.offset(AT_ONCE).limit(1)).scalar()
    gone = delete(named).where(table.record >= start, table.block < (through + 1) // BLOCK)
    if end is not None:
        gone = gone.where(table.record <= end)
    connection.execute(gone)
    return 0 if end is None else int(end) + 1


def stretches(connection: Connection, record: int, *, before: int) -> Iterator[list[range]]:
    """Yield the numbers of entries among which some name ``record``, the latest first."""
    last = before // BLOCK + 1 if before else None
    while True:
        statement = select(named.c.block).where(named.c.record == record)
        if last is not None:
            statement = statement.where(named.c.block < last)
        statement = statement.order_by(named.c.block.desc()).limit(STEP)
        found = list(connection.execute(statement).scalars())
        if not found:
            return
        yield [range(one * BLOCK, (one + 1) * BLOCK) for one in found]
        last = found[-1]
