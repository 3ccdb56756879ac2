"""What was done to records lately, read off the audit log.

The log is written with each change and numbered in the order of the commits, so it is also what
others are told from: whoever remembers the last number they dealt with misses nothing and meets
nothing twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, func, select

from tsuzuri.storage import audit_tables as tables
from tsuzuri.storage import watching
from tsuzuri.storage.audit import Entry

FOLLOWED = (
    "record.create",
    "record.change",
    "record.delete",
    "record.restore",
    "record.follow",
    "comment.add",
    "comment.edit",
    "comment.withdraw",
    "thanks.give",
    "thanks.take_back",
    "status.change",
    "status.recall",
    "status.assign",
    "draft.save",
    "draft.say",
    "draft.invite",
    "draft.uninvite",
    "draft.complete",
    "draft.discard",
)
"""What others may want to hear of."""
HEARD = (*FOLLOWED, "record.import")
"""What people are told of; an open page is not brought up to date while a file comes in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing somebody of ``agency`` did to ``records`` of an app at ``at`` (UTC ISO text).

    ``comment`` is the id of the comment it is about, or 0; ``fields`` the codes of what it changed.
    """

    seq: int
    at: str
    by: str
    agency: str
    action: str
    app: str
    records: tuple[int, ...]
    comment: int = 0
    fields: frozenset[str] = frozenset()
    urgent: bool = False


def announce(connection: Connection, entries: Iterable[Entry]) -> None:
    """Wake those who follow, once the transaction is kept, if it did anything they follow."""
    if any(entry.action in HEARD for entry in entries):
        watching.announce(connection)


def after(
    connection: Connection, seq: int, limit: int = 500, actions: Sequence[str] = FOLLOWED
) -> list[Deed]:
    """Return what was done after entry ``seq`` of the log, in order."""
    table = tables.entries
    asked = (table.c.seq > seq, table.c.action.in_(actions))
    rows = connection.execute(_SELECT.where(*asked).order_by(table.c.seq).limit(limit))
    return [_deed(row) for row in rows.mappings()]


def these(connection: Connection, seqs: Sequence[int]) -> list[Deed]:
    """Return what was done by these entries of the log, in order."""
    table = tables.entries
    rows = connection.execute(_SELECT.where(table.c.seq.in_(seqs)).order_by(table.c.seq))
    return [_deed(row) for row in rows.mappings()]


def waiting(connection: Connection, seq: int) -> int:
    """Return how many entries after ``seq`` people are to be told of."""
    table = tables.entries
    counted = select(func.count()).where(table.c.seq > seq, table.c.action.in_(HEARD))
    return int(connection.execute(counted).scalar_one())


_SELECT = select(
    *(
        tables.entries.c[name]
        for name in ("seq", "at", "user", "agency", "action", "app", "record", "detail")
    )
)


def _deed(row: RowMapping) -> Deed:
    more = json.loads(row["detail"])
    record = row["record"]
    return Deed(
        seq=row["seq"],
        at=row["at"],
        by=row["user"],
        agency=row["agency"],
        action=row["action"],
        app=row["app"],
        records=(record,) if record else tuple(more.get("records", ())),
        comment=int(more.get("comment", 0)),
        fields=frozenset(more.get("fields", ())),
        urgent=bool(more.get("urgent", False)),
    )
