"""The platform's own tables, brought up to date by Alembic when the program starts."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext

from tsuzuri.storage.database import Database
from tsuzuri.storage.guard import Errand

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0001"
"""The newest migration; a test compares it with the folder."""


def upgrade(database: Database) -> None:
    """Run the migrations the database lacks; nothing at all when it is up to date."""
    with database.platform() as connection:
        if MigrationContext.configure(connection).get_current_revision() == HEAD:
            return
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write(Errand("migrate")) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
