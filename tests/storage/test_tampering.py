"""Six ways to tamper with the audit log, each at many places; none goes unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from random import Random
from types import MappingProxyType

import pytest
from sqlalchemy import Connection, text

from support.tampering import unguard
from tsuzuri.storage import audit
from tsuzuri.storage.audit import Entry, Sealed
from worlds.fixtures import world
from worlds.town import World

__all__ = ["world"]

LENGTH = 120
COLUMNS = ", ".join(f'"{name}"' for name in (*Sealed.__slots__, "hash"))


def edit(connection: Connection, seq: int, key: bytes) -> None:
    connection.execute(text(f"UPDATE audit_entries SET \"user\" = 'x' WHERE seq = {seq}"))


def delete(connection: Connection, seq: int, key: bytes) -> None:
    connection.execute(text(f"DELETE FROM audit_entries WHERE seq = {seq}"))


def insert(connection: Connection, seq: int, key: bytes) -> None:
    """Put a copy of an entry behind it; the later ones move on by one."""
    connection.execute(text(f"UPDATE audit_entries SET seq = -seq - 1 WHERE seq > {seq}"))
    names = COLUMNS.replace('"seq"', f"{seq + 1}")
    connection.execute(
        text(
            f"INSERT INTO audit_entries ({COLUMNS})"
            f" SELECT {names} FROM audit_entries WHERE seq = {seq}"
        )
    )
    connection.execute(text("UPDATE audit_entries SET seq = -seq WHERE seq < 0"))


def swap(connection: Connection, seq: int, key: bytes) -> None:
    other = seq % LENGTH + 1
    for before, after in ((seq, -1), (other, seq), (-1, other)):
        connection.execute(text(f"UPDATE audit_entries SET seq = {after} WHERE seq = {before}"))


def truncate(connection: Connection, seq: int, key: bytes) -> None:
    """Cut the end off and set the head to what is left, as if nothing had followed."""
    connection.execute(text(f"DELETE FROM audit_entries WHERE seq >= {seq}"))
    _set_head(connection)


def rewrite(connection: Connection, seq: int, key: bytes) -> None:
    """Change an entry and write everything after it anew, with the installation's own key."""
    connection.execute(text(f"UPDATE audit_entries SET app = 'x' WHERE seq = {seq}"))
    last = audit.START
    for sealed, _ in list(audit.chain(connection)):
        last = audit.link(key, last, sealed)
        statement = text("UPDATE audit_entries SET hash = :hash WHERE seq = :seq")
        connection.execute(statement, {"hash": last, "seq": asdict(sealed)["seq"]})
    _set_head(connection)


def _set_head(connection: Connection) -> None:
    left = [(sealed.seq, stored) for sealed, stored in audit.chain(connection)]
    seq, hash_ = left[-1] if left else (0, audit.START)
    connection.execute(
        text("UPDATE audit_head SET seq = :seq, hash = :hash"), {"seq": seq, "hash": hash_}
    )


Tampering = Callable[[Connection, int, bytes], None]
SCRIPTS: Mapping[str, Tampering] = MappingProxyType(
    {one.__name__: one for one in (edit, delete, insert, swap, truncate, rewrite)}
)


def found(world: World, script: Tampering, places: int) -> int:
    """Tamper at random places, each time with the log as it was; return how often it is seen."""
    key, actor = world.platform.config.key("audit"), world.actor("mori")
    with world.platform.changing(actor) as connection:
        already, _ = audit.head(connection)
        for number in range(LENGTH - already):
            audit.note(connection, Entry(action="made.up", detail={"number": number}))
    rng, seen = Random(script.__name__), 0
    for _ in range(places):
        with world.undone() as connection:
            anchor = audit.head(connection)
            assert audit.first_bad(connection, key, [anchor]) is None
            unguard(connection)
            script(connection, rng.randint(1, LENGTH), key)
            seen += audit.first_bad(connection, key, [anchor]) is not None
    return seen


@pytest.mark.parametrize("name", SCRIPTS)
def test_tampering_is_seen_wherever_it_happens(world: World, name: str) -> None:
    assert found(world, SCRIPTS[name], 5) == 5


@pytest.mark.long
@pytest.mark.parametrize("name", SCRIPTS)
def test_tampering_is_seen_at_a_hundred_places(world: World, name: str) -> None:
    seen = found(world, SCRIPTS[name], 100)
    print(f"{name}: {seen} of 100")  # noqa: T201  the figure of docs/security.md
    assert seen == 100
