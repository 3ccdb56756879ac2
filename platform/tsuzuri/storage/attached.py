"""Which files records name: their own, those in their past, those on their way in.

What a record held once stays with its history, and what was sent with a comment with the
comment, so a file goes with the last record that ever held it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, column, func, literal, select, table

from tsuzuri.fields.base import Slot
from tsuzuri.storage import patience
from tsuzuri.storage import tables as platform
from tsuzuri.storage.draft_tables import drafts

_KEY = re.compile(r'"key": ?"([0-9a-f]{64})"')
HOLDING = (Slot.DOCUMENT.value, Slot.ROWS.value)
"""What kind of room may hold files: values read whole, and rows, which may have such columns."""


def keys_in(text: str | None) -> Iterator[str]:
    """Yield the key of every file that stored JSON names."""
    return iter(_KEY.findall(text or ""))


def _places(connection: Connection) -> Iterator[tuple[Any, Any]]:
    """Yield each table with a column of it that may name files; fields that left count too."""
    fields, apps = platform.app_fields, platform.apps
    rows = connection.execute(
        select(fields.c.app, fields.c.number, fields.c.slot, fields.c.path)
        .join(apps, apps.c.number == fields.c.app)
        .where(apps.c.published > 0)
        .order_by(fields.c.app, fields.c.number)
    ).all()
    for row in rows:
        if row.slot.partition(":")[0] in HOLDING and "." not in row.path:
            records = table(f"rec_{row.app}", column("id"), column(f"f{row.number}"))
            yield records, records.c[f"f{row.number}"]
    yield platform.history, platform.history.c.changes
    yield platform.comments, platform.comments.c.files
    yield drafts, drafts.c["values"]


def every_key(connection: Connection, since: str = "") -> Iterator[str]:
    """Yield the key of every file that something names; some of them more than once.

    What was sent before ``since`` (UTC ISO text) and is in no record is not counted.
    """
    for source, value in list(_places(connection)):
        statement = select(value).select_from(source).where(value.like('%"key"%'))
        for row in patience.streamed(connection, statement, 500):
            yield from keys_in(row[0])
    sent = select(platform.uploads.c.key).where(platform.uploads.c.at >= since)
    yield from connection.execute(sent).scalars()


def named(connection: Connection, keys: Iterable[str], since: str) -> set[str]:
    """Return those of ``keys`` that a record or its past names, or that came after ``since``."""
    dialect = connection.dialect.name
    find = func.instr if dialect == "sqlite" else func.strpos
    places = list(_places(connection))
    sent = platform.uploads
    found: set[str] = set()
    for key in keys:
        asked = [
            select(literal(1)).select_from(source).where(find(value, key) > 0).limit(1)
            for source, value in places
        ]
        asked.append(select(literal(1)).where(sent.c.key == key, sent.c.at >= since))
        if any(connection.execute(one).first() is not None for one in asked):
            found.add(key)
    return found


def keys_of(connection: Connection, app: int, ids: Iterable[int]) -> set[str]:
    """Return the keys of the files that records of an app hold or held."""
    wanted = list(ids)
    found: set[str] = set()
    for source, value in list(_places(connection)):
        mine: ColumnElement[bool]
        if source in (platform.history, platform.comments):
            mine = and_(source.c.app == app, source.c.record.in_(wanted))
        elif source is drafts:
            mine = and_(source.c.app == app, source.c.id.in_(wanted))
        elif source.name == f"rec_{app}":
            mine = source.c.id.in_(wanted)
        else:
            continue
        for text in connection.execute(select(value).select_from(source).where(mine)).scalars():
            found.update(keys_in(text))
    return found
