"""On 1 April somebody belongs to another agency: at midnight, by itself, in an open session too."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.services import attachments, records, threads
from tsuzuri.storage import belonging, people
from tsuzuri.storage.belonging import Stay
from tsuzuri.storage.people import User
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import EVERYTHING, TOKYO, World

__all__ = ["world"]

BEFORE = datetime(2027, 3, 31, 23, 59, 30, tzinfo=TOKYO)
AFTER = datetime(2027, 4, 1, 0, 0, 30, tzinfo=TOKYO)
FIELDS = {
    "title": {"kind": "text"},
    "scope": {"kind": "agencies"},
    "papers": {"kind": "attachment"},
}
RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["group:heads"], "allow": [*EVERYTHING]},
        {"who": ["field:scope"], "allow": ["view", "comment", "export"]},
    ],
}
STAYS = {
    "agency": [
        Stay(code="NURSERY", ends_on="2027-03-31"),
        Stay(code="HEALTH", starts_on="2027-04-01"),
    ],
    "group": [Stay(code="caseworkers", starts_on="2027-04-01")],
}
WAYS = ("list", "search", "open", "thread", "file", "comment", "export")
MET, MISSED = dict.fromkeys(WAYS, True), dict.fromkeys(WAYS, False)


@dataclass(frozen=True)
class Shared:
    """One agency's record: where it stands, and a file in it."""

    id: int
    key: str


@pytest.fixture(scope="module")
def app(world: World) -> App:
    with world.platform.changing(world.actor("abe")) as connection:
        people.put_users(connection, [User(code="kudo", name="工藤")], world.platform.today)
        for entity, stays in STAYS.items():
            belonging.put(connection, entity, {"kudo": stays})
        people.touch(connection)
    return world.publish(FIELDS, RULES, recordTitle=["title"])


def shared(world: World, app: App, agency: str) -> Shared:
    abe = world.entering("abe", app)
    file = attachments.receive(
        world.platform, abe.actor, "a.pdf", io.BytesIO(b"%PDF-1.7 " + agency.encode())
    )
    given = {"title": f"{agency}の共有記録", "scope": [agency], "papers": [file]}
    saved = records.create(world.platform, abe, given)
    threads.comment(world.platform, abe, saved.id, f"{agency}の皆さんへ")
    return Shared(saved.id, file["key"])


@pytest.fixture(scope="module")
def pair(world: World, app: App) -> tuple[Shared, Shared]:
    return shared(world, app, "NURSERY"), shared(world, app, "HEALTH")


@pytest.fixture
def night(world: World) -> Iterator[World]:
    """Stand half a minute before midnight; the town's clock goes back afterwards."""
    real, world.clock.now = world.clock.now, BEFORE
    yield world
    world.clock.now = real


def test_at_midnight_one_agencys_records_go_and_the_others_come(
    night: World, app: App, pair: tuple[Shared, Shared]
) -> None:
    kudo = Visitor(opened(night)).enter("kudo")
    nursery, health = pair
    assert ways(kudo, app, nursery, "NURSERY") == MET
    assert ways(kudo, app, health, "HEALTH") == MISSED
    night.clock.now = AFTER
    assert ways(kudo, app, nursery, "NURSERY") == MISSED
    assert ways(kudo, app, health, "HEALTH") == MET


def ways(visitor: Visitor, app: App, record: Shared, agency: str) -> dict[str, bool]:
    """Tell by which ways a record is met."""
    base = f"/apps/{app.code}"
    title = f"{agency}の共有記録"
    address = f"{base}/records/{record.id}"
    page = visitor.get(address)
    said = visitor.post(f"{address}/comments", {"body": "読みました"})
    return {
        "list": title in visitor.get(f"{base}/").text,
        # The page says again what was searched for, so a hit is known by its address.
        "search": address in visitor.get("/search", query_string={"q": title}).text,
        "open": page.status_code == 200,
        "thread": f"{agency}の皆さんへ" in page.text,
        "file": visitor.get(f"{address}/files/papers/{record.key}").status_code == 200,
        "comment": said.status_code in {200, 302, 303},
        "export": title in visitor.get(f"{base}/export.csv").text,
    }


def test_the_name_of_ones_agency_and_groups_follow_the_day(night: World, app: App) -> None:
    visitor = Visitor(opened(night)).enter("kudo")
    assert "ひまわり保育園" in visitor.get("/").text
    assert night.actor("kudo").groups == frozenset()
    night.clock.now = AFTER
    assert "健康課" in visitor.get("/").text
    assert night.actor("kudo").groups == {"caseworkers"}
    assert night.actor("kudo").above == {"HEALTH", "CITY"}


def test_nothing_about_records_is_written_on_the_day(
    night: World, app: App, pair: tuple[Shared, Shared]
) -> None:
    def revisions() -> list[int]:
        with night.platform.reading(night.access("abe", app)) as found:
            return [found.get(one.id).revision for one in pair]

    was = revisions()
    night.clock.now = AFTER
    assert night.seen("kudo", app) == [pair[1].id]
    assert revisions() == was
