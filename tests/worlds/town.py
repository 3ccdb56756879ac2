"""One small town: its agencies as a tree, its people, a clock that stands still.

城山市 CITY
├ こども課 CARE
│ └ 相談係 DESK
└ 健康課 HEALTH
ひまわり保育園 NURSERY
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access, admit
from tsuzuri.access.readers import plan
from tsuzuri.config import Config
from tsuzuri.definitions.build import build
from tsuzuri.definitions.model import App
from tsuzuri.services import definitions, history
from tsuzuri.services.platform import Platform
from tsuzuri.storage import catalogue, people
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.people import Agency, Group, User
from tsuzuri.storage.readers import Principals
from tsuzuri.storage.records import Listing, Records
from tsuzuri.storage.writing import RecordState, Writer

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
"""In Tokyo it is already Sunday the 22nd, half past midnight."""

ERRAND = Errand("a test looks behind the gate")

AGENCIES = (
    Agency(code="CITY", name="城山市"),
    Agency(code="CARE", name="こども課", parent="CITY"),
    Agency(code="DESK", name="相談係", parent="CARE"),
    Agency(code="HEALTH", name="健康課", parent="CITY"),
    Agency(code="NURSERY", name="ひまわり保育園"),
)
GROUPS = (Group(code="caseworkers", name="ケースワーカー"), Group(code="heads", name="管理職"))
USERS = (
    User(code="abe", name="阿部", agencies=("CITY",), groups=("heads",)),
    User(code="mori", name="森", agencies=("CARE",), groups=("caseworkers", "heads")),
    User(code="sato", name="佐藤", agencies=("DESK",), groups=("caseworkers",)),
    User(code="suzuki", name="鈴木", agencies=("HEALTH", "NURSERY")),
    User(code="takahashi", name="髙橋", agencies=("NURSERY",)),
    User(code="ito", name="伊藤"),
)
PARENTS: Mapping[str, str] = {one.code: one.parent for one in AGENCIES}

EVERYTHING = ("view", "add", "edit", "delete", "comment", "export", "import", "print", "unmask")
OPEN_TO_ALL: Mapping[str, Any] = {"app": [{"who": ["everyone"], "allow": [*EVERYTHING]}]}


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """Return the present."""
        return self.now


@dataclass(frozen=True, kw_only=True)
class World:
    """A platform with this town's people, and short ways to do things in it."""

    platform: Platform
    clock: Clock
    numbers: Iterator[int] = field(default_factory=count)

    def code(self) -> str:
        """Return an app code nobody used before, because examples share one database."""
        return f"app{next(self.numbers)}"

    def publish(
        self,
        properties: Mapping[str, Any],
        access: Mapping[str, Any] = OPEN_TO_ALL,
        *,
        code: str = "",
        by: str = "abe",
        **more: Any,
    ) -> App:
        """Publish an app with these fields and rules; ``required``, ``views`` go in ``more``."""
        document = document_of(properties, access, code=code or self.code(), **more)
        return definitions.publish(self.platform, document, by=by)

    def actor(self, user: str, zone: ZoneInfo = TOKYO) -> Actor:
        """Return one of the town's people as they act."""
        found = self.platform.directory.actor(user, zone)
        assert found is not None
        return found

    def access(self, user: str, app: App) -> Access:
        """Admit somebody to an app, as it stands in ``app`` and not as it is published."""
        return admit(self.actor(user), app, self.clock.now)

    def entering(self, user: str, app: App) -> Access:
        """Admit somebody through the platform's own door."""
        return self.platform.admit(self.actor(user), app.code)

    def put(self, app: App, *records: Mapping[str, Any]) -> list[int]:
        """Store records for good, past every rule; see ``state`` for what they may say."""
        states = [state(one) for one in records]
        with self.platform.database.write(ERRAND) as connection:
            writer(connection, app, self.platform.principals).insert(states)
        return [one.id for one in states]

    def seen(self, user: str, app: App, listing: Listing | None = None) -> list[int]:
        """Return the ids of the first records somebody's list shows."""
        with self.platform.reading(self.access(user, app)) as records:
            return [row[0] for row in records.page(listing or Listing(size=500)).rows]

    def mark(self, user: str, app: App, record: int, revision: int | None) -> int | None:
        """Return what a form that somebody opened at ``revision`` is marked with."""
        access = self.access(user, app)
        if revision is None or access.knows_all:
            return revision
        past = history.changes(self.platform, access, record)
        return next((one.id for one in past if one.revision <= revision), record)

    @contextmanager
    def undone(self) -> Iterator[Connection]:
        """Give a transaction that may do anything and leaves nothing behind."""
        with self.platform.database.engine.connect() as connection:
            connection.execution_options(access=ERRAND, writing=True)
            transaction = connection.begin()
            try:
                yield connection
            finally:
                transaction.rollback()


@contextmanager
def opened(url: str, folder: Path) -> Iterator[World]:
    """Open a platform on an empty database and let the town's people move in."""
    clock = Clock()
    config = Config(database=url, files=folder, secret_key="-", zone=TOKYO)
    platform = Platform.open(config, clock=clock)
    try:
        with platform.database.platform(writing=True) as connection:
            people.put_agencies(connection, AGENCIES)
            people.put_groups(connection, GROUPS)
            people.put_users(connection, USERS, platform.today)
        yield World(platform=platform, clock=clock)
    finally:
        platform.database.close()


def document_of(
    properties: Mapping[str, Any], access: Mapping[str, Any], *, code: str, **more: Any
) -> dict[str, Any]:
    """Return a definition; a field without a title is called by its code."""
    titled = {key: {"title": key, **given} for key, given in properties.items()}
    record = {"type": "object", "required": more.pop("required", []), "properties": titled}
    return {"app": code, "name": code, "record": record, "access": dict(access), **more}


def under(app: App, access: Mapping[str, Any]) -> App:
    """Return ``app`` with other rules, on the same tables, without publishing it."""
    numbers = {path: one.number for path, one in catalogue.paths(app)}
    ruled = build({**app.document, "access": access}, number=app.number, numbers=numbers)
    return replace(ruled, version=app.version, owner=app.owner)


def state(given: Mapping[str, Any]) -> RecordState:
    """Return a record as stored: codes to wire values, ``$creator`` and its like if not ``abe``'s.

    Empty values are left out, as the services do.
    """
    made = str(given.get("$created", "2026-11-01T00:00:00Z"))
    creator = str(given.get("$creator", "abe"))
    return RecordState(
        id=int(given.get("$id") or new_ids.new()),
        revision=1,
        created_at=made,
        created_by=creator,
        created_agency=str(given.get("$creator_agency", "CITY")),
        updated_at=str(given.get("$updated", made)),
        updated_by=str(given.get("$updater", creator)),
        values={key: one for key, one in given.items() if key[0] != "$" and one is not None},
    )


def writer(connection: Connection, app: App, principals: Principals | None = None) -> Writer:
    """Return what writes records of ``app`` and lists their readers by its rules."""
    reading = plan(app, definitions.ANYBODY)
    return Writer(connection, tables_of(app), reading, principals or Principals())


def records_of(connection: Connection, access: Access) -> Records:
    """Return the records on a connection, with a memory for readers' names of their own."""
    return Records(connection, access, Principals())


def listed(records: Records, listing: Listing) -> Sequence[int]:
    """Return the ids of a page."""
    return [row[0] for row in records.page(listing).rows]
