"""The place where the matrix is asked: all apps that ship, the town's people, four records each.

For every role each app holds records of its own, so that what one role does is not in another's
way: one shared with every agency, one shared with nobody, one to delete and one that is deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from matrix.roles import roles
from support.entering import enter
from tsuzuri.access.gate import Access
from tsuzuri.access.readers import plan
from tsuzuri.config import Config
from tsuzuri.definitions.model import App
from tsuzuri.factory import create_app
from tsuzuri.fields.traits import Files, People
from tsuzuri.sample.load import load_people, publish_apps
from tsuzuri.sample.people import agencies
from tsuzuri.sample.town import build_town
from tsuzuri.services.definitions import ANYBODY
from tsuzuri.services.platform import Platform
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.writing import RecordState, Writer
from worlds.town import TOKYO

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
STAMP = "2026-11-20T03:00:00Z"
SORTS = ("shared", "private", "doomed", "doomed_by_program", "deleted")
ERRAND = Errand("the matrix lays out its records")
AUTHOR, AUTHORS_AGENCY = "matrix", "A07"
"""Who wrote every record: nobody of the roles, in an agency none of them belongs to."""


@dataclass(frozen=True)
class Place:
    """The application, and the records of each app by role and sort."""

    platform: Platform
    flask: Flask
    apps: Mapping[str, App]
    records: Mapping[tuple[str, str, str], int]
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def client(self, user: str) -> FlaskClient:
        """Return a browser of a person, signed in once."""
        if user not in self.clients:
            self.clients[user] = self.flask.test_client()
            if user:
                enter(self.clients[user], self.platform, user)
        return self.clients[user]

    def access(self, user: str, app: str) -> Access:
        """Admit a person to an app."""
        actor = self.platform.directory.actor(user, TOKYO)
        assert actor is not None
        return self.platform.admit(actor, app)


@contextmanager
def laid_out(url: str, folder: Path) -> Iterator[Place]:
    """Lay everything out in an empty database."""
    config = Config(database=url, files=folder, secret_key="k" * 40, zone=TOKYO)
    platform = Platform.open(config, clock=lambda: NOW)
    try:
        load_people(platform, build_town(today=NOW.date()), "tsuzuri-2026")
        apps = publish_apps(platform)
        records = {
            (code, user, sort): _stored(platform, app, sort)
            for code, app in apps.items()
            for user in roles().values()
            for sort in SORTS
        }
        flask = create_app(config, platform)
        flask.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        yield Place(platform, flask, apps, records)
    finally:
        platform.database.close()


def _stored(platform: Platform, app: App, sort: str) -> int:
    state = RecordState(
        id=new_ids.new(),
        revision=1,
        created_at=STAMP,
        created_by=AUTHOR,
        created_agency=AUTHORS_AGENCY,
        updated_at=STAMP,
        updated_by=AUTHOR,
        values={} if sort == "private" else _shared(app),
    )
    if sort == "deleted":
        state = replace(state, deleted_at=STAMP, deleted_by=AUTHOR)
    with platform.database.write(ERRAND) as connection:
        Writer(connection, tables_of(app), plan(app, ANYBODY), platform.principals).insert([state])
    return state.id


@cache
def _everybody(entity: str) -> tuple[str, ...]:
    return tuple(one.code for one in agencies()) if entity == "agency" else ()


def _shared(app: App) -> dict[str, object]:
    """Return values that name every agency wherever a record rule asks for one."""
    asked = {who.code for rule in app.access.record for who in rule.who if who.sort == "field"}
    found = {}
    for one in app.stored:
        if one.code in asked and isinstance(one.trait, People):
            found[one.code] = list(_everybody(one.trait.entity))
    return {code: value for code, value in found.items() if value}


def a_file_field(app: App) -> str:
    """Return a field that holds files, or any code where there is none."""
    return next((one.code for one in app.stored if isinstance(one.trait, Files)), "none")
