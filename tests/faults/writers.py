"""Processes that write as people do, started to be killed.

Run as a script this is a nursery: it imports everything once, and forks a child for each line
``role url files ledger user seed`` on its input, answering with the child's number.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError

from faults.ledger import Ledger
from tsuzuri.access.gate import Access
from tsuzuri.config import Config
from tsuzuri.errors import Busy
from tsuzuri.services import attachments, definitions, records, threads
from tsuzuri.services.platform import Platform
from tsuzuri.storage.people import Agency, User, put_agencies, put_users

APP = "log"
AGENCIES = ("A01", "A02", "A03", "A04")
USERS = ("u1", "u2", "u3", "u4")
ALL = ["view", "add", "edit", "delete", "comment"]
WORDS = ("玄関先", "面談", "髙橋", "電話", "ﾎｲｸ園", "𠮷野", "欠席", "Tel", "２学期", "相談")


def document(*, later: bool) -> dict[str, Any]:
    """Return one of two versions: the later has another field, column, view and record rule."""
    columns: dict[str, Any] = {
        "x": {"kind": "text", "title": "X"},
        "y": {"kind": "number", "title": "Y"},
        "who": {"kind": "agencies", "title": "所属"},
    }
    properties: dict[str, Any] = {
        "title": {"kind": "text", "title": "件名", "maxLength": 200},
        "n": {"kind": "number", "title": "数"},
        "scope": {"kind": "agencies", "title": "範囲"},
        "body": {"kind": "multiline", "title": "内容"},
        "file": {"kind": "attachment", "title": "添付"},
        "rows": {"kind": "table", "title": "表", "items": {"properties": columns}},
        "total": {"kind": "calculated", "title": "計", "expression": "SUM(y) + n"},
    }
    views: list[dict[str, Any]] = []
    if later:
        columns["z"] = {"kind": "text", "title": "Z"}
        properties["extra"] = {"kind": "multi_select", "title": "追加", "items": {"enum": ["a"]}}
        properties["day"] = {"kind": "date", "title": "日"}
        views = [{"name": "日順", "columns": ["title"], "sort": "day desc"}]
    everything = ["view", "edit", "delete", "comment"]
    rules = [
        {"where": "n > 20" if later else "n > 50", "who": ["agency:A04"], "allow": everything},
        {"who": ["field:scope", "creator-agency"], "allow": everything},
    ]
    return {
        "app": APP,
        "name": "記録",
        "record": {"type": "object", "required": ["title"], "properties": properties},
        "views": views,
        "access": {"app": [{"who": ["everyone"], "allow": ALL}], "record": rules},
    }


def open_platform(url: str, files: Path) -> Platform:
    """Open the installation as a server would."""
    return Platform.open(Config(database=url, files=files, secret_key="-", zone=TOKYO))


TOKYO = ZoneInfo("Asia/Tokyo")


def settle(platform: Platform) -> None:
    """Let people move in and publish the app."""
    with platform.database.platform(writing=True) as connection:
        put_agencies(connection, [Agency(code=code, name=code) for code in AGENCIES])
        pairs = zip(USERS, AGENCIES, strict=True)
        users = [User(code=user, name=user, agencies=(at,)) for user, at in pairs]
        put_users(connection, users, platform.today)
    definitions.publish(platform, document(later=False), by="u1")


@dataclass
class Writer:
    """One person at work, who notes down everything that was acknowledged."""

    platform: Platform
    user: str
    dice: Random
    ledger: Ledger
    mine: dict[int, int] = field(default_factory=dict)

    def access(self) -> Access:
        """Walk in through the door anew, as each request does."""
        actor = self.platform.directory.actor(self.user, TOKYO)
        assert actor is not None
        return self.platform.admit(actor, APP)

    def text(self) -> str:
        """Return some words."""
        return "。".join(self.dice.choices(WORDS, k=self.dice.randint(1, 30)))

    def values(self) -> dict[str, Any]:
        """Return values for some fields."""
        dice = self.dice
        rows = [
            {"x": self.text(), "y": dice.randint(0, 9), "who": dice.sample(AGENCIES, 2)}
            for _ in range(dice.randint(1, 3))
        ]
        given = {
            "n": dice.randint(0, 99),
            "scope": dice.sample(AGENCIES, dice.randint(1, 3)),
            "body": self.text(),
            "rows": rows,
        }
        chosen = dice.sample(sorted(given), dice.randint(1, 4))
        return {"title": self.text()[:200], **{code: given[code] for code in chosen}}

    def create(self) -> None:
        """Create a record, with a file more often than not."""
        access, values = self.access(), self.values()
        if self.dice.random() < 0.6:
            content = self.dice.randbytes(self.dice.randint(1, 50_000))
            upload = io.BytesIO(content)
            values["file"] = [attachments.receive(self.platform, access.actor, "a.bin", upload)]
        saved = records.create(self.platform, access, values)
        self.ledger.note(what="created", record=saved.id, values=values)
        self.mine[saved.id] = saved.revision

    def change(self) -> None:
        """Change a record of one's own."""
        record, access, values = self.dice.choice(list(self.mine)), self.access(), self.values()
        self.ledger.note(what="change", record=record, values=values)
        saved = self._certainly(
            record, lambda: records.change(self.platform, access, record, values, revision=None)
        )
        self.ledger.note(what="changed", record=record, revision=saved.revision, values=values)
        self.mine[record] = saved.revision

    def comment(self) -> None:
        """Say something."""
        record, body = self.dice.choice(list(self.mine)), self.text()
        number = threads.comment(self.platform, self.access(), record, body)
        self.ledger.note(what="commented", record=record, comment=number, body=body)

    def delete(self) -> None:
        """Delete a record, after which nobody touches it."""
        record, access = self.dice.choice(list(self.mine)), self.access()
        self.ledger.note(what="delete", record=record)
        revision = self.mine.pop(record)
        records.delete(self.platform, access, record, reason="誤り", revision=None)
        self.ledger.note(what="deleted", record=record, revision=revision + 1)

    def _certainly(self, record: int, act: Callable[[], records.Saved]) -> records.Saved:
        """Act; a record of which it is unknown whether it changed is left alone from then on."""
        revision = self.mine.pop(record)
        saved = act()
        self.mine[record] = revision
        return saved

    def step(self) -> None:
        """Do one thing."""
        others = (self.change, self.change, self.comment, self.comment, self.delete)
        self.dice.choice((self.create, self.create, *others) if self.mine else (self.create,))()


