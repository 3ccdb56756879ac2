"""``python -m bench.audit``: a million entries of the audit log, searched, and what noting costs.

The entries are laid out as the program lays them out, without the seals, which no search reads.
Two in five are lists of 50 records, mostly the latest ones; the others are one record opened.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from unittest.mock import patch

import click
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, text

from bench.data import APP, ENGINES, Dataset, dataset
from bench.timing import timed
from support.entering import enter
from tsuzuri.access.actors import Actor, Origin
from tsuzuri.factory import create_app
from tsuzuri.services import people
from tsuzuri.services.ledger import ReadingLedger
from tsuzuri.storage import audit, audit_index, audit_reading, audit_tables
from tsuzuri.storage.audit_reading import Asked
from tsuzuri.storage.guard import Errand

RECORDS = 20_000
LISTED = 50
PEOPLE = 200
BATCH = 256 * 40
MILLION = 1_000_000
ERRAND = Errand("a benchmark looks")


@click.command()
@click.option("--entries", default=MILLION, show_default=True)
@click.option("--engines", default=",".join(ENGINES), show_default=True)
@click.option("--rounds", default=25, show_default=True)
@click.option("--home", default=Path(".bench/audit"), type=click.Path(path_type=Path))
def main(entries: int, engines: str, rounds: int, home: Path) -> None:
    """Measure, print, and judge nothing; data are made once and kept in HOME."""
    for engine in engines.split(","):
        with dataset(engine, RECORDS, home.absolute(), click.echo) as data:
            ids = _ids(data)
            started = time.monotonic()
            _fill(data, ids, entries)
            click.echo(f"\n{engine}: filled in {time.monotonic() - started:.0f} s{_size(data)}")
            _searches(data, ids, rounds)
            _writes(data, ids, rounds)
            _requests(data, rounds)


def _ids(data: Dataset) -> list[int]:
    number = data.platform.apps[APP].number
    with data.platform.database.read(ERRAND) as connection:
        return list(
            connection.exec_driver_sql(f"SELECT id FROM rec_{number} ORDER BY id").scalars()
        )


def _size(data: Dataset) -> str:
    with data.platform.database.platform() as connection:
        rows = connection.execute(select(func.count()).select_from(audit_tables.named)).scalar()
        if data.engine == "sqlite":
            return f", {rows:,} rows in the index"
        sizes = connection.execute(
            text(
                "SELECT pg_size_pretty(pg_total_relation_size('audit_entries')),"
                " pg_size_pretty(pg_total_relation_size('audit_named'))"
            )
        ).one()
    return f", {rows:,} rows in the index ({sizes[1]}) beside entries of {sizes[0]}"


def _fill(data: Dataset, ids: list[int], wanted: int) -> None:
    with data.platform.database.platform(writing=True) as connection:
        seq, _ = audit.head(connection)
        random = Random(seq)
        for start in range(seq + 1, wanted + 1, BATCH):
            some = range(start, min(start + BATCH, wanted + 1))
            rows = [_row(one, ids, random) for one in some]
            said = [(row["seq"], json.loads(str(row["detail"]))) for row in rows]
            audit_index.keep(connection, [(int(str(at)), detail) for at, detail in said])
            connection.execute(insert(audit_tables.entries), rows)
        if wanted > seq:
            connection.execute(text("UPDATE audit_head SET seq = :seq"), {"seq": wanted})
    with data.platform.database.alone(ERRAND) as connection:
        connection.exec_driver_sql("ANALYZE")


def _row(seq: int, ids: list[int], random: Random) -> dict[str, object]:
    place = min(int(random.expovariate(1 / 1500)), len(ids) - LISTED)
    listed = random.random() < 0.4
    named = [ids[-1 - place - one] for one in range(LISTED)]
    return {
        "seq": seq,
        "at": f"2026-{seq * 11 // MILLION % 12 + 1:02}-01T00:00:00Z",
        "user": f"user{random.randrange(PEOPLE)}",
        "agency": "A01",
        "door": "web",
        "address": "192.0.2.7",
        "session": "0123456789abcdef",
        "action": "read.lists.index" if listed else "read.records.show",
        "app": APP,
        "record": 0 if listed else named[0],
        "detail": audit.canonical({"records": named, "count": LISTED} if listed else {}),
        "hash": f"{seq:064x}",
    }


def _searches(data: Dataset, ids: list[int], rounds: int) -> None:
    hot, rare = ids[-100], ids[len(ids) // 3]
    asked = {
        "newest, all": Asked(),
        "a record in most lists": Asked(app=APP, record=hot),
        "the same, by one person": Asked(app=APP, record=hot, user="user7"),
        "the same, by nobody": Asked(app=APP, record=hot, user="nobody"),
        "an old record": Asked(app=APP, record=rare),
        "a record nobody saw": Asked(app=APP, record=7),
        "one person": Asked(user="user7"),
    }
    with data.platform.database.platform() as connection:
        works: dict[str, Callable[[], object]] = {
            name: (lambda one=one: audit_reading.search(connection, one))
            for name, one in asked.items()
        }
        like = select(audit_tables.entries).where(audit_tables.entries.c.detail.like(f"%{rare}%"))
        works["an old record by LIKE alone"] = lambda: connection.execute(
            like.order_by(audit_tables.entries.c.seq.desc()).limit(100)
        ).all()
        for name, took in timed(works, max(3, rounds // 8)).items():
            click.echo(f"search: {name}: {took.median:.1f} ms")


def _writes(data: Dataset, ids: list[int], rounds: int) -> None:
    """Seal what one request showed, alone in its transaction, with the index and without."""
    actor = Actor(user=data.actors["all"])

    def sealed(listed: list[int], opened: list[int]) -> None:
        ledger = ReadingLedger("lists.index")
        ledger.saw(APP, tuple(listed), whole=False)
        ledger.saw(APP, tuple(opened), whole=True)
        with data.platform.changing(replace(actor, origin=Origin(ledger=ledger))):
            pass

    place = count(0, 50)

    def fresh() -> None:
        at = next(place) % (len(ids) - 100)
        sealed(ids[at : at + 100], [])

    def bare() -> None:
        with patch.object(audit_index, "keep"):
            fresh()

    works: dict[str, Callable[[], object]] = {
        "one record opened": lambda: sealed([], ids[-1:]),
        "list of 100, seen just before": lambda: sealed(ids[-100:], []),
        "list of 100, never seen": fresh,
        "list of 100, without the index": bare,
    }
    for name, took in timed(works, rounds * 4).items():
        click.echo(f"sealing: {name}: {took.median:.2f} ms, least {took.least:.2f}")


def _requests(data: Dataset, rounds: int) -> None:
    flask = create_app(data.platform.config, data.platform)
    client = flask.test_client()
    assert people.actor(data.platform, data.actors["all"]) is not None
    enter(client, data.platform, data.actors["all"])
    first = client.get(f"/api/apps/{APP}/records?limit=100").get_json()["records"][0]["$id"]
    pages = {
        "list of 100 as a page": f"/apps/{APP}/?view=all&size=100",
        "list of 100 as JSON": f"/api/apps/{APP}/records?limit=100",
        "one record as a page": f"/apps/{APP}/records/{first}",
        "one record as JSON": f"/api/apps/{APP}/records/{first}",
    }
    for name, path in pages.items():
        works: dict[str, Callable[[], object]] = {
            "noted": lambda path=path: _got(client, path),
            "not": lambda path=path: _unnoted(client, path),
        }
        found = timed(works, rounds)
        noted, bare = found["noted"], found["not"]
        click.echo(
            f"request: {name}: {noted.median:.1f} ms noted, {bare.median:.1f} not:"
            f" {noted.median / bare.median:.2f} times (least {noted.least / bare.least:.2f})"
        )


def _got(client: FlaskClient, path: str) -> None:
    assert client.get(path, buffered=True).status_code == 200, path


def _unnoted(client: FlaskClient, path: str) -> None:
    with patch.object(ReadingLedger, "saw"):
        _got(client, path)


if __name__ == "__main__":
    main()
