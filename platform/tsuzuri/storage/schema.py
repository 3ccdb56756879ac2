"""The platform's own tables, brought up to date by Alembic when the program starts."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect

from tsuzuri.storage.database import Database
from tsuzuri.storage.guard import Errand

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0003"
"""The newest migration; a test compares it with the folder."""
STAMP = "alembic_version"


def upgrade(database: Database) -> None:
    """Run the migrations the database lacks; nothing at all when it is up to date."""
    with database.platform() as connection:
        if inspect(connection).has_table(STAMP):
            found = connection.exec_driver_sql(f"SELECT version_num FROM {STAMP}").scalar()  # noqa: S608  a name of Alembic's
            if found == HEAD:
                return
    from alembic import command  # noqa: PLC0415  slow to import, and seldom needed
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415  the same

    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write(Errand("migrate")) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