def write(platform: Platform, ledger: Path, user: str, seed: int) -> None:
    """Write until killed."""
    writer = Writer(platform, user, Random(seed), Ledger(ledger))
    while True:
        with _patience():
            writer.step()


def publish(platform: Platform, ledger: Path, user: str, seed: int) -> None:
    """Publish the two versions in turn until killed."""
    del ledger
    later = seed % 2 == 0
    while True:
        with _patience():
            definitions.publish(platform, document(later=later), by=user)
            later = not later


@contextmanager
def _patience() -> Iterator[None]:
    """Try again later where the database is busy, or being started after a kill of its own."""
    try:
        yield
    except Busy:
        time.sleep(0.01)
    except DBAPIError as error:
        if not error.connection_invalidated and "connection" not in str(error.orig):
            raise
        time.sleep(0.05)


ROLES = {"write": write, "publish": publish}


def main() -> None:
    """Fork a child for each line of input, until it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        role, url, files, ledger, user, seed = line.split()
        child = os.fork()
        if child == 0:
            try:
                ROLES[role](open_platform(url, Path(files)), Path(ledger), user, int(seed))
            except BaseException as error:  # noqa: BLE001  told on stderr, and the child ends here
                sys.stderr.write(f"{role} {user}: {error!r}\n")
                sys.stderr.flush()
            os._exit(1)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
