"""Who saw a record is found in the log without a walk, and nobody who saw it is missed."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from tsuzuri.access.actors import Origin
from tsuzuri.services.ledger import ReadingLedger
from tsuzuri.storage import audit, audit_index, audit_reading, audit_tables
from tsuzuri.storage.audit_reading import PAGE, Asked
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

USERS = ("mori", "sato", "ito")


def shown(world: World, user: str, records: list[int], *, whole: bool = False) -> None:
    """Note that somebody was shown records, as a request does."""
    ledger = ReadingLedger("lists.index")
    ledger.saw("app", tuple(records), whole=whole)
    actor = world.actor(user)
    actor = replace(actor, origin=Origin(ledger=ledger))
    with world.platform.changing(actor):
        pass


def found(world: World, asked: Asked) -> list[int]:
    with world.platform.database.platform() as connection:
        return [one.seq for one in audit_reading.search(connection, asked)]


def by_walking(world: World, record: int, user: str = "") -> list[int]:
    """Return the entries that name a record, by reading the whole log."""
    with world.platform.database.platform() as connection:
        return [
            one.seq
            for one, _ in audit.chain(connection)
            if (one.record == record or f"[{record}]" in one.detail or _listed(one.detail, record))
            and user in {"", one.user}
        ][::-1]


def _listed(detail: str, record: int) -> bool:
    return any(end in detail for end in (f"[{record},", f",{record},", f",{record}]"))


def test_all_who_saw_a_record_are_found_page_by_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small blocks, so that one test crosses many of them and more than one step.
    monkeypatch.setattr(audit_index, "BLOCK", 3)
    random = Random(7)
    for _ in range(260):
        records = random.sample(range(1, 40), 8)
        shown(world, random.choice(USERS), records)
        if random.random() < 0.2:
            shown(world, random.choice(USERS), [random.choice(records)], whole=True)
    for record in (1, 11, 39):
        wanted = by_walking(world, record)
        pages: list[int] = []
        while page := found(world, Asked(record=record, before=pages[-1] if pages else 0)):
            pages += page
            assert len(page) <= PAGE
        assert pages == wanted
        assert found(world, Asked(record=record, user="ito")) == by_walking(world, record, "ito")
        assert found(world, Asked(record=record, app="other")) == []


def test_a_list_longer_than_an_entry_names_every_record(world: World) -> None:
    records = list(range(10_000, 10_000 + 2 * audit.NAMED + 1))
    shown(world, "sato", records)
    for one in (records[0], records[audit.NAMED], records[-1]):
        assert len(found(world, Asked(record=one))) == 1, one


def test_a_number_within_another_is_not_that_record(world: World) -> None:
    shown(world, "sato", [777_001, 1_777_001])
    shown(world, "sato", [1_777_001])
    assert len(found(world, Asked(record=777_001))) == 1


def test_the_index_stands_with_its_entries_or_not_at_all(world: World) -> None:
    class Stopped(Exception):
        """Something goes wrong after the entry was written."""

    def fails() -> None:
        ledger = ReadingLedger("lists.index")
        ledger.saw("app", (555_001, 555_002), whole=False)
        actor = world.actor("mori")
        actor = replace(actor, origin=Origin(ledger=ledger))
        with world.platform.database.platform(writing=True) as connection:
            with world.platform.trailing(connection, actor):
                pass
            raise Stopped

    with pytest.raises(Stopped):
        fails()
    with world.platform.database.platform() as connection:
        rows = connection.execute(
            audit_tables.named.select().where(audit_tables.named.c.record == 555_001)
        ).all()
    assert rows == []
    assert found(world, Asked(record=555_001)) == []


@pytest.mark.parametrize("record", [1, 11])
def test_it_asks_an_index_and_never_the_whole_log(world: World, record: int) -> None:
    if world.platform.database.dialect != "sqlite":
        pytest.skip("PostgreSQL plans by size; bench/audit.py times it at a million")
    with world.platform.database.platform() as connection:
        statements: list[str] = []
        connection.connection.driver_connection.set_trace_callback(statements.append)  # type: ignore[union-attr]  # it is open
        audit_reading.search(connection, Asked(record=record))
        connection.connection.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]  # it is open
        for one in statements:
            if one.startswith("SELECT"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}").all()
                assert not [row for row in plan if row[3].startswith("SCAN audit")], (one, plan)
