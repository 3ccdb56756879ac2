"""Looking after people and auditing open no record of any app that ships, by any page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tsuzuri import resources
from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import admit
from tsuzuri.definitions.load import load
from tsuzuri.definitions.model import App
from tsuzuri.services import definitions, directory
from tsuzuri.services.directory import Person
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

NOW = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
FILES = sorted(resources.APPS.glob("*.json"))
CANARY = "カナリアの一文"
ROLES = (
    Person(code="root1", name="管理者", administers=True),
    Person(code="audit1", name="監査", audits=True),
)
PEOPLE = (
    Actor(user="x"),
    Actor(user="y", agencies=("A08",), above=frozenset({"A08"}), groups=frozenset({"writers"})),
    Actor(user="z", agencies=("A01",), above=frozenset({"A01"}), groups=frozenset({"caseworkers"})),
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_a_role_changes_nothing_of_what_anybody_may_know(file: Path) -> None:
    app = load(file.read_bytes())
    for person in PEOPLE:
        without = admit(person, app, NOW)
        for holder in (replace(person, administers=True), replace(person, audits=True)):
            holding = admit(holder, app, NOW)
            assert guards(holding.app) == guards(without.app)
            assert holding.rows == without.rows
            assert holding.writable == without.writable
            assert holding.visible == without.visible


def guards(app: App) -> Mapping[str, object]:
    """Return the fields of an app as a reader knows it, and when each may be read."""
    return {one.code: one.guard for one in app.fields}


@pytest.fixture(scope="module")
def apps(world: World) -> Mapping[str, tuple[App, int]]:
    """Publish every app with one record that says the canary in every text it has."""
    keeper = Actor(user="cli:test", administers=True)
    for person in ROLES:
        directory.add(world.platform, keeper, person)
    found = {}
    for file in FILES:
        document = definitions.read(file.read_bytes())
        app = definitions.publish(world.platform, document, by="abe")
        texts = [one.code for one in app.stored if one.kind.name in {"text", "multiline", "name"}]
        scope = [one.code for one in app.stored if one.kind.name == "agencies"]
        given = {**dict.fromkeys(texts, CANARY), **{key: ["CARE", "DESK"] for key in scope}}
        found[app.code] = (app, world.put(app, given)[0])
    return found


TAILS = ("", "/edit", "/history", "/print", "/delete")
PAGES = ("", "new", "trash", "export", "export.csv", "import")


@pytest.mark.parametrize("role", [one.code for one in ROLES])
def test_no_page_shows_a_role_what_a_record_says(
    world: World, apps: Mapping[str, tuple[App, int]], role: str
) -> None:
    visitor = Visitor(opened(world)).enter(role)
    everywhere = ["/", f"/search?q={CANARY[:4]}"]
    for code, (_, record) in apps.items():
        everywhere += [f"/apps/{code}/{page}" for page in PAGES]
        everywhere += [f"/apps/{code}/?view=all&exact=1", f"/api/apps/{code}/records"]
        one = f"/apps/{code}/records/{record}"
        everywhere += [one + tail for tail in TAILS]
        for tail in TAILS:
            assert visitor.get(one + tail).status_code in {403, 404}, one + tail
    for path in everywhere:
        assert CANARY not in visitor.get(path).get_data(as_text=True), path


def test_the_canary_is_there_to_be_found(world: World, apps: Mapping[str, tuple[App, int]]) -> None:
    for code, (app, _) in apps.items():
        actor = Actor(
            user="o1",
            agencies=("A01",),
            above=frozenset({"A01"}),
            groups=frozenset({"kind-coord", "coordinators"}),
        )
        access = admit(actor, world.platform.apps[code], world.clock.now)
        with world.platform.reading(access) as found:
            states = found.many([apps[app.code][1]])
        said = [value for one in states.values() for value in one.values.values()]
        assert CANARY in said, code
