"""Taking away what keeps the audit log's entries from being changed, as an intruder would."""

from __future__ import annotations

from sqlalchemy import Connection, text

POSTGRESQL = (
    ("audit_entries_stay", "audit_entries"),
    ("audit_entries_leave", "audit_entries"),
    ("audit_archives_stay", "audit_archives"),
)


def unguard(connection: Connection) -> None:
    """Drop the triggers of entries and archives, within the transaction on ``connection``."""
    if connection.dialect.name == "postgresql":
        for name, table in POSTGRESQL:
            connection.execute(text(f"DROP TRIGGER {name} ON {table}"))
        return
    for table in ("audit_entries", "audit_archives"):
        for verb in ("update", "delete", "replace"):
            connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
