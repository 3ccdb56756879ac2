"""Alembic's entry: migrate on the connection that ``tsuzuri.storage.schema`` hands over."""

from __future__ import annotations

from alembic import context

from tsuzuri.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter most things in place; Alembic then copies the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
