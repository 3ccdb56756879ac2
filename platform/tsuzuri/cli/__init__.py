"""The command ``tsuzuri``: run it, try it, check and publish definitions, look after people.

Each command imports what it needs when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import click

from tsuzuri import __version__, resources
from tsuzuri.cli import audit, keeping, mail, opening, people, safety
from tsuzuri.config import Config
from tsuzuri.errors import Invalid, TsuzuriError

DEMO_PASSWORD = "tsuzuri-2026"  # noqa: S105  a practice town has nothing to protect
DEMO_HOME = Path(".demo")


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PORT = click.IntRange(0, 65_535)
SOME = click.IntRange(1, 1_000)
VERSION = click.IntRange(1, 2**31 - 1)


class _Commands(click.Group):
    """Tells what went wrong in sentences and exit status 1; a traceback is for our mistakes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            sentences = _sentences(error)
            if not sentences:
                raise
        for sentence in sentences:
            click.echo(sentence, err=True)
        raise SystemExit(1)


def _sentences(error: Exception) -> list[str]:
    """Return what to tell about an error that people can do something about."""
    from tsuzuri.storage.database import Failure  # noqa: PLC0415  quick --help

    if isinstance(error, Invalid):
        return [f"{one.pointer or '/'}: {one.message}" for one in error.problems]
    if isinstance(error, TsuzuriError):
        return [str(error.message)]
    if isinstance(error, ZoneInfoNotFoundError):
        return [f"TSUZURI_ZONE: {error.args[0]}"]
    if isinstance(error, OSError) and error.strerror:
        return [f"{error.filename or ''}: {error.strerror}".removeprefix(": ")]
    if isinstance(error, Failure):
        cause = str(getattr(error, "orig", None) or error).strip()
        return [f"データベースを使えません: {cause.splitlines()[0]}"]
    return []


@click.group(cls=_Commands)
@click.version_option(__version__)
def main() -> None:
    """Tsuzuri: record apps for many agencies, from JSON definitions."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, type=PORT, show_default=True, help="Port to listen on.")
@click.option("--workers", default=2, type=SOME, show_default=True, help="Processes.")
@click.option("--threads", default=8, type=SOME, show_default=True, help="Threads of each process.")
def run(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the installation that the environment describes (TSUZURI_HOME and others)."""
    from tsuzuri import server  # noqa: PLC0415  quick --help

    config = Config.from_environment()
    safety.check(config, os.environ)
    _finish(config)
    server.run(config, host, port, workers=workers, threads=threads)


@main.command()
@click.option("--port", default=8000, type=PORT, show_default=True, help="Port to listen on.")
@click.option(
    "--records",
    default=9000,
    type=click.IntRange(0, 10_000_000),
    show_default=True,
    help="Records of the made-up town.",
)
@click.option("--home", default=DEMO_HOME, type=click.Path(path_type=Path), show_default=True)
@click.option("--fresh", is_flag=True, help="Make the town anew.")
@click.option("--no-server", is_flag=True, help="Make the town and stop.")
def demo(port: int, records: int, home: Path, fresh: bool, no_server: bool) -> None:  # noqa: FBT001  click's flags
    """Make a town that does not exist, with agencies, people and records, and serve it."""
    from tsuzuri import server  # noqa: PLC0415  quick --help
    from tsuzuri.sample.demo import Wanted, make  # noqa: PLC0415  quick --help

    config = _demo_config(home)
    started = time.monotonic()
    today = datetime.now(config.zone).date()
    wanted = Wanted(today=today, records=records, password=DEMO_PASSWORD)
    town = make(config, wanted, fresh=fresh, say=click.echo)
    click.echo(f"{town} ({time.monotonic() - started:.1f} s)")
    click.echo(f"\n  http://localhost:{port}/\n")
    for code, who in (
        ("admin", "こども家庭センター(調整機関)のアプリ管理者"),
        ("hoiku", "保育所の保育士"),
        ("gakko", "教育委員会 学校教育課の担当者"),
    ):
        click.echo(f"  {code:8} {DEMO_PASSWORD}   {who}")
    click.echo("")
    if not no_server:
        server.run(config, "127.0.0.1", port)


