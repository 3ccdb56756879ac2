"""An app whose records are asked about and confirmed, with every rule of turns in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.errors import Invalid
from tsuzuri.query.bind import bind_text
from tsuzuri.services import process, records
from tsuzuri.services.process import Move, Standing
from tsuzuri.services.records import Saved
from tsuzuri.storage.records import Listing
from tsuzuri.storage.writing import RecordState
from worlds.town import EVERYTHING, World

STATUSES = ("draft", "waiting", "chosen", "together", "done")
FIELDS: Mapping[str, Any] = {
    "title": {"kind": "text"},
    "urgent": {"kind": "yes_no"},
    "secret": {"kind": "text"},
    "guarded": {"kind": "text"},
    "boss": {"kind": "users"},
    "stand": {"kind": "status", "enum": [*STATUSES]},
    "turn": {"kind": "assignee"},
}
RULES: Mapping[str, Any] = {
    "app": [
        {"who": ["user:suzuki"], "allow": [*EVERYTHING, "manage"]},
        {"who": ["everyone"], "allow": [*EVERYTHING]},
    ],
    "record": [
        {"who": ["user:takahashi"], "where": 'title in ("隠す")', "allow": []},
        {"who": ["everyone"], "allow": ["view", "edit", "delete", "comment"]},
    ],
}


def turn(rule: str, *who: str) -> dict[str, Any]:
    """Return whose turn it is."""
    return {"rule": rule, "who": [*who]}


def action(code: str, came: str | list[str], to: str, **more: Any) -> dict[str, Any]:
    """Return an action named after its code."""
    origins = [came] if isinstance(came, str) else came
    return {
        "code": code,
        "name": {"ja": code.upper(), "en": code},
        "from": origins,
        "to": to,
    } | more


PROCESS: Mapping[str, Any] = {
    "status": "stand",
    "assignee": "turn",
    "statuses": [
        {"code": "draft", "name": "下書き", "assignee": turn("ONE", "creator")},
        {"code": "waiting", "name": "確認待ち", "assignee": turn("ANY", "group:heads")},
        {"code": "chosen", "assignee": turn("ONE", "group:heads", "field:boss")},
        {"code": "together", "assignee": turn("ALL", "group:heads")},
        {"code": "done", "name": "確認済み"},
    ],
    "actions": [
        action("ask", "draft", "waiting"),
        action("choose", "draft", "chosen"),
        action("gather", "draft", "together"),
        action("confirm", ["waiting", "chosen", "together"], "done"),
        action("return", ["waiting", "chosen", "together"], "draft", alone=True),
        action("hurry", "draft", "done", where='urgent in ("はい")'),
        action("withdraw", ["waiting", "together"], "draft", who=["creator"]),
    ],
}


def publish(world: World, access: Mapping[str, Any] = RULES, **process: Any) -> App:
    """Publish the app, with parts of its process changed."""
    return world.publish(FIELDS, access, process={**PROCESS, **process})


def write(world: World, app: App, user: str = "sato", **given: Any) -> int:
    """Write a record."""
    return records.create(world.platform, world.entering(user, app), {"title": "件", **given}).id


def read(world: World, app: App, record: int, user: str = "sato") -> RecordState:
    """Read a record."""
    with world.platform.reading(world.entering(user, app)) as found:
        return found.get(record)


def stands(world: World, app: App, record: int, user: str = "sato") -> Standing:
    """Return where a record stands for somebody."""
    state = read(world, app, record, user)
    found = process.standing(world.platform, world.entering(user, app), state)
    assert found is not None
    return found


def offers(world: World, app: App, record: int, user: str = "sato") -> dict[str, tuple[str, ...]]:
    """Return what somebody may do, and of whom they must choose."""
    return {one.step.code: one.candidates for one in stands(world, app, record, user).offers}


def do(
    world: World,
    app: App,
    record: int,
    action: str,
    *,
    user: str = "sato",
    revision: int | None = None,
    **more: str,
) -> Saved:
    """Do an action."""
    move = Move(action=action, **more)
    access = world.entering(user, app)
    return process.act(world.platform, access, record, move, revision=revision)


def where(world: World, app: App, record: int) -> tuple[Any, Any]:
    """Return where a record stands and whose turn it is."""
    values = read(world, app, record, "abe").values
    return values.get("stand"), values.get("turn")


def refused(world: World, app: App, record: int, action: str, user: str) -> None:
    """Assert that an action is not to be had."""
    with pytest.raises(Invalid) as error:
        do(world, app, record, action, user=user)
    assert [one.pointer for one in error.value.problems] == ["/action"]


def found(world: World, app: App, text: str, user: str) -> list[int]:
    """Return the records that somebody finds by a condition."""
    access = world.entering(user, app)
    return world.seen(user, app, Listing(where=bind_text(access.app, text, access.asker)))
