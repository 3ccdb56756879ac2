"""One municipality's database: SQLite or PostgreSQL behind the same two verbs.

``read`` and ``write`` each give a connection that carries who it is for.  A ``write`` is one
transaction; on SQLite it takes the write lock at once, so that two writers queue instead of
failing halfway.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

from tsuzuri.access.gate import Access
from tsuzuri.errors import Busy, Slow
from tsuzuri.storage import guard, patience, words
from tsuzuri.storage.guard import Errand

__all__ = ["Carrier", "Connection", "Database"]

Carrier = Access | Errand
"""What a connection must carry to touch records."""

Failure = SQLAlchemyError
"""What a database that is not there, or an address that names none, raises."""

log = logging.getLogger(__name__)

DIALECTS = ("sqlite", "postgresql")

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # FULL, because NORMAL may lose the last commits in a power cut (see docs/architecture.md).
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=15000",
    "PRAGMA cache_size=-65536",
    "PRAGMA mmap_size=1073741824",
    "PRAGMA temp_store=MEMORY",
    # A database file that somebody tampered with may not call functions from its schema.
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    # What is deleted is overwritten; 5,000 records are written as fast with it as without.
    "PRAGMA secure_delete=ON",
)


class Database:
    """An engine with our settings, and the two ways to use it."""

    def __init__(self, url: str, *, pool_size: int = 16, seconds: float = 5.0) -> None:
        self.url = make_url(url)
        self.seconds = seconds
        self.dialect = self.url.get_backend_name()
        if self.dialect not in DIALECTS:
            raise ArgumentError(f"{self.dialect} is none of {', '.join(DIALECTS)}")
        if self.dialect == "sqlite":
            self.engine = _sqlite(self.url.database or "", pool_size)
        else:
            self.engine = create_engine(
                self.url, pool_size=pool_size, max_overflow=0, pool_timeout=20
            )
        guard.install(self.engine)
        patience.install(self.engine)

    @contextmanager
    def read(self, carrier: Carrier) -> Iterator[Connection]:
        """Give a connection for reading: one snapshot from the first statement on.

        What a person asks is given up after ``seconds`` a statement (``Slow``); work of the
        program itself takes as long as it takes.
        """
        with _busy_is_busy(), self.engine.connect() as connection:
            limit = None if isinstance(carrier, Errand) else self.seconds
            yield connection.execution_options(access=carrier, patience=limit)

    @contextmanager
    def write(self, carrier: Carrier) -> Iterator[Connection]:
        """Give a connection whose work is kept whole at the end, or not at all."""
        with _busy_is_busy(), self.engine.connect() as connection:
            connection.execution_options(access=carrier, writing=True)
            with connection.begin():
                yield connection

    @contextmanager
    def platform(self, *, writing: bool = False) -> Iterator[Connection]:
        """Give a connection for the platform's own tables; records are out of its reach.

        Somebody waits for what is read, so a statement is given up as in ``read``.
        """
        with _busy_is_busy(), self.engine.connect() as connection:
            if not writing:
                yield connection.execution_options(patience=self.seconds)
                return
            connection.execution_options(writing=True)
            with connection.begin():
                yield connection

    @contextmanager
    def alone(self, errand: Errand) -> Iterator[Connection]:
        """Give a connection outside any transaction, for what a database does in none."""
        with _busy_is_busy(), self.engine.connect() as connection:
            yield connection.execution_options(access=errand, isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


@contextmanager
def _busy_is_busy() -> Iterator[None]:
    """Turn a lock that did not come free in time into the domain's word for it."""
    try:
        yield
    except OperationalError as error:
        if "database is locked" in str(error.orig) or "lock timeout" in str(error.orig):
            raise Busy from None
        if patience.given_up(error):
            raise Slow from None
        raise
    except DBAPIError as error:
        # A deadlock or serialisation failure of PostgreSQL: nothing was written, try again.
        if getattr(error.orig, "sqlstate", "") in {"40001", "40P01", "55P03"}:
            raise Busy from None
        raise


def _sqlite(path: str, pool_size: int) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 15},
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=20,
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, record: object) -> None:
    del record
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
    words.install(connection)


def _begin(connection: Connection) -> None:
    """Begin by hand: the driver would begin only at the first write, too late to queue."""
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    writing = options.get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
