"""Many rows at once: the driver's own way, which costs a tenth of a statement for each row.

SQLAlchemy turns every row into a dictionary of named parameters; for the tens of thousands of
rows of an import that is most of the work.  Here rows are tuples and go to the driver as they
are: ``executemany`` on SQLite, ``COPY`` on PostgreSQL where there are enough of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Error as DriverError
from psycopg import IntegrityError as DriverIntegrityError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from tsuzuri.storage import guard

ENOUGH = 50
"""Rows from which COPY is quicker than a pipeline of inserts."""


def put(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert ``rows``, whose values stand in the order of ``columns``."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  names of ours
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])
    elif len(rows) < ENOUGH:
        marks = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  names of ours
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])
    else:
        _copy(connection, f"COPY {table} ({names}) FROM STDIN", rows)


def _copy(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Send rows as one stream; it bypasses the engine's events, so the guard is asked here."""
    guard.check(connection, statement)
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except DriverIntegrityError as error:
        raise IntegrityError(statement, None, error) from error
    except DriverError as error:
        raise DBAPIError(statement, None, error) from error


def array(numbers: Sequence[int]) -> str:
    """Return integers as PostgreSQL writes an array."""
    return "{" + ",".join(map(str, numbers)) + "}"
