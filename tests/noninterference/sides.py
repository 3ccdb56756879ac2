"""Two installations that run side by side: filled from a pair, reset quickly, compared in full."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from noninterference import copies
from noninterference.copies import Copies
from noninterference.definitions import Drafts
from noninterference.kinds import FILES
from noninterference.pairs import AGENCY_OF, Kept
from noninterference.pool import Request
from noninterference.rules import Sight
from noninterference.seeded import Chance, seeded
from tsuzuri.config import Config, Smtp
from tsuzuri.definitions.build import complete
from tsuzuri.definitions.model import App
from tsuzuri.factory import create_app
from tsuzuri.services import records as service
from tsuzuri.services.platform import Platform
from tsuzuri.storage import catalogue, history, people, threads
from tsuzuri.storage.records import every_id, load_whole
from tsuzuri.storage.tables import comments, thanks
from tsuzuri.storage.threads import Comment, Thanks
from worlds.face import Visitor
from worlds.town import (
    AGENCIES,
    ERRAND,
    GROUPS,
    NOW,
    TOKYO,
    USERS,
    Clock,
    state,
    writer,
)


class Browser(Visitor):
    """Sends requests as they were drawn, with the token of the last page."""

    def open(self, request: Request) -> TestResponse:
        """Send a request and return its answer."""
        options: dict[str, Any] = {
            "method": request.verb,
            "query_string": list(request.query),
            "headers": dict(request.headers),
            "buffered": True,
        }
        if request.form is not None:
            form: MultiDict[str, Any] = MultiDict([("csrf_token", self.token), *request.form])
            for name, called, content in request.files:
                form.add(name, (io.BytesIO(content), called))
            options["data"] = form
        if request.json is not None:
            options["json"] = request.json
            options["headers"]["X-CSRFToken"] = self.token
        return self._kept(self.client.open(request.path, **options))


@dataclass
class Side:
    """One of the two installations."""

    folder: Path
    url: str
    clock: Clock = field(default_factory=Clock)
    chance: Chance = field(init=False)
    platform: Platform = field(init=False)
    flask: Flask = field(init=False)
    statements: list[str] = field(default_factory=list)
    visitors: dict[str, Browser] = field(default_factory=dict)
    copies: Copies = field(init=False)
    empty: Any = None

    def __post_init__(self) -> None:
        """Open an empty installation and keep a copy of it."""
        self.chance = Chance(self.clock)
        config = Config(
            database=self.url,
            files=self.folder,
            secret_key="-",
            zone=TOKYO,
            address="https://kodomo.example.jp",
            # Mails are made and kept; nobody sends them.
            smtp=Smtp(host="127.0.0.1", port=25, sender="tsuzuri@example.jp"),
        )
        self.platform = Platform.open(config, clock=self.clock)
        with self.platform.database.platform(writing=True) as connection:
            people.put_agencies(connection, AGENCIES)
            people.put_groups(connection, GROUPS)
            reached = [replace(one, mail=f"{one.code}@people.test") for one in USERS]
            people.put_users(connection, reached, self.platform.today)
        self.flask = create_app(config, self.platform)
        self.flask.config.update(TESTING=True)
        event.listen(self.platform.database.engine, "before_cursor_execute", self._note)
        self.copies = copies.of(self.platform.database.engine)
        self.empty = self.copy("empty")

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.statements.append(statement)

    def copy(self, name: str = "copy") -> Any:
        """Return a copy of the database as it stands, for this side or the other."""
        return self.copies.take(name)

    def reset(self, copy: Any) -> None:
        """Put a copy in place of the database, and begin anew: no caches, nobody signed in."""
        self.copies.put(copy)
        # Files of an earlier example would be there on both sides.
        for folder in (one for one in self.folder.iterdir() if one.is_dir()):
            shutil.rmtree(folder)
        self.clock.now = NOW
        self.visitors.clear()
        self.restart()

    def restart(self) -> None:
        """Begin with nothing in memory, as after the program was stopped and started."""
        old = self.platform
        self.platform = Platform(
            config=old.config, database=old.database, files=old.files, clock=self.clock
        )
        self.flask.extensions["tsuzuri"] = self.platform

    def close(self) -> None:
        """Close the database."""
        self.platform.database.close()

    def warm(self) -> None:
        """Let the process remember people and apps as they are now.

        Whoever asks first after others changed them pays for reading them; see exceptions.toml.
        """
        assert self.platform.directory.users
        assert self.platform.apps is not None

    def visitor(self, user: str) -> Browser:
        """Return somebody's browser, signed in."""
        if user not in self.visitors:
            self.visitors[user] = Browser(self.flask)
            self.visitors[user].enter(user)
        return self.visitors[user]

    @contextmanager
    def turn(self, who: str, step: int) -> Iterator[None]:
        """Let chance belong to ``who``, and note the statements of what follows."""
        self.chance.turn(who, step)
        self.statements.clear()
        with seeded(self.chance):
            yield

    def publish(self, drafts: Drafts) -> Mapping[str, App]:
        """Publish both definitions."""
        for document in drafts:
            # Checking takes longer than all else; test_definitions does it once for many.
            with self.platform.database.write(ERRAND) as connection:
                at = self.platform.stamp()
                catalogue.publish(connection, complete(document), by="abe", at=at, listed=True)
        return self.platform.apps

    def fill(self, records: Sequence[Kept]) -> None:
        """Store the records of a world, with what was said under them."""
        apps = self.platform.apps
        for name, content in FILES.items():
            if any(name in str(one.values) for one in records):
                self.platform.files.put(io.BytesIO(content), 1 << 20)
        with self.platform.database.write(ERRAND) as connection:
            for code, app in apps.items():
                mine = sorted((one for one in records if one.app == code), key=lambda one: one.id)
                states = [state(_stored(one)) for one in mine]
                writer(connection, app, self.platform.principals).insert(states)
                for one, stored in zip(mine, states, strict=True):
                    # A stream each: unseen records beside them shift nothing.
                    self.chance.turn("setup", one.place)
                    history.note(connection, app, [stored], "create")
                    _say(connection, app, one)
        # What is deleted was there before, so it is deleted as people do it.
        for one in records:
            if one.deleted:
                self.chance.turn("setup", 100 + one.place)
                self._delete(apps[one.app], one)

    def _delete(self, app: App, one: Kept) -> None:
        access = self.platform.admit(self._admin(), app.code)
        service.delete(self.platform, access, one.id, reason="重複", revision=None)

    def _admin(self) -> Any:
        found = self.platform.directory.actor("abe", TOKYO)
        assert found is not None
        return found

    def seen(self, sights: Mapping[str, Sight]) -> Mapping[str, Any]:
        """Return what the rules let somebody know of the records that stand here now."""
        found: dict[str, Any] = {}
        with self.platform.database.read(ERRAND) as connection:
            for code, sight in sights.items():
                app = self.platform.apps[code]
                ids = sorted(every_id(connection, app))
                said = _said(connection, app)
                for number, one in load_whole(connection, app, ids).items():
                    shown = sight.projection({**one.known, "$id": number})
                    if shown is not None and one.deleted_at is not None:
                        shown = (
                            {**shown, "deleted": one.deleted_at}
                            if "delete" in shown["allowed"]
                            else None
                        )
                    if shown is not None:
                        found[f"{code}/{number}"] = {**shown, "said": said.get(number, [])}
        return found


def _stored(one: Kept) -> dict[str, Any]:
    return {**one.whole, "$id": one.id}


def _say(connection: Any, app: App, one: Kept) -> None:
    said = [
        (
            one.id,
            Comment(id=r.id, author=r.author, agency=AGENCY_OF[r.author], at=r.at, body=r.text),
        )
        for r in one.remarks
        if not r.phrase
    ]
    thanked = {
        r.author: (
            one.id,
            Thanks(user=r.author, agency=AGENCY_OF[r.author], at=r.at, phrase="確認しました"),
        )
        for r in one.remarks
        if r.phrase
    }
    threads.add(connection, app, said, thanked.values())


def _said(connection: Any, app: App) -> Mapping[int, list[str]]:
    """Return what was said under each record of an app."""
    found: dict[int, list[str]] = {}
    for table, order in ((comments, comments.c.id), (thanks, thanks.c.at)):
        rows = connection.execute(select(table).where(table.c.app == app.number).order_by(order))
        for row in rows:
            found.setdefault(row.record, []).append(str(tuple(row)))
    return found
