"""No question of a person takes for ever: a statement is given up after so many seconds.

Whether a condition is cheap cannot be told from its text.  So the database itself watches the
clock: PostgreSQL by a setting of the transaction, SQLite by asking us now and then.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Row, event
from sqlalchemy.exc import OperationalError

STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock; about a millisecond."""

CANCELED = "57014"
INTERRUPTED = "interrupted"


@dataclass
class Watch:
    """Tells SQLite whether to stop; each statement begins anew."""

    seconds: float
    until: float = float("inf")

    def begin(self) -> None:
        """Start the clock of a statement."""
        self.until = monotonic() + self.seconds

    def stop(self) -> None:
        """Stop the clock, while whoever asked is busy with what came so far."""
        self.until = float("inf")

    def __call__(self) -> bool:
        """Tell whether the time is over."""
        return monotonic() > self.until


def install(engine: Engine) -> None:
    """Watch every transaction of ``engine`` whose options name its ``patience``."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", _watch)
        event.listen(engine, "before_cursor_execute", _restart)
    else:
        event.listen(engine, "begin", _limit)


def streamed(
    connection: Connection, statement: Executable, size: int
) -> Generator[Row[*tuple[Any, ...]], None, None]:
    """Yield the rows of a statement, ``size`` of them fetched at a time.

    Each part has the time of a statement, as each has on PostgreSQL; the reader's pace is free.
    """
    with connection.execute(statement, execution_options={"yield_per": size}) as rows:
        parts = rows.partitions()
        watch: Watch | None = connection.info.get("watch")
        while True:
            if watch:
                watch.begin()
            part = next(parts, ())
            if watch:
                watch.stop()
            if not part:
                return
            yield from part


def given_up(error: OperationalError) -> bool:
    """Tell whether the database gave a statement up for its time."""
    return getattr(error.orig, "sqlstate", "") == CANCELED or str(error.orig) == INTERRUPTED


def _limit(connection: Connection) -> None:
    """Set the limit past SQLAlchemy's events: what is counted there is what was asked."""
    seconds = connection.get_execution_options().get("patience")
    if seconds is not None:
        driver: Any = connection.connection.driver_connection
        driver.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")


def _watch(connection: Connection) -> None:
    seconds = connection.get_execution_options().get("patience")
    driver: Any = connection.connection.driver_connection
    watch = None if seconds is None else Watch(seconds)
    connection.info["watch"] = watch
    driver.set_progress_handler(watch, STEPS)


def _restart(connection: Connection, *_asked: Any) -> None:
    watch: Watch | None = connection.info.get("watch")
    if watch is not None:
        watch.begin()
