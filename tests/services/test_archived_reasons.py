"""Reasons people gave go with a record, though the entries that name them are in the archive."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from tsuzuri.services import alarms, audit_archiving, records, retention
from tsuzuri.storage import audit, audit_tables
from tsuzuri.storage.audit import Entry
from worlds.town import OPEN_TO_ALL, World

FIELDS = {"name": {"kind": "text"}, "closed_at": {"kind": "date"}}


def test_reasons_go_with_a_record_whose_entries_are_in_the_archive(
    world: World, tmp_path: Path
) -> None:
    rule = {"years": 5, "from": "closed_at"}
    app = world.publish(FIELDS, OPEN_TO_ALL, retention=rule)
    old, kept = world.put(app, {"name": "古い", "closed_at": "2021-11-21"}, {"name": "残る"})
    mori, first = world.actor("mori"), world.entering("mori", app)
    for one, reason in ((old, "書庫に移る理由"), (kept, "書庫に残る理由")):
        records.delete(world.platform, first, one, reason=reason, revision=None)
    with world.platform.changing(mori) as connection:
        for _ in range(600):
            audit.note(connection, Entry(action="made.up"))
    retention.propose(world.platform, first, [old], "保存期間の満了")
    second = world.entering("sato", app)
    world.clock.now += timedelta(days=4 * 366)
    alarms.watch(world.platform)
    assert list(audit_archiving.archive(world.platform, mori, tmp_path)) != []
    retention.approve(world.platform, second, [old])
    with world.platform.database.platform() as connection:
        texts = set(connection.execute(select(audit_tables.values.c.value)).scalars())
        assert audit.first_bad(connection, world.platform.config.key("audit")) is None
    assert "書庫に残る理由" in texts
    assert "書庫に移る理由" not in texts
