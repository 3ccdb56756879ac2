"""Opening the installation that the environment describes, for one command."""

from __future__ import annotations

import getpass
from typing import Any

import click

from tsuzuri.config import Config


def platform() -> Any:
    """Return the platform; it is closed when the command ends."""
    from tsuzuri.services.platform import Platform  # noqa: PLC0415  quick --help

    opened = Platform.open(Config.from_environment())
    click.get_current_context().call_on_close(opened.database.close)
    return opened


def operator() -> Any:
    """Return who acts at the command line: an account of the machine, not one of ours."""
    from tsuzuri.access.actors import Actor, Origin  # noqa: PLC0415  quick --help

    return Actor(user=f"cli:{getpass.getuser()}", origin=Origin(door="cli"))
