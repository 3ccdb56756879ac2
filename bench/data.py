"""The data that are measured: the visit log of the sample town, as large as asked for.

A set is made once and kept with a note of its size; the next run finds it.  While it is made,
durability is off and, on PostgreSQL, indexes come last; the rows are the same ones that the
program itself would write.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event

from bench import cluster, copying
from tsuzuri.config import Config
from tsuzuri.sample import load
from tsuzuri.sample.model import SampleAgency, SampleRecord, SampleTown, SampleUser
from tsuzuri.sample.records import _Stream, records
from tsuzuri.sample.town import build_town
from tsuzuri.services.bulk import BulkWriter
from tsuzuri.services.platform import Platform

APP = "visit-log"
KEPT = frozenset({APP, "case-record", "household"})
PASSWORD = "tsuzuri-2026"  # noqa: S105  a made-up town
SECRET = "only-ever-a-town-that-is-made-up-and-measured"  # noqa: S105  the same
ENGINES = ("sqlite", "postgresql")
BATCH = 10_000
SQLITE_FILE = "town.sqlite3"

SMALL, THREE, NONE = "Z01", "Z02", "Z03"
SMALL_RECORDS = 300

ACTORS = {
    "all": "kawaguchi.atsuko",
    "big": "",
    "small": "bench.small",
    "three": "bench.three",
    "none": "bench.none",
}
"""Who asks: somebody of the coordinating section, and people of ever smaller agencies."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A database with the town in it, opened as the program opens it."""

    engine: str
    url: str
    platform: Platform
    today: date
    records: int
    home: Path
    actors: dict[str, str]


def settled_config(url: str, home: Path) -> Config:
    """Return the settings of a benchmark's installation."""
    return Config(
        database=url, files=home / "files", secret_key=SECRET, zone=ZoneInfo("Asia/Tokyo")
    )


@contextmanager
def dataset(engine: str, count: int, home: Path, say: Callable[[str], None]) -> Iterator[Dataset]:
    """Give the set of ``count`` records on ``engine``, making it first if it is not there."""
    folder = home / f"{engine}-{count}"
    mark = folder / "made.json"
    if not mark.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = _make(engine, count, folder, say)
        mark.write_text(json.dumps(made) + "\n", encoding="utf-8")
    about = json.loads(mark.read_text(encoding="utf-8"))
    today = date.fromisoformat(about["today"])
    with _database(engine, folder) as url:
        platform = Platform.open(settled_config(url, folder), clock=lambda: _noon(today))
        try:
            yield Dataset(engine, url, platform, today, about["records"], folder, _actors(today))
        finally:
            platform.database.close()


def _noon(today: date) -> datetime:
    return datetime(today.year, today.month, today.day, 9, tzinfo=UTC)


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder / SQLITE_FILE}"
        return
    with cluster.running(folder / "cluster") as url:
        yield url


def town_of(today: date) -> SampleTown:
    """Return the sample town with three further agencies, whose people see very little."""
    town = build_town(today=today)
    agencies = tuple(
        SampleAgency(code, f"{code}機関", code, "NPO", None, "") for code in (SMALL, THREE, NONE)
    )
    users = tuple(
        SampleUser(
            ACTORS[who], f"{who} 測定", "ソクテイ", code, ("writers", "kind-npo"), "org_writer"
        )
        for who, code in (("small", SMALL), ("three", THREE), ("none", NONE))
    )
    return replace(town, agencies=(*town.agencies, *agencies), users=(*town.users, *users))


def _actors(today: date) -> dict[str, str]:
    """Return the login of each kind of actor."""
    users = town_of(today).users
    first = {agency: next(u.code for u in users if u.agency == agency) for agency in ("B05",)}
    coordinator = next(u.code for u in users if u.agency == "A01" and u.role == "coordinator")
    return {**ACTORS, "all": coordinator, "big": first["B05"]}


def _total(town: SampleTown, count: int) -> int:
    """Return how large the whole town must be for ``count`` records of the visit log."""
    total = count
    for _ in range(20):
        plans = _Stream(town, total)._plans  # noqa: SLF001  the town has no other way to say it
        missing = count - sum(plans[APP])
        if missing == 0:
            break
        total += missing
    return total


