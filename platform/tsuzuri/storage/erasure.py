"""Erasing records for good: every row that holds or tells what they said, in one transaction.

What stays is that a record with this number was erased, by whom and when: one row, and the audit
log's entries, which never held a value.  Copies in the free space of the database file go with
``clean``, which cannot be part of a transaction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, String, cast, column, delete, inspect, select, table, update

from tsuzuri.definitions.model import App
from tsuzuri.errors import Busy
from tsuzuri.storage import (
    account_tables,
    attached,
    audit_tables,
    catalogue,
    codec,
    drafts,
    present,
    search,
)
from tsuzuri.storage import tables as platform
from tsuzuri.storage.app_tables import AppTables, tables_of
from tsuzuri.storage.audit import REASON
from tsuzuri.storage.audit_archives import reasons as archived
from tsuzuri.storage.database import Database
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.notice_tables import notices
from tsuzuri.storage.presence_tables import presences
from tsuzuri.storage.retention_tables import erasures, leftovers

TALK = (
    platform.history,
    platform.comments,
    platform.thanks,
    platform.reads,
    platform.unmaskings,
    notices,
    presences,
)
CLEANING = Errand("free space is cleaned")


def erase(connection: Connection, app: App, ids: Sequence[int]) -> None:
    """Erase records of an app; their files are noted as left over.

    The caller has made sure that they may go, and holds the transaction.
    """
    keys = attached.keys_of(connection, app.number, ids)
    _out_of_search(connection, tables_of(app), ids)
    _out_of_tables(connection, app.number, ids)
    for told in TALK:
        connection.execute(delete(told).where(told.c.app == app.number, told.c.record.in_(ids)))
    answers = account_tables.answers
    for record in ids:
        mine = answers.c.location.like(f"%/apps/{app.code}/records/{record}")
        connection.execute(delete(answers).where(mine))
    _forget_reasons(connection, app, ids)
    _leave(connection, keys)


def forget_drafts(connection: Connection, app: int, ids: Sequence[int]) -> None:
    """Erase drafts of an app with all that was said about them; the caller has the right to."""
    keys = attached.keys_of(connection, app, ids)
    drafts.remove(connection, ids)
    for told in TALK:
        connection.execute(delete(told).where(told.c.app == app, told.c.record.in_(ids)))
    _leave(connection, keys)


def _out_of_search(connection: Connection, tables: AppTables, ids: Sequence[int]) -> None:
    """Take entries out of the index by the words they went in with; of fields that left, too."""
    ever = catalogue.left(connection, tables.app)
    ever.update((one.number, one) for one in tables.app.stored)
    name = tables.records.name
    there = present.columns(connection, [name])[name]
    for number, field in ever.items():
        if f"f{number}" not in there or not codec.is_searched(field):
            continue
        source = table(name, column("id"), column(f"f{number}"))
        value = source.c[f"f{number}"]
        rows = connection.execute(
            select(source.c.id, value).where(source.c.id.in_(ids), value.is_not(None))
        ).all()
        texts = [(one.id, codec.folded(field, codec.from_column(field, one[1]))) for one in rows]
        entries = [search.Entry(record, number, folded) for record, folded in texts if folded]
        search.remove(connection, tables, entries)


def _out_of_tables(connection: Connection, app: int, ids: Sequence[int]) -> None:
    """Delete from every table the app ever had: rows of rows, values, readers, the record."""
    names = inspect(connection).get_table_names()
    owners = list(ids)
    for name in _of(names, f"row_{app}"):
        rows = table(name, column("id"), column("record"))
        held = select(rows.c.id).where(rows.c.record.in_(ids))
        owners += connection.execute(held).scalars()
        connection.execute(delete(rows).where(rows.c.record.in_(ids)))
    for name in _of(names, f"val_{app}"):
        values = table(name, column("owner"))
        connection.execute(delete(values).where(values.c.owner.in_(owners)))
    readers = table(f"reader_{app}", column("record"))
    connection.execute(delete(readers).where(readers.c.record.in_(ids)))
    records = table(f"rec_{app}", column("id"))
    connection.execute(delete(records).where(records.c.id.in_(ids)))


def _of(names: Iterable[str], start: str) -> Iterator[str]:
    return (name for name in names if re.fullmatch(rf"{start}_\d+", name))


def _forget_reasons(connection: Connection, app: App, ids: Sequence[int]) -> None:
    """Delete the texts people gave about these records; the chain holds without them.

    A text that somebody gave word for word about another record as well belongs to that, too.
    """
    entries, values = audit_tables.entries, audit_tables.values
    mine = (entries.c.app == app.code) & entries.c.record.in_(ids)
    told = connection.execute(
        select(entries.c.detail).where(mine, entries.c.detail.like(f'%"{REASON}"%'))
    ).scalars()
    names = {str(json.loads(detail)[REASON]) for detail in told}
    # Of entries that are in an archive only this is known.
    moved = (archived.c.app == app.code) & archived.c.record.in_(ids)
    names.update(connection.execute(select(archived.c.hash).where(moved)).scalars())
    connection.execute(delete(archived).where(moved))
    for name in names:
        elsewhere = select(entries.c.seq).where(~mine, entries.c.detail.like(f'%"{name}"%'))
        there = select(archived.c.app).where(archived.c.hash == name)
        if all(connection.execute(one.limit(1)).first() is None for one in (elsewhere, there)):
            connection.execute(delete(values).where(values.c.hash == name))


def _leave(connection: Connection, keys: Iterable[str]) -> None:
    """Note files that are to go once nothing names them."""
    known = set(connection.execute(select(leftovers.c.key)).scalars())
    fresh = [{"key": key} for key in sorted(set(keys) - known)]
    if fresh:
        connection.execute(leftovers.insert(), fresh)


def left_files(connection: Connection) -> list[str]:
    """Return the keys of files of erased records that are still to be looked after."""
    return list(connection.execute(select(leftovers.c.key).order_by(leftovers.c.key)).scalars())


def settle_file(connection: Connection, key: str) -> None:
    """Note that a file of an erased record is gone, or stays because something else names it."""
    connection.execute(delete(leftovers).where(leftovers.c.key == key))


def forget_uploads(connection: Connection, keys: Sequence[str]) -> None:
    """Forget who sent these files, and what they called them."""
    sent = platform.uploads
    connection.execute(delete(sent).where(sent.c.key.in_(keys)))


def unclean(connection: Connection) -> list[tuple[int, int]]:
    """Return (app, record) of the erasures that the database file was not cleaned after."""
    waiting = (erasures.c.approved_at != "") & ~erasures.c.done
    rows = connection.execute(select(erasures.c.app, erasures.c.record).where(waiting))
    return [(row.app, row.record) for row in rows]


def clean(database: Database) -> int:
    """Rewrite the database without what was erased; return after how many erasures that was.

    SQLite: index segments that still list removed words are merged, the file is written anew and
    the write-ahead log emptied.  PostgreSQL: every table is written anew; its own log and copies
    elsewhere (replicas, archives, backups) are not ours to clean.
    """
    with database.platform() as connection:
        waiting = unclean(connection)
        searched = _searched(connection)
    with database.alone(CLEANING) as connection:
        if database.dialect == "sqlite":
            for name in searched:
                connection.exec_driver_sql(f"INSERT INTO {name}({name}) VALUES ('optimize')")  # noqa: S608  a name of ours
            connection.exec_driver_sql("VACUUM")
            _empty_log(connection)
        else:
            connection.exec_driver_sql("VACUUM (FULL)")
    with database.platform(writing=True) as connection:
        for app, record in waiting:
            mine = (erasures.c.app == app, erasures.c.record == record)
            connection.execute(update(erasures).where(*mine).values(done=True))
    return len(waiting)


def _empty_log(connection: Connection) -> None:
    """Write the log back and cut it to nothing.  Raises ``Busy`` while somebody reads from it."""
    busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    if busy:
        raise Busy


def _searched(connection: Connection) -> list[str]:
    numbers = connection.execute(
        select(cast(platform.apps.c.number, String)).where(platform.apps.c.published > 0)
    ).scalars()
    return [f"search_{number}" for number in numbers]
