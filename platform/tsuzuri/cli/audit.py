"""Commands about the audit log: prove it, take its head to keep elsewhere, write it out."""

from __future__ import annotations

from pathlib import Path

import click

from tsuzuri.cli import opening

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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
def verify(given: tuple[str, ...], anchors: Path | None) -> None:
    """Check that every entry is as it was written; name the first that is not."""
    from tsuzuri.services import auditing  # noqa: PLC0415  quick --help

    kept = anchors.read_text(encoding="utf-8").splitlines() if anchors else []
    heads = [_anchor(text) for text in (*given, *kept) if text.strip()]
    proof = auditing.verify(opening.platform(), heads)
    if proof.bad is not None:
        click.echo(f"監査ログの{proof.bad}番が、書かれたときと違います。", err=True)
        raise SystemExit(1)
    click.echo(f"entries {proof.entries}, anchors {len(heads)}, head {proof.head}")
    if not heads:
        click.echo(
            "外に控えた末尾(--anchor)がないと、末尾の切り捨てと全体の書き直しは分かりません。"
        )


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

    for line in auditing.exported(opening.platform(), opening.operator()):
        click.echo(line)


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
