"""Who opened a record is written down with the log; an app that is gone has no readers."""

from __future__ import annotations

from tsuzuri.storage import audit, reads
from tsuzuri.storage.audit import Entry
from worlds.town import World


def test_an_entry_about_an_app_that_is_not_there_marks_nothing(world: World) -> None:
    actor = world.actor("mori")
    with world.platform.changing(actor) as connection:
        audit.note(connection, Entry(action="read.records.show", app="gone", record=5))
    with world.platform.database.platform() as connection:
        assert reads.agencies(connection, 0, 5) == frozenset()
