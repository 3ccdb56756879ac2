"""What of an app's tables is there already, asked in one statement each.

Publishing holds a lock that writers wait for, so it does not ask table by table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, text

COLUMNS: Mapping[str, str] = {
    "sqlite": (
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND m.name IN :names"
    ),
    "postgresql": (
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"
        " AND a.attnum > 0 AND NOT a.attisdropped AND c.relname IN :names"
    ),
}
INDEXES: Mapping[str, str] = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = :name",
    "postgresql": (
        "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = :name"
    ),
}


def columns(connection: Connection, tables: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the columns of those of ``tables`` that exist."""
    asked = text(COLUMNS[connection.dialect.name]).bindparams(bindparam("names", expanding=True))
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(asked, {"names": list(tables)}):
        found.setdefault(table, set()).add(column)
    return {table: frozenset(names) for table, names in found.items()}


def indexes(connection: Connection, table: str) -> frozenset[str]:
    """Return the names of a table's indexes."""
    asked = text(INDEXES[connection.dialect.name])
    return frozenset(connection.execute(asked, {"name": table}).scalars())
