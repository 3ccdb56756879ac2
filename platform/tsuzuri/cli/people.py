"""Commands that look after people, agencies and groups, in the name of the machine's account."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from tsuzuri.cli import opening

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("code")
@click.option("--name", required=True, help="The person's name.")
@click.option("--agency", "agencies", multiple=True, help="An agency's code; the first is primary.")
@click.option("--group", "groups", multiple=True, help="A group's code.")
@click.option("--administers/--no-administers", default=None, help="Looks after people.")
@click.option("--audits/--no-audits", default=None, help="Reads the audit log.")
def user(code: str, name: str, **given: Any) -> None:
    """Add a user, or change one, and print a new password.

    Agencies and groups that do not exist yet are made with their code as name. What is not
    given stays as it is.
    """
    from tsuzuri.services import directory, people  # noqa: PLC0415  quick --help

    platform, operator = opening.platform(), opening.operator()
    known = platform.directory
    _make_missing(platform, operator, given)
    person = directory.person(platform, code) if code in known.users else None
    wanted = _wanted(platform, person, given)
    if person is None:
        directory.add(platform, operator, directory.Person(code=code, name=name, **wanted))
    else:
        directory.change(platform, operator, code, name=name, active=True, **wanted)
    password = people.new_password(platform, code)
    people.set_password(platform, code, password)
    click.echo(f"{code} {password}")


@click.command("second-factor")
@click.argument("code")
@click.option("--reason", required=True, help="Why it is taken away, for the audit log.")
def second_factor(code: str, reason: str) -> None:
    """Take the second factor away from somebody who lost it; their sessions end."""
    from tsuzuri.errors import Unknown  # noqa: PLC0415  quick --help
    from tsuzuri.services import factors  # noqa: PLC0415  quick --help

    platform, operator = opening.platform(), opening.operator()
    try:
        factors.end_for(platform, operator, code, reason=reason)
    except Unknown:
        raise click.ClickException(f"{code} is nobody here") from None


def _make_missing(platform: Any, operator: Any, given: dict[str, Any]) -> None:
    from tsuzuri.services import agencies  # noqa: PLC0415  quick --help
    from tsuzuri.storage.people import Agency, Group  # noqa: PLC0415  quick --help

    known = platform.directory
    for code in given["agencies"]:
        if code not in known.agencies:
            agencies.put_agency(platform, operator, Agency(code=code, name=code), new=True)
    for code in given["groups"]:
        if code not in known.groups:
            agencies.put_group(platform, operator, Group(code=code, name=code), new=True)


def _wanted(platform: Any, person: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return what to change of a person: roles as given, and what they belong to from today."""
    from tsuzuri.storage.belonging import belonging_now  # noqa: PLC0415  quick --help

    wanted = {role: given[role] for role in ("administers", "audits") if given[role] is not None}
    for plural in ("agencies", "groups"):
        if given[plural]:
            was: Sequence[Any] = () if person is None else getattr(person, plural)
            wanted[plural] = tuple(belonging_now(was, given[plural], platform.today))
    return wanted


@click.group()
def people() -> None:
    """Take the list of people in from CSV, or give it out."""


@people.command("import")
@click.argument("file", type=FILE)
@click.option("--apply", is_flag=True, help="Do it; without this, only tell what would change.")
def import_(file: Path, apply: bool) -> None:  # noqa: FBT001  click's flag
    """Tell what a file would change in the list of people, and with --apply change it."""
    from tsuzuri.services import people_csv  # noqa: PLC0415  quick --help

    platform, content = opening.platform(), file.read_bytes()
    found = people_csv.preview(platform, content)
    for one in found.problems:
        click.echo(f"{one.row or ''} {one.column}: {one.why}".strip(), err=True)
    if found.problems:
        raise SystemExit(1)
    for change in found.changes:
        if change.sort != people_csv.SAME:
            told = "、".join(str(line) for line in people_csv.told(change))
            click.echo(f"{change.sort:8} {change.after.code} {told}".rstrip())
    if apply:
        people_csv.apply(platform, opening.operator(), content, found.mark)
    sorts = (people_csv.ADDED, people_csv.CHANGED, people_csv.SAME)
    click.echo(" ".join(f"{sort}: {found.count(sort)}" for sort in sorts))


@people.command()
def export() -> None:
    """Print the list of people in the form that is taken in again."""
    from tsuzuri.services import people_csv  # noqa: PLC0415  quick --help

    sys.stdout.write(people_csv.exported(opening.platform(), opening.operator()))


@click.group()
def agency() -> None:
    """List agencies; add or change one."""


@agency.command("list")
def list_agencies() -> None:
    """Print the tree of agencies."""
    from tsuzuri.services.agencies import tree  # noqa: PLC0415  quick --help

    for depth, one in tree(opening.platform().directory.agencies):
        click.echo(f"{'  ' * depth}{one.code} {one.name}{_mark(one)}")


@agency.command("put")
@click.argument("code")
@click.option("--name", help="What it is called; needed for a new one.")
@click.option("--parent", help="The code of the agency above it; '' for none.")
@click.option("--kind", help="What sort of agency it is.")
@click.option("--phone", help="Its telephone number.")
@click.option("--confidential/--open", default=None, help="Known to its own people only.")
def put_agency(code: str, **given: Any) -> None:
    """Add an agency, or change what is given of one."""
    from tsuzuri.services import agencies  # noqa: PLC0415  quick --help
    from tsuzuri.storage.people import Agency  # noqa: PLC0415  quick --help

    platform = opening.platform()
    was = platform.directory.agencies.get(code)
    wanted = _changed(Agency, was, code, given)
    agencies.put_agency(platform, opening.operator(), wanted, new=was is None)
    click.echo(f"{wanted.code} {wanted.name}{_mark(wanted)}")


@click.group()
def group() -> None:
    """List groups; add or change one."""


@group.command("list")
def list_groups() -> None:
    """Print the groups."""
    for one in opening.platform().directory.groups.values():
        click.echo(f"{one.code} {one.name}{_mark(one)}")


@group.command("put")
@click.argument("code")
@click.option("--name", help="What it is called; needed for a new one.")
@click.option("--confidential/--open", default=None, help="Known to its own people only.")
def put_group(code: str, **given: Any) -> None:
    """Add a group, or change what is given of one."""
    from tsuzuri.services import agencies  # noqa: PLC0415  quick --help
    from tsuzuri.storage.people import Group  # noqa: PLC0415  quick --help

    platform = opening.platform()
    was = platform.directory.groups.get(code)
    wanted = _changed(Group, was, code, given)
    agencies.put_group(platform, opening.operator(), wanted, new=was is None)
    click.echo(f"{wanted.code} {wanted.name}{_mark(wanted)}")


def _changed(sort: Any, was: Any, code: str, given: dict[str, Any]) -> Any:
    """Return an agency or group with what was given in place of what stood there."""
    said = {name: value for name, value in given.items() if value is not None}
    return replace(was, **said) if was else sort(code=code, **{"name": "", **said})


def _mark(one: Any) -> str:
    return " (confidential)" if one.confidential else ""


COMMANDS: Sequence[click.Command] = (user, second_factor, people, agency, group)
