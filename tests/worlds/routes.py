"""Every route of the application with an address that leads somewhere, from its own map.

The app behind it has a field of every awkward kind, a record with a file, comments, a view of
somebody's own and an import that waits; so a new route is asked by existing.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from time import sleep
from types import MappingProxyType
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, select
from werkzeug.routing import Rule

from support.entering import enter
from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.factory import create_app
from tsuzuri.services import attachments, drafts, importing, people, records, saved_views, threads
from tsuzuri.services.threads import Draft
from tsuzuri.storage import people as stored
from worlds.town import ERRAND, EVERYTHING, World

PASSWORD = "十文字よりも長い合言葉"
ACTIONS = (*EVERYTHING, "manage")
FIELDS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "title": {"kind": "text", "maxLength": 20},
        "body": {"kind": "multiline"},
        "html": {"kind": "rich_text"},
        "number": {"kind": "number", "minimum": -5},
        "day": {"kind": "date"},
        "at": {"kind": "datetime"},
        "clock": {"kind": "time"},
        "choice": {"kind": "radio", "enum": ["甲", "乙"]},
        "choices": {"kind": "checkbox", "items": {"type": "string", "enum": ["い", "ろ"]}},
        "yes": {"kind": "yes_no"},
        "who": {"kind": "users"},
        "scope": {"kind": "agencies"},
        "file": {"kind": "attachment"},
        "where": {"kind": "address"},
        "log": {"kind": "timed_log"},
        "rows": {"kind": "table", "items": {"properties": {"x": {"kind": "text", "title": "x"}}}},
        "secret": {"kind": "text"},
    }
)
RULES: Mapping[str, Any] = MappingProxyType(
    {
        "app": [{"who": ["everyone"], "allow": [*ACTIONS]}],
        "record": [
            {"who": ["agency:CARE"], "allow": [*EVERYTHING]},
            {"who": ["field:scope"], "allow": ["view"]},
        ],
        "field": [
            {"fields": ["secret"], "who": ["group:heads"], "allow": "masked"},
            {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
        ],
    }
)
VALUES = MappingProxyType({"number": 3, "day": "2026-11-20", "choice": "甲"})
WATCHING = frozenset(
    {
        *("sessions", "throttles", "alarms", "alarm_usual", "alarm_watch"),
        *("audit_entries", "audit_values", "audit_head", "audit_named", "record_reads"),
    }
)
"""Tables that tell who was here and looked: reading a page writes them, as it should."""
INDEX = re.compile(r"search_\d+")
"""SQLite's search index cannot be read as a table; the tables it lies in are."""


@dataclass(frozen=True)
class Place:
    """The application of a town, and what its routes are about."""

    world: World
    flask: Flask
    app: App
    values: Mapping[str, Any] = field(default_factory=dict)

    def client(self, user: str = "mori") -> FlaskClient:
        """Return a browser; nobody's where no user is named."""
        client = self.flask.test_client()
        if user:
            enter(client, self.world.platform, user)
        return client

    def rules(self) -> list[Rule]:
        """Return every route."""
        return list(self.flask.url_map.iter_rules())

    def address(self, rule: Rule) -> str:
        """Return an address of a route that leads to something, as far as anything is known."""
        given = {name: self.values.get(name, 1) for name in rule.arguments}
        adapter = self.flask.url_map.bind("localhost")
        return adapter.build(rule.endpoint, given, method=min(rule.methods or {"GET"}))

    def dump(self, *, without: frozenset[str] = frozenset()) -> dict[str, list[str]]:
        """Return every row of every table but some."""
        with self.world.platform.database.write(ERRAND) as connection:
            found = MetaData()
            found.reflect(connection)
            return {
                name: sorted(map(repr, connection.execute(select(table))))
                for name, table in found.tables.items()
                if name not in without and not INDEX.fullmatch(name)
            }


def laid_out(world: World) -> Place:
    """Publish the app, with something behind every address."""
    platform = world.platform
    app = world.publish(
        FIELDS, RULES, comments={"acknowledge": ["確認しました"]}, recordTitle=["title"]
    )
    everything = replace(platform.directory.users["mori"], administers=True, audits=True)
    with platform.database.platform(writing=True) as connection:
        stored.put_users(connection, (everything,), platform.today)
    for user in ("mori", "takahashi", "ito"):
        people.set_password(platform, user, PASSWORD)
    access = world.entering("mori", app)
    values = dict(_laid(world, access))
    flask = create_app(platform.config, platform)
    flask.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    return Place(world, flask, app, {"app": app.code, "filename": "css/base.css", **values})


def _laid(world: World, access: Access) -> Iterator[tuple[str, Any]]:
    platform, actor = world.platform, access.actor
    sent = attachments.receive(platform, actor, "a.txt", io.BytesIO(b"text"))
    given = {"title": "題", "file": [sent], "scope": ["NURSERY"], **VALUES}
    saved = records.create(platform, access, given)
    said = Draft(body="はじめまして", files=[sent["key"]])
    yield "comment", threads.comment(platform, access, saved.id, said)
    yield from (("record", saved.id), ("field", "file"), ("key", sent["key"]))
    typed = [("f.title", "書きかけ")]
    unfinished = {"title": "書きかけ", "scope": ["NURSERY"]}
    writing = drafts.Writing(given=unfinished, typed=typed)
    yield "draft", drafts.begin(platform, access, writing)
    yield "view", saved_views.save(platform, access, name="自分の", where="", sort="")
    csv = io.BytesIO("title\r\nか".encode())
    job = importing.receive(platform, access, "f.csv", csv, match="")
    while importing.shown(platform, access, job).progress is not None:
        sleep(0.02)
    yield "job", job
