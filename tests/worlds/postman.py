"""A town whose notices go out by mail, and senders as processes of their own, to be killed.

Run as a script this sends what is due: ``url files port at [where]``; with ``where`` it is killed
there by the first mail.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tsuzuri.config import Config, Smtp
from tsuzuri.definitions.model import App
from tsuzuri.services import letters, mailing, noticing, records, threads
from tsuzuri.services.platform import Platform
from tsuzuri.storage import mails, people
from worlds.town import EVERYTHING, TOKYO, USERS, World

ADDRESS = "https://kodomo.example.jp"
SENDER = "tsuzuri@town.example.jp"
RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE"], "allow": ["view", "edit", "comment", "delete"]},
        {"who": ["field:scope"], "allow": ["view", "edit", "comment"]},
    ],
}
FIELDS = {"title": {"kind": "text"}, "scope": {"kind": "agencies"}}
TITLE = "カナリアちゃんの記録"


def smtp_at(port: int, **settings: Any) -> Smtp:
    """Return the settings of a mail server on loopback, in the clear unless told otherwise."""
    given = {"security": "plain", "seconds": 30.0, **settings}
    return Smtp(host="127.0.0.1", port=port, sender=SENDER, **given)


def mailing_world(world: World, smtp: Smtp | None) -> World:
    """Return the town with a mail server, in which everybody has an address."""
    with world.platform.database.platform(writing=True) as connection:
        known = people.accounts(connection)
        people.put_accounts(
            connection,
            [replace(known[one.code], mail=f"{one.code}@people.test") for one in USERS],
        )
    config = replace(world.platform.config, address=ADDRESS, smtp=smtp)
    return replace(world, platform=replace(world.platform, config=config))


def wish(world: World, user: str, way: str, hours: tuple[int, int] = (0, 0)) -> None:
    """Choose how all of somebody's notices come."""
    chosen = dict.fromkeys(noticing.KINDS.values(), way)
    with world.platform.database.platform(writing=True) as connection:
        mails.put_wishes(connection, user, chosen, hours)


def shared(world: World) -> tuple[App, int]:
    """Return a record of mori's that the nursery sees, whose notices are dealt with."""
    app = world.publish(FIELDS, RULES, recordTitle=["title"])
    given = {"title": TITLE, "scope": ["NURSERY"]}
    record = records.create(world.platform, world.entering("mori", app), given).id
    noticing.run(world.platform)
    return app, record


def say(world: World, app: App, record: int, by: str = "takahashi", text: str = "承知") -> None:
    """Comment on a record, of which its writer is told."""
    threads.comment(world.platform, world.entering(by, app), record, text)
    noticing.run(world.platform)


def kept(world: World) -> list[tuple[str, str]]:
    """Return whose mails are there and how each stands, oldest first."""
    statement = 'SELECT "user", state FROM mails ORDER BY id'
    with world.platform.database.platform() as connection:
        return [(row[0], row[1]) for row in connection.exec_driver_sql(statement)]


def emptied(world: World) -> None:
    """Remove every mail and wish: a module's tests share a town."""
    with world.platform.database.platform(writing=True) as connection:
        for name in ("mails", "mail_wishes", "mail_quiet_hours"):
            connection.exec_driver_sql(f"DELETE FROM {name}")
        connection.exec_driver_sql("UPDATE consumers SET seq = 0 WHERE name = 'daily mail'")


def sender(world: World, port: int, where: str = "") -> subprocess.Popen[bytes]:
    """Start a process that sends what is due, and is killed at ``where``."""
    url = world.platform.database.url.render_as_string(hide_password=False)
    files, at = str(world.platform.config.files), world.clock.now.isoformat()
    line = [sys.executable, "-m", "worlds.postman", url, files, str(port), at, where]
    root = Path(__file__).resolve().parent.parent.parent
    paths = os.pathsep.join((str(root / "platform"), str(root / "tests")))
    return subprocess.Popen(line, env={**os.environ, "PYTHONPATH": paths})


def _killed(*_given: Any, **_more: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_killed(inner: Callable[..., Any]) -> Callable[..., Any]:
    def both(*given: Any) -> None:
        inner(*given)
        _killed()

    return both


PLACES: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "": (mailing, "run", mailing.run),
    "claimed": (letters, "letter", _killed),
    "half": (mails, "end", _killed),
    "noted": (mailing, "_end", _then_killed(mailing._end)),
    "answered": (mails, "settle", _killed),
}
"""What is put where to be killed there: with a claim; with all but the end said; with the end
noted and not said; with the server's answer not noted."""


def _main(url: str, files: str, port: str, at: str, where: str) -> None:
    setattr(*PLACES[where])
    config = Config(
        database=url,
        files=Path(files),
        secret_key="-",
        zone=TOKYO,
        address=ADDRESS,
        smtp=smtp_at(int(port)),
    )
    moment = datetime.fromisoformat(at)
    mailing.run(Platform.open(config, clock=lambda: moment))


if __name__ == "__main__":
    _main(*sys.argv[1:])
