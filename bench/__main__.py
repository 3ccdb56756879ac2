"""``make bench``: what the program costs beside the bare driver, on both databases."""

from __future__ import annotations

import platform as machine
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg
import sqlalchemy

from bench import fields, importing, lists, live, report, searching, single, web
from bench.data import ENGINES, Dataset, dataset
from bench.timing import Result

Measure = Callable[[Dataset, int, Callable[[Result], None]], None]
# What only reads comes first: what writes leaves rows behind.
OPERATIONS: dict[str, Measure] = {
    "lists": lists.measure,
    "search": searching.measure,
    "http": web.measure,
    "live": live.measure,
    "single": single.measure,
    "fields": fields.measure,
    "import": importing.measure,
}
HOME = Path(".bench")


@click.command()
@click.option("--records", default=100_000, show_default=True, help="Records of the visit log.")
@click.option("--engines", default=",".join(ENGINES), show_default=True)
@click.option("--rounds", default=25, show_default=True, help="Times each thing is done.")
@click.option("--only", default=",".join(OPERATIONS), show_default=True)
@click.option("--home", default=HOME, type=click.Path(path_type=Path), show_default=True)
def main(records: int, engines: str, rounds: int, only: str, home: Path) -> None:
    """Measure, print tables, and judge nothing; data are made once and kept in HOME."""
    click.echo(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_versions()}")
    home = home.absolute()
    for engine in engines.split(","):
        with dataset(engine, records, home, click.echo) as data:
            found: list[Result] = []
            for name in only.split(","):
                click.echo(f"{engine}, {data.records:,} records: {name}", err=True)
                OPERATIONS[name](data, rounds, _sayer(found))
            click.echo(f"\n### {engine}, {data.records:,} records\n\n{report.table(found)}\n")


def _sayer(found: list[Result]) -> Callable[[Result], None]:
    def say(result: Result) -> None:
        found.append(result)
        click.echo(report.line(result), err=True)

    return say


def _versions() -> str:
    return ", ".join(
        (
            f"Python {machine.python_version()}",
            f"SQLite {sqlite3.sqlite_version}",
            f"SQLAlchemy {sqlalchemy.__version__}",
            f"psycopg {psycopg.__version__}",
        )
    )


if __name__ == "__main__":
    main()