def _demo_config(home: Path) -> Config:
    settings = {"TSUZURI_HOME": str(home.absolute()), "TSUZURI_MUNICIPALITY": "つづり市"}
    return Config.from_environment(settings)


@main.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
def check(files: tuple[Path, ...]) -> None:
    """Check definitions and tell every problem with its JSON pointer."""
    from tsuzuri.services import definitions  # noqa: PLC0415  quick --help

    wrong = 0
    for file in files:
        try:
            app = definitions.check(file.read_bytes())
        except Invalid as error:
            wrong += 1
            for problem in error.problems:
                click.echo(f"{file}: {problem.pointer or '/'}: {problem.message}")
        except TsuzuriError as error:
            wrong += 1
            click.echo(f"{file}: {error.message}")
        else:
            click.echo(f"{file}: {app.name.ja} OK")
    raise SystemExit(1 if wrong else 0)


@main.command()
@click.argument("files", nargs=-1, type=FILE)
@click.option("--by", default="admin", show_default=True, help="In whose name.")
def publish(files: tuple[Path, ...], by: str) -> None:
    """Publish definitions; without files, every app that ships."""
    from tsuzuri.services import definitions  # noqa: PLC0415  quick --help

    platform = opening.platform()
    for file in files or tuple(sorted(resources.APPS.glob("*.json"))):
        app = definitions.publish(platform, definitions.read(file.read_bytes()), by=by)
        click.echo(f"{app.code}: version {app.version}")


@main.command()
@click.argument("file", type=FILE)
@click.option("--by", default="admin", show_default=True, help="In whose name.")
def draft(file: Path, by: str) -> None:
    """Keep a definition as a draft; it changes nothing until it is published."""
    from tsuzuri.services import definitions  # noqa: PLC0415  quick --help

    document = definitions.read(file.read_bytes())
    click.echo(definitions.save_draft(opening.platform(), document, by=by))


@main.command()
@click.argument("app")
@click.option("--publish", "again", type=VERSION, help="Publish this version (again).")
@click.option("--show", type=VERSION, help="Print the definition of this version.")
@click.option("--by", default="admin", show_default=True, help="In whose name.")
def versions(app: str, again: int | None, show: int | None, by: str) -> None:
    """List the versions of an app; publish a draft or an earlier one, or print one."""
    from tsuzuri.services import definitions  # noqa: PLC0415  quick --help

    platform = opening.platform()
    if show is not None:
        click.echo(definitions.document_of(platform, app, show))
        return
    if again is not None:
        definitions.publish_version(platform, app, again, by=by)
    for one in definitions.versions(platform, app):
        click.echo(f"{one.version:4} {one.state:10} {one.at} {one.by}")


@main.command()
@click.option("--write", is_flag=True, help="Write schemas/fields.schema.json.")
def schemas(write: bool) -> None:  # noqa: FBT001  click's flag
    """Print the JSON Schema of every field kind, or write it where it is published."""
    from tsuzuri.definitions.meta import FIELDS, fields_schema  # noqa: PLC0415  quick --help

    text = json.dumps(fields_schema(), indent=2, ensure_ascii=False) + "\n"
    if write:
        (resources.SCHEMAS / FIELDS).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


main.add_command(audit.audit)
main.add_command(keeping.backup)
main.add_command(keeping.notices)
main.add_command(mail.mail)
main.add_command(keeping.restore)
main.add_command(keeping.sweep)


def _finish(config: Config) -> None:
    """Bring the tables up to date and finish what a stop interrupted, before anybody is served."""
    from tsuzuri.services import definitions, sweeping  # noqa: PLC0415  quick --help
    from tsuzuri.services.platform import Platform  # noqa: PLC0415  quick --help

    platform = Platform.open(config)
    definitions.finish_listing(platform)
    sweeping.remove_left_files(platform)
    platform.database.close()


for _command in people.COMMANDS:
    main.add_command(_command)