def _stream(town: SampleTown, count: int) -> Iterator[SampleRecord]:
    """Yield the visit log and the registers its look-ups name; some also for small agencies."""
    seen = 0
    some = max(1, count // SMALL_RECORDS)
    three = {count // 10, count // 2, count * 99 // 100}
    for one in records(town, total=_total(town, count)):
        if one.app not in KEPT:
            continue
        if one.app == APP:
            seen += 1
            further = [SMALL] if seen % some == 0 else []
            further += [THREE] if seen in three else []
            if further:
                one.values["scope"] = [*one.values["scope"], *further]  # type: ignore[misc]  # a scope is a list of texts
        yield one


def _make(engine: str, count: int, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Make a set; PostgreSQL's is a copy of SQLite's, which is made first if need be."""
    started = time.monotonic()
    if engine == "sqlite":
        today = datetime.now(ZoneInfo("Asia/Tokyo")).date()
        _make_sqlite(count, folder, today, say)
    else:
        other = folder.parent / f"sqlite-{count}"
        with dataset("sqlite", count, folder.parent, say) as source:
            today = source.today
        _make_postgresql(folder, other / SQLITE_FILE, today, say)
    seconds = time.monotonic() - started
    say(f"{engine}: {count:,} records in {seconds:.0f} s")
    return {"records": count, "today": today.isoformat(), "seconds": round(seconds)}


def _make_sqlite(count: int, folder: Path, today: date, say: Callable[[str], None]) -> None:
    town = town_of(today)
    url = f"sqlite:///{folder / SQLITE_FILE}"
    platform = Platform.open(settled_config(url, folder), clock=lambda: _noon(today))
    event.listen(platform.database.engine, "connect", _careless_sqlite)
    platform.database.close()
    load.load_people(platform, town, PASSWORD)
    number = load.publish_apps(platform)[APP].number
    _fts(platform, number, "hashsize", 64 << 20)
    _fts(platform, number, "automerge", 0)
    load.BATCH = BATCH
    load.load_records(platform, town, _stream(town, count), _progress(time.monotonic(), say))
    started = time.monotonic()
    _fts(platform, number, "hashsize", 1 << 20)
    _fts(platform, number, "automerge", 4)
    name = f"search_{number}"
    with platform.database.write(BulkWriter.ERRAND) as connection:
        connection.exec_driver_sql(f"INSERT INTO {name}({name}) VALUES ('optimize')")
        connection.exec_driver_sql("ANALYZE")
    with platform.database.platform() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    platform.database.close()
    os.sync()
    say(f"  index of words merged, statistics: {time.monotonic() - started:.0f} s")


def _make_postgresql(folder: Path, source: Path, today: date, say: Callable[[str], None]) -> None:
    with cluster.running(folder / "cluster", careless=True) as url:
        platform = Platform.open(settled_config(url, folder), clock=lambda: _noon(today))
        load.load_people(platform, town_of(today), PASSWORD)
        number = load.publish_apps(platform)[APP].number
        later = _postpone_indexes(url, number)
        copying.copy(source, url, platform, say)
        with cluster.plain(url) as plain:
            for statement in later:
                started = time.monotonic()
                plain.execute(statement)
                say(f"  {statement[:60]} … {time.monotonic() - started:.1f} s")
            plain.execute("VACUUM ANALYZE")
            plain.execute("CHECKPOINT")
        platform.database.close()


def _progress(started: float, say: Callable[[str], None]) -> Callable[[int], None]:
    def progress(done: int) -> None:
        if done % (BATCH * 5) == 0:
            say(f"  {done:,} records, {time.monotonic() - started:.0f} s")

    return progress


def _careless_sqlite(connection: Any, record: object) -> None:
    del record
    for pragma in ("synchronous=OFF", "cache_size=-1048576", "wal_autocheckpoint=50000"):
        connection.execute(f"PRAGMA {pragma}")


def _fts(platform: Platform, number: int, option: str, value: int) -> None:
    name = f"search_{number}"
    with platform.database.write(BulkWriter.ERRAND) as connection:
        connection.exec_driver_sql(
            f"INSERT INTO {name}({name}, rank) VALUES (?, ?)",
            (option, value),
        )


def _postpone_indexes(url: str, number: int) -> list[str]:
    """Drop the app's secondary indexes; return the statements that make them again."""
    with cluster.plain(url) as connection:
        found = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename ~ %s"
            " AND indexname LIKE 'ix%%'",
            (f"_{number}(_|$)",),
        ).fetchall()
        for name, _ in found:
            connection.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in found]
