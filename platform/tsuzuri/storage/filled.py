"""How many records hold something in a field."""

from __future__ import annotations

from sqlalchemy import Connection, Select, func, select

from tsuzuri.fields.base import Field, Slot
from tsuzuri.storage.app_tables import AppTables

MOST = 1000
"""Up to here the number is exact; beyond it one more is returned."""


def filled(connection: Connection, tables: AppTables, field: Field) -> int:
    """Return how many living records hold something in ``field``, at most ``MOST`` + 1."""
    found = _holding(tables, field).limit(MOST + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def living(connection: Connection, tables: AppTables) -> int:
    """Return how many living records there are, at most ``MOST`` + 1."""
    table = tables.records
    found = select(table.c.id).where(table.c.deleted_at.is_(None)).limit(MOST + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def _holding(tables: AppTables, field: Field) -> Select[tuple[int]]:
    table = tables.records
    there = select(table.c.id).where(table.c.deleted_at.is_(None))
    if field.slot is Slot.LIST:
        values = tables.values[field.number]
        return there.where(table.c.id.in_(select(values.c.owner)))
    if field.slot is Slot.ROWS:
        rows = tables.rows[field.number]
        return there.where(table.c.id.in_(select(rows.c.record)))
    return there.where(table.c[f"f{field.number}"].is_not(None))
