"""One municipality at work: its database, apps, people and files, handed to every use case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access, admit
from tsuzuri.access.onlooking import must_not_look
from tsuzuri.config import Config
from tsuzuri.definitions.model import ACTIONS, App
from tsuzuri.errors import Busy, Unknown
from tsuzuri.fields.base import Scene
from tsuzuri.storage import audit, deeds, people, reads, schema
from tsuzuri.storage.audit import Trail
from tsuzuri.storage.catalogue import Catalogue, holds
from tsuzuri.storage.database import Connection, Database
from tsuzuri.storage.files import FileStore
from tsuzuri.storage.people import Directory
from tsuzuri.storage.readers import Principals
from tsuzuri.storage.records import Records


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Platform:
    """Everything a use case needs besides who asks; ``clock`` is passed in by tests."""

    config: Config
    database: Database
    files: FileStore
    catalogue: Catalogue = field(default_factory=Catalogue)
    principals: Principals = field(default_factory=Principals)
    clock: Callable[[], datetime] = _now
    # The transaction that writes belong to, where several steps are to stand together.
    joined: Connection | None = None
    _directory: Directory = people.EMPTY
    _narrowed: tuple[Directory, dict[object, Directory]] = field(
        default_factory=lambda: (people.EMPTY, {})
    )

    @classmethod
    def open(cls, config: Config, clock: Callable[[], datetime] = _now) -> Platform:
        """Open the installation that ``config`` describes, bringing its tables up to date."""
        database = Database(config.database, seconds=config.reading_seconds)
        schema.upgrade(database)
        return cls(config=config, database=database, files=FileStore(config.files), clock=clock)

    @property
    def directory(self) -> Directory:
        """The people and agencies as of now."""
        with self.database.platform() as connection:
            found = people.current(connection, self._directory, self.today)
        self._directory = found
        return found

    def directory_for(self, actor: Actor) -> Directory:
        """The people and agencies of whom ``actor`` may know (see ``Directory.known_to``)."""
        whole = self.directory
        known = self._known_to(whole, actor)
        return known if actor.onlooker is None else known.known_to(actor.onlooker)

    def _known_to(self, whole: Directory, actor: Actor) -> Directory:
        """Narrow a directory once for all who belong to the same; a form asks for each field."""
        narrowed = self._narrowed
        if narrowed[0] is not whole:
            narrowed = self._narrowed = (whole, {})
        found = narrowed[1]
        key = (actor.administers, actor.above, actor.groups)
        if key not in found:
            found[key] = whole.known_to(actor)
        return found[key]

    @property
    def today(self) -> str:
        """The day it is where the installation stands, as an ISO date."""
        return self.clock().astimezone(self.config.zone).date().isoformat()

    @property
    def apps(self) -> Mapping[str, App]:
        """The published apps by code, whole."""
        with self.database.platform() as connection:
            return self.catalogue.all(connection)

    def admit(self, actor: Actor, code: str) -> Access:
        """Admit ``actor`` to an app; an app that gives them nothing is ``Unknown``."""
        with self.database.platform() as connection:
            app = self.catalogue.get(connection, code)
        access = admit(actor, app, self.clock())
        if not any(map(access.may, ACTIONS)):
            raise Unknown
        return access

    def open_apps(self, actor: Actor) -> list[Access]:
        """Admit ``actor`` to every app that gives them anything to do, in the apps' order."""
        now = self.clock()
        found = (admit(actor, app, now) for app in self.apps.values())
        return [access for access in found if any(map(access.may, ("view", "add", "manage")))]

    def scene(self, actor: Actor) -> Scene:
        """Return how values read for ``actor``; who is confidential to them reads as a code."""
        directory = self.directory_for(actor)
        return Scene(
            language=actor.language,
            zone=actor.zone,
            now=self.clock(),
            name=lambda entity, code: directory.name(entity, code, actor.language),
        )

    @contextmanager
    def reading(self, access: Access) -> Iterator[Records]:
        """Give the records of an app as ``access`` may read them."""
        with self.database.read(access) as connection:
            yield Records(connection, access, self.principals)

    @contextmanager
    def writing(self, access: Access) -> Iterator[Connection]:
        """Give a transaction in the name of ``access``.

        Raises ``Busy`` if another version of the app was published since: its rules decide.
        Raises ``Denied`` for somebody who only looks as another person.
        """
        must_not_look(access.actor)
        if self.joined is not None:
            yield self.joined
            return
        with self.database.write(access) as connection:
            if not holds(connection, access.whole):
                raise Busy
            with self.trailing(connection, access.actor):
                yield connection

    @contextmanager
    def changing(self, actor: Actor) -> Iterator[Connection]:
        """Give a transaction on the platform's own tables in the name of ``actor``."""
        if self.joined is not None:
            yield self.joined
            return
        with (
            self.database.platform(writing=True) as connection,
            self.trailing(connection, actor),
        ):
            yield connection

    @contextmanager
    def trailing(self, connection: Connection, actor: Actor) -> Iterator[None]:
        """Keep what is noted on an open transaction: its entries are sealed at its end.

        What ``actor`` was shown before, in the same request, is sealed along with it.
        """
        trail = Trail(actor, self.stamp())
        connection.execution_options(trail=trail)
        yield
        if actor.origin.ledger is not None:
            trail.entries.extend(actor.origin.ledger.taken(trail.entries))
        done = tuple(trail.entries)
        audit.seal(connection, self.config.key("audit"), trail)
        deeds.announce(connection, done)
        reads.mark(connection, actor, trail.at, done)

    def joining(self, connection: Connection) -> Platform:
        """Return the platform whose writes all belong to the transaction on ``connection``."""
        return replace(self, joined=connection)

    def stamp(self) -> str:
        """Return the present as records store it."""
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
