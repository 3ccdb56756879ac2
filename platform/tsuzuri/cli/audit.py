"""Commands about the audit log: prove it, take its head to keep elsewhere, write it out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tsuzuri.cli import opening

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """Prove the audit log, and take its head to keep elsewhere."""


def _anchor(text: str) -> tuple[int, str]:
    """Read ``SEQ:HASH``, the last word of a line that ``audit head`` printed."""
    number, _, hash_ = text.strip().rpartition(" ")[2].partition(":")
    if not (number.isascii() and number.isdecimal() and len(hash_) == 64):
        raise click.BadParameter(f"{text.strip()!r} is not SEQ:HASH")
    return int(number), hash_


@audit.command()
@click.option("--anchor", "given", multiple=True, help="A head kept elsewhere, as SEQ:HASH.")
@click.option("--anchors", type=FILE, help="A file of lines that `audit head` printed.")
@click.option("--archives", type=FOLDER, multiple=True, help="A folder of archives; may repeat.")
def verify(given: tuple[str, ...], anchors: Path | None, archives: tuple[Path, ...]) -> None:
    """Check that every entry is as it was written; name the first that is not."""
    from tsuzuri.services import auditing  # noqa: PLC0415  quick --help

    kept = anchors.read_text(encoding="utf-8").splitlines() if anchors else []
    heads = [_anchor(text) for text in (*given, *kept) if text.strip()]
    platform = opening.platform()
    if archives:
        _verify_files(platform, archives, heads)
    proof = auditing.verify(platform, heads)
    if proof.bad is not None:
        click.echo(f"監査ログの{proof.bad}番が、書かれたときと違います。", err=True)
        raise SystemExit(1)
    click.echo(f"entries {proof.entries}, anchors {len(heads)}, head {proof.head}")
    if proof.archives and not archives:
        click.echo(
            f"書庫に移した分({proof.archives}個のファイル、{proof.archived}番まで)は、"
            "--archives で置き場所を指定すると確かめられます。"
        )
    if not heads:
        click.echo(
            "外に控えた末尾(--anchor)がないと、末尾の切り捨てと全体の書き直しは分かりません。"
        )


def _verify_files(platform: Any, folders: tuple[Path, ...], heads: list[tuple[int, str]]) -> None:
    """Check the files of the archives; end with status 1 at what is wrong."""
    from tsuzuri.services import audit_archiving  # noqa: PLC0415  quick --help

    proof = audit_archiving.verify(platform, folders, heads)
    for fault in proof.faults:
        told = f"が違います。最初に違うのは{fault.bad}番です" if fault.bad else "が見つかりません"
        click.echo(f"書庫のファイル {fault.name} {told}。", err=True)
    if proof.faults:
        raise SystemExit(1)
    click.echo(f"archives {proof.whole}, anchors within {proof.anchors}")


@audit.command()
@click.option(
    "--into",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files go.",
)
@click.option(
    "--before", type=click.DateTime(["%Y-%m-%d"]), help="Only what is from before this day."
)
def archive(into: Path, before: datetime | None) -> None:
    """Move old entries into files, so that the log in the database does not grow for ever."""
    from tsuzuri.services import audit_archiving  # noqa: PLC0415  quick --help

    moved = 0
    day = before.date() if before else None
    platform, actor = opening.platform(), opening.operator()
    for one in audit_archiving.archive(platform, actor, into, day):
        click.echo(f"{one.name} {one.first_at} - {one.last_at} sha256 {one.sha256}")
        moved += one.entries
    click.echo(f"entries archived {moved}")


@audit.command()
def head() -> None:
    """Print the time and the head of the log, to be kept where the log cannot be reached."""
    from tsuzuri.services import auditing  # noqa: PLC0415  quick --help

    platform = opening.platform()
    seq, hash_ = auditing.head(platform)
    click.echo(f"{platform.stamp()} {seq}:{hash_}")


@audit.command()
def export() -> None:
    """Print every entry as a line of JSON."""
    from tsuzuri.services import auditing  # noqa: PLC0415  quick --help

    platform = opening.platform()
    for line in auditing.exported(platform, opening.operator()):
        click.echo(line)
    if last := auditing.archived_to(platform):
        click.echo(f"{last}までの操作は書庫にあり、ここには含まれません。", err=True)


@audit.command()
@click.option("--all", "every", is_flag=True, help="Print every alarm nobody took note of.")
def watch(*, every: bool) -> None:
    """Look for what is worth a look in new entries; print it and exit with 1 if there is some."""
    from tsuzuri.services import alarms  # noqa: PLC0415  quick --help

    platform = opening.platform()
    found = alarms.watch(platform)
    if every:
        found = alarms.unnoticed(platform)
    for one in found:
        click.echo(f"{one.at} {one.rule} {one.subject} {one.count} (limit {one.most})")
    if found:
        raise SystemExit(1)
