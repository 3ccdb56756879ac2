"""Searching the audit log: by person, action, app, record and day, a page at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, Select, or_, select, union_all

from tsuzuri.storage import audit_index
from tsuzuri.storage import audit_tables as tables
from tsuzuri.storage.audit import REASON

PAGE = 100
READS = "read"
"""Asked for as an action: every way of reading."""


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
    statement = _narrowed(asked)
    if asked.record:
        rows = _about(connection, statement, asked)
    else:
        rows = _rows(connection, statement.limit(PAGE))
    details = [json.loads(row["detail"]) for row in rows]
    reasons = _reasons(connection, [one[REASON] for one in details if REASON in one])
    return [_found(row, told, reasons) for row, told in zip(rows, details, strict=True)]


def _narrowed(asked: Asked) -> Select[Any]:
    """Return the statement of all that is asked for, but for the record."""
    table = tables.entries
    statement = select(table).order_by(table.c.seq.desc())
    for name in ("user", "app"):
        if wanted := getattr(asked, name):
            statement = statement.where(table.c[name] == wanted)
    if asked.action == READS:
        # A range, which an index serves on both databases.
        statement = statement.where(table.c.action > "read.", table.c.action < "read/")
    elif asked.action:
        statement = statement.where(table.c.action == asked.action)
    if asked.since:
        statement = statement.where(table.c.at >= asked.since)
    if asked.until:
        statement = statement.where(table.c.at < asked.until)
    if asked.before:
        statement = statement.where(table.c.seq < asked.before)
    return statement


def _rows(connection: Connection, statement: Executable) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement).mappings()]


def _about(connection: Connection, statement: Select[Any], asked: Asked) -> list[dict[str, Any]]:
    """Return the entries about one record, and of lists that named it among others."""
    seq = tables.entries.c.seq
    own = tables.entries.c.record == asked.record
    listed = _names(asked.record)
    if asked.user:
        # One person's entries are few, and have an index of their own.
        return _rows(connection, statement.where(or_(own, listed)).limit(PAGE))
    found = _rows(connection, statement.where(own).limit(PAGE))
    more: list[dict[str, Any]] = []
    for some in audit_index.stretches(connection, asked.record, before=asked.before):
        if len(more) >= PAGE:
            break
        said = statement.order_by(None).where(listed)
        # One search for each block: of ranges joined by OR, SQLite would walk the whole log.
        within = union_all(*(said.where(seq.between(one.start, one.stop - 1)) for one in some))
        more += _rows(connection, within)
    return sorted(found + more, key=lambda row: -int(row["seq"]))[:PAGE]


def _names(record: int) -> ColumnElement[bool]:
    """Return the condition that an entry names a record among others, as ``canonical`` writes."""
    detail = tables.entries.c.detail
    ways = (f"[{record},", f",{record},", f",{record}]", f"[{record}]")
    return or_(*(detail.like(f"%{one}%") for one in ways))


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
