"""Deleted records, which stay until retention says otherwise."""

from __future__ import annotations

from sqlalchemy import select

from tsuzuri.storage.records import Records
from tsuzuri.storage.writing import RecordState


def deleted(records: Records, limit: int) -> list[RecordState]:
    """Return the deleted records that the reader could delete, the latest first."""
    table = records.tables.records
    condition = records.compiler.condition(records.access.rows["delete"])
    statement = (
        select(table.c.id)
        .where(table.c.deleted_at.is_not(None), condition)
        .order_by(table.c.deleted_at.desc(), table.c.id.desc())
        .limit(limit)
    )
    ids = list(records.connection.execute(statement).scalars())
    return [records.get_deleted(one) for one in ids]
