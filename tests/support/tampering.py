"""Taking away what keeps the audit log's entries from being changed, as an intruder would."""

from __future__ import annotations

from sqlalchemy import Connection, text


def unguard(connection: Connection) -> None:
    """Drop the triggers of ``audit_entries``, within the transaction on ``connection``."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP TRIGGER audit_entries_stay ON audit_entries"))
        return
    for verb in ("update", "delete", "replace"):
        connection.execute(text(f"DROP TRIGGER audit_entries_no_{verb}"))
