"""Ten thousand rows of CSV, checked and written, beside a bulk insert of the same rows."""

from __future__ import annotations

import csv
import io
import json
import resource
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from statistics import median
from typing import Any

from bench.data import APP, Dataset
from bench.raw import Raw, driver
from bench.single import DAYS_BACK
from bench.timing import Result, milliseconds
from tsuzuri.access.gate import Access
from tsuzuri.services import importing, people
from tsuzuri.storage import rows as bulk
from tsuzuri.storage.search import FIELDS

ROWS = 10_000
ROUNDS = 3
COLUMNS = (
    "case", "happened_at", "ended_at", "method", "staff", "met", "safety_check", "child_state",
    "signs", "body", "next_action", "scope", "importance",
)  # fmt: skip


def measure(data: Dataset, rounds: int, say: Callable[[Result], None]) -> None:
    """Import a file three times, each time beside the bare driver with the same rows."""
    del rounds
    actor = people.actor(data.platform, data.actors["all"])
    assert actor is not None
    access = data.platform.admit(actor, APP)
    with driver(data) as raw:
        file = _file(raw, access)
        checked, written, bare = [], [], []
        for _ in range(ROUNDS):
            with _heard() as heard:
                first = _begun(data, access, file)
                checked.append(first[0])
                written.append(
                    milliseconds(lambda job=first[1]: _finish(data, access, job))  # type: ignore[misc]  # mypy takes a lambda's default for Any
                )
            bare.append(milliseconds(lambda rows=heard: _store(raw, rows)))  # type: ignore[misc]  # mypy takes a lambda's default for Any
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    note = f"{len(file) // 1024} KiB; the process's peak is {peak} MiB"
    ours, raw_time = median(written), median(bare)
    say(Result(engine=data.engine, operation="import 10,000: write", ours=ours, raw=raw_time,
               note="checks everything once more"))  # fmt: skip
    say(Result(engine=data.engine, operation="import 10,000: check", ours=median(checked),
               note=note))  # fmt: skip


def _file(raw: Raw, access: Access) -> bytes:
    """Return a file of rows that the town already has, without their numbers."""
    app = access.whole
    columns = ", ".join(f"f{app.by_code[code].number}" for code in COLUMNS)
    found = raw.rows(
        f"SELECT {columns} FROM rec_{app.number} WHERE deleted_at IS NULL"
        f" ORDER BY id DESC LIMIT {ROWS}"
    )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([app.by_code[code].title("ja") for code in COLUMNS])
    writer.writerows(_cells(row) for row in found)
    return text.getvalue().encode("utf-8-sig")


def _cells(row: Any) -> Iterator[str]:
    for value in row:
        several = isinstance(value, str) and value.startswith("[")
        yield "\n".join(json.loads(value)) if several else ("" if value is None else str(value))


def _begun(data: Dataset, access: Access, file: bytes) -> tuple[float, int]:
    """Hand a file in and wait until it is checked."""
    job: list[int] = []

    def check() -> None:
        job.append(importing.receive(data.platform, access, "bench.csv", io.BytesIO(file)))
        _wait()

    return milliseconds(check), job[0]


def _finish(data: Dataset, access: Access, job: int) -> None:
    state = importing.shown(data.platform, access, job).job
    if state.state != "ready":
        bad = [f"{one.row}: {one.name} {one.why}" for one in islice(state.problems, 3)]
        raise SystemExit(f"the file was refused: {bad}")
    importing.start(data.platform, access, job)
    _wait()


def _wait() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("import-"):
            thread.join()


Heard = list[tuple[str, Sequence[str], list[tuple[Any, ...]]]]


@contextmanager
def _heard() -> Iterator[Heard]:
    """Listen to the rows that an import stores."""
    heard: Heard = []
    put = bulk.put

    def noted(connection: Any, table: str, columns: Any, rows: Any) -> None:
        step = DAYS_BACK * (FIELDS if "rowid" in columns else 1)
        heard.append((table, columns, [tuple(_moved(one, step) for one in row) for row in rows]))
        put(connection, table, columns, rows)

    bulk.put = noted
    try:
        yield heard
    finally:
        bulk.put = put


def _moved(value: Any, step: int) -> Any:
    return value + step if isinstance(value, int) and value >= 1 << 40 else value


def _store(raw: Raw, heard: Heard) -> None:
    """Store rows in one transaction by the quickest way the driver has."""
    cursor = raw.connection.cursor()
    cursor.execute("BEGIN")
    for table, columns, rows in heard:
        names = ", ".join(f'"{name}"' for name in columns)
        if raw.dialect == "sqlite":
            marks = ", ".join("?" * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        else:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as stream:
                for row in rows:
                    stream.write_row(row)
    cursor.execute("COMMIT")
    cursor.close()
