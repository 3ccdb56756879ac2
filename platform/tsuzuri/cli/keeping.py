"""Commands that keep what there is: backups, restoring them, and taking away what nothing names."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tsuzuri.cli import opening
from tsuzuri.config import Config
from tsuzuri.errors import Invalid, Problem, message

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DRILL = 20
"""People tried until one may open the first page."""


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--recipient", "to", multiple=True, help="An age public key; repeat for several.")
@click.option("--plain", is_flag=True, help="Not encrypted, and without the installation's key.")
def backup(target: Path, to: tuple[str, ...], plain: bool) -> None:  # noqa: FBT001  click's flag
    """Back the installation up into one file, while people work."""
    from tsuzuri.services import backup as backups  # noqa: PLC0415  quick --help
    from tsuzuri.storage import archive  # noqa: PLC0415  the same

    if plain == bool(to):
        raise click.UsageError("either --recipient or --plain")
    made = backups.make(opening.platform(), opening.operator(), target, archive.recipients(to))
    click.echo(f"{target}: {target.stat().st_size} bytes")
    click.echo(f"rows {made.rows}, files {made.files}, audit {made.audit_seq}:{made.audit_hash}")


@click.command()
@click.argument("source", type=FILE)
@click.option("--into", required=True, type=click.Path(path_type=Path), help="An empty folder.")
@click.option("--database", default="", help="URL of an empty PostgreSQL database.")
@click.option("--identity", type=FILE, help="File with the age secret key.")
@click.option("--verify/--no-verify", default=True, show_default=True, help="Prove it is whole.")
def restore(source: Path, into: Path, database: str, identity: Path | None, verify: bool) -> None:  # noqa: FBT001  click's flag
    """Restore a backup into an empty place, compare every row and file, and try it."""
    from tsuzuri.services import restoring  # noqa: PLC0415  quick --help
    from tsuzuri.storage import archive  # noqa: PLC0415  the same

    place = restoring.Place(folder=into, database=database)
    keys = archive.identities(identity.read_text("utf-8")) if identity else []
    manifest = restoring.restore(source, place, keys)
    click.echo(f"restored {manifest.at} of program {manifest.program}")
    if not verify:
        place.file("rows").unlink()
        return
    secret = os.environ.get("TSUZURI_SECRET_KEY", "")
    environ = {**os.environ, "TSUZURI_HOME": str(into), "TSUZURI_SECRET_KEY": "-"}
    config = restoring.config_of(place, Config.from_environment(environ), secret)
    proof = restoring.verify(manifest, place, config)
    click.echo(f"rows compared {proof.rows}, differing 0")
    click.echo(f"files compared {proof.files}, differing 0")
    click.echo(f"audit chain whole, head {proof.audit_seq}:{proof.audit_hash}")
    click.echo(f"drill: {drill(config)}")


def drill(config: Config) -> str:
    """Open the restored installation, sign somebody in and search; return what was seen.

    Who really did so, the operator, stands in the restored audit log.
    """
    from tsuzuri.access.actors import Origin  # noqa: PLC0415  quick --help
    from tsuzuri.factory import create_app  # noqa: PLC0415  the same
    from tsuzuri.services import people, sessions  # noqa: PLC0415  the same
    from tsuzuri.services.platform import Platform  # noqa: PLC0415  the same

    platform = Platform.open(config)
    try:
        web = create_app(replace(config, secure_cookies=False), platform)
        origin = Origin(door="cli", viewed_by=opening.operator().user)
        for user in sorted(platform.directory.users)[:DRILL]:
            actor = people.actor(platform, user)
            if actor is None:
                continue
            token = sessions.begin(platform, replace(actor, origin=origin), method="drill")
            answers = _asked(web, token)
            sessions.end(platform, replace(actor, origin=origin), sessions.hashed(token))
            if answers == {200}:
                return "signed in, first page and a search answered"
    finally:
        platform.database.close()
    raise Invalid([Problem("", message("戻したあとの画面を開けませんでした。"))])


def _asked(web: Any, token: str) -> set[int]:
    """Return how the first page and a search answer whoever has ``token``."""
    client = web.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = token, True
    return {client.get(path).status_code for path in ("/", "/search?q=%E5%AD%90")}


@click.group()
def notices() -> None:
    """Tell people of what was done to their records; a running server does so by itself."""


@notices.command("run")
def run_notices() -> None:
    """Deal with everything that was done, and every day that came, since the last time."""
    from tsuzuri.services import noticing  # noqa: PLC0415  quick --help

    noticing.run_all(opening.platform())


@notices.command("state")
def notices_state() -> None:
    """Say how far people were told, and what could not be told of; status 1 if there is any."""
    from tsuzuri.services import noticing  # noqa: PLC0415  quick --help

    platform = opening.platform()
    found = noticing.state(platform)
    click.echo(f"told up to entry {found.seq} of the audit log, {found.waiting} waiting")
    zone = platform.config.zone
    reminded = datetime.fromtimestamp(found.reminded, zone).isoformat() if found.reminded else "-"
    click.echo(f"reminders written up to {reminded}")
    for one in found.aside:
        again = datetime.fromtimestamp(one.again_at, zone).isoformat()
        click.echo(f"entry {one.seq} failed {one.tries} times ({one.error}), again at {again}")
    raise SystemExit(1 if found.aside else 0)


@click.command()
@click.option("--clean", is_flag=True, help="Also rewrite the database without what was erased.")
def sweep(clean: bool) -> None:  # noqa: FBT001  click's flag
    """Remove drafts nobody touches and files nothing names; tell of rows whose file is missing."""
    from tsuzuri.services import drafts, sweeping  # noqa: PLC0415  quick --help

    platform = opening.platform()
    click.echo(f"old drafts removed {drafts.remove_old(platform)}")
    swept = sweeping.sweep(platform)
    click.echo(f"files removed {swept.removed}, files missing {len(swept.missing)}")
    for key in swept.missing:
        click.echo(key, err=True)
    if clean:
        click.echo(f"erasures cleaned {sweeping.clean(platform, opening.operator())}")
    raise SystemExit(1 if swept.missing else 0)
