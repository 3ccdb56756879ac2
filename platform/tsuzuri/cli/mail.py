"""Commands about the mails that tell people of their notices."""

from __future__ import annotations

import click

from tsuzuri.cli import opening


@click.group()
def mail() -> None:
    """Send the mails that tell of notices; a running server does so by itself."""


@mail.command("run")
def run_mail() -> None:
    """Send what is due."""
    from tsuzuri.services import mailing  # noqa: PLC0415  quick --help

    platform = opening.platform()
    if platform.config.smtp is None:
        raise click.UsageError("TSUZURI_SMTP_HOST is not set")
    click.echo(f"sent {mailing.run(platform)}")


@mail.command("state")
def state() -> None:
    """Tell how the sending stands: numbers and the last failure, and nobody's name."""
    from tsuzuri.services import mailing  # noqa: PLC0415  quick --help
    from tsuzuri.storage import mails  # noqa: PLC0415  the same

    standing = mailing.standing(opening.platform())
    for name in (*mails.STATES, *mails.OVER):
        click.echo(f"{name:9} {standing.counts.get(name, 0)}")
    click.echo(f"oldest waiting  {standing.oldest or '-'}")
    click.echo(f"last sent       {standing.sent_at or '-'}")
    click.echo(f"last failure    {standing.error or '-'} {standing.failed_at}".rstrip())
