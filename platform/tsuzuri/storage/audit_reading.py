"""Searching the audit log: by person, action, app, record and day, a page at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from tsuzuri.storage import audit_tables as tables
from tsuzuri.storage.audit import REASON

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to look for; what is empty does not matter.

    ``since`` and ``until`` are UTC ISO texts, the later one exclusive; ``before`` is the number of
    the entry where the last page ended.
    """

    user: str = ""
    action: str = ""
    app: str = ""
    record: int = 0
    since: str = ""
    until: str = ""
    before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One entry as an auditor reads it: codes, counts and the reason somebody gave."""

    seq: int
    at: str
    user: str
    agency: str
    address: str
    action: str
    app: str
    record: int
    count: int
    seen_as: str
    reason: str


def search(connection: Connection, asked: Asked) -> list[Found]:
    """Return one page of entries, the newest first."""
    table = tables.entries
    statement = select(table).order_by(table.c.seq.desc()).limit(PAGE)
    for name in ("user", "action", "app"):
        if wanted := getattr(asked, name):
            statement = statement.where(table.c[name] == wanted)
    if asked.record:
        # A list names the records it showed among its details.
        listed = table.c.detail.like(f"%{asked.record}%")
        statement = statement.where(or_(table.c.record == asked.record, listed))
    if asked.since:
        statement = statement.where(table.c.at >= asked.since)
    if asked.until:
        statement = statement.where(table.c.at < asked.until)
    if asked.before:
        statement = statement.where(table.c.seq < asked.before)
    rows = [dict(row) for row in connection.execute(statement).mappings()]
    details = [json.loads(row["detail"]) for row in rows]
    reasons = _reasons(connection, [one[REASON] for one in details if REASON in one])
    return [_found(row, told, reasons) for row, told in zip(rows, details, strict=True)]


def _reasons(connection: Connection, names: list[str]) -> dict[str, str]:
    table = tables.values
    found = connection.execute(select(table.c.hash, table.c.value).where(table.c.hash.in_(names)))
    return {row.hash: row.value for row in found}


def _found(row: dict[str, Any], detail: dict[str, Any], reasons: dict[str, str]) -> Found:
    return Found(
        **{name: row[name] for name in ("seq", "at", "user", "agency", "address", "action")},
        app=row["app"],
        record=row["record"],
        count=int(detail.get("count", 0)),
        seen_as=str(detail.get("as", "")),
        reason=reasons.get(detail.get(REASON, ""), ""),
    )
