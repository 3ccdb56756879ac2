"""Files out of a town and into it again, for tests of export and import."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.services import importing, transfer
from tsuzuri.services.importing import Shown
from tsuzuri.services.transfer import Wanted
from tsuzuri.storage.records import every_id, load_whole
from worlds.town import ERRAND, EVERYTHING, World


def stored(world: World, app: App) -> dict[int, Mapping[str, Any]]:
    """Read every record as it is, past every rule."""
    with world.platform.database.write(ERRAND) as connection:
        ids = list(every_id(connection, app))
        states = load_whole(connection, app, ids)
        return {key: states[key].values for key in sorted(states)}


def export(world: World, access: Access, **wanted: Any) -> bytes:
    return b"".join(transfer.exported(world.platform, access, Wanted(**wanted)))


def send(world: World, access: Access, data: str | bytes, *, match: str = "") -> int:
    raw = data.encode() if isinstance(data, str) else data
    return importing.receive(world.platform, access, "f.csv", io.BytesIO(raw), match=match)


def seen(world: World, access: Access, job: int) -> Shown:
    for _ in range(3600):
        found = importing.shown(world.platform, access, job)
        if found.progress is None:
            return found
        time.sleep(0.05)
    raise AssertionError("the work never ends")


def told(found: Shown) -> list[tuple[int, int, str, str]]:
    return [(bad.row, bad.column, bad.value, str(bad.why)) for bad in found.job.problems]


def counts(found: Shown) -> tuple[str, int, int, int]:
    tally = found.job.tally
    return found.job.state, tally.added, tally.changed, tally.same


FIELDS: dict[str, dict[str, Any]] = {
    "name": {"kind": "name", "title": "氏名", "titles": {"en": "Name"}, "maxLength": 10},
    "age": {"kind": "number", "title": "年齢", "maximum": 130},
    "day": {"kind": "date", "title": "日"},
    "no": {"kind": "text", "title": "番号", "unique": True},
    "staff": {"kind": "users", "title": "担当"},
    "scope": {"kind": "agencies", "title": "共有先"},
    "twice": {"kind": "calculated", "title": "倍", "expression": "age * 2"},
    "secret": {"kind": "text", "title": "秘密"},
    "hint": {"kind": "text", "title": "条件つき"},
    "phone": {"kind": "text", "title": "電話"},
}
RULES: dict[str, Any] = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CITY"], "allow": [*EVERYTHING]},
        {"who": ["field:scope", "creator-agency"], "allow": ["view", "edit", "export"]},
        {"who": ["everyone"], "where": "age >= 100", "allow": ["view"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["agency:CITY"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
        {"fields": ["hint"], "who": ["agency:CITY"], "allow": "edit"},
        {"fields": ["hint"], "who": ["everyone"], "where": "age < 50", "allow": "edit"},
        {"fields": ["hint"], "who": ["everyone"], "allow": "none"},
        {"fields": ["phone"], "who": ["agency:CITY"], "allow": "edit"},
        {"fields": ["phone"], "who": ["everyone"], "where": "age < 50", "allow": "edit"},
        {"fields": ["phone"], "who": ["everyone"], "allow": "masked"},
    ],
}


Town = tuple[World, App, Access, Access]


def ruled(world: World) -> Town:
    """Publish an app with rules; abe sees all of it, takahashi of the nursery a part."""
    app = world.publish(FIELDS, RULES, required=["name"])
    return world, app, world.entering("abe", app), world.entering("takahashi", app)
