"""Records whose time is up, records that must stay, and who wants which of them erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from tsuzuri.query.bound import Condition
from tsuzuri.storage.records import Records
from tsuzuri.storage.retention_tables import erasures, holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due: living records by a condition, deleted ones also by when they were deleted."""

    where: Condition
    deleted_before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a record must stay, who says so and since when (UTC ISO text)."""

    reason: str
    by: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Who wants a record erased, since when and why; ``approved_by`` the second person."""

    by: str
    at: str
    reason: str
    approved_by: str = ""
    approved_at: str = ""


def due(records: Records, wanted: Due, limit: int, *, among: Sequence[int] = ()) -> list[int]:
    """Return the ids of due records that the reader could delete, the oldest first.

    ``among`` asks for these alone.
    """
    table = records.tables.records
    time_is_up = records.compiler.condition(wanted.where)
    mine = records.compiler.condition(records.access.rows["delete"])
    old: ColumnElement[bool] = or_(
        time_is_up,
        and_(table.c.deleted_at.is_not(None), table.c.deleted_at < wanted.deleted_before),
    )
    statement = select(table.c.id).where(mine, old).order_by(table.c.id).limit(limit)
    if among:
        statement = statement.where(table.c.id.in_(among))
    return list(records.connection.execute(statement).scalars())


def deletable(records: Records, ids: Sequence[int]) -> set[int]:
    """Return those of ``ids`` that the reader may delete, deleted ones included."""
    table = records.tables.records
    mine = records.compiler.condition(records.access.rows["delete"])
    statement = select(table.c.id).where(mine, table.c.id.in_(ids))
    return set(records.connection.execute(statement).scalars())


def holds_of(connection: Connection, app: int, ids: Sequence[int]) -> Mapping[int, Hold]:
    """Return what holds these records, by record."""
    rows = connection.execute(
        select(holds).where(holds.c.app == app, holds.c.record.in_(ids))
    ).all()
    return {row.record: Hold(reason=row.reason, by=row.by, at=row.at) for row in rows}


def held(connection: Connection, app: int) -> list[int]:
    """Return every record of an app that is held."""
    asked = select(holds.c.record).where(holds.c.app == app).order_by(holds.c.record)
    return list(connection.execute(asked).scalars())


def place(connection: Connection, app: int, record: int, hold: Hold) -> None:
    """Hold a record, or say anew why."""
    lift(connection, app, record)
    connection.execute(
        insert(holds).values(app=app, record=record, reason=hold.reason, by=hold.by, at=hold.at)
    )


def lift(connection: Connection, app: int, record: int) -> bool:
    """Let a record go again; tell whether it was held."""
    gone = connection.execute(delete(holds).where(holds.c.app == app, holds.c.record == record))
    return gone.rowcount > 0


def proposals(connection: Connection, app: int) -> dict[int, Proposal]:
    """Return the open proposals of an app, by record."""
    rows = connection.execute(
        select(erasures).where(erasures.c.app == app, erasures.c.approved_at == "")
    ).all()
    return {row.record: Proposal(by=row.by, at=row.at, reason=row.reason) for row in rows}


def propose(connection: Connection, app: int, ids: Sequence[int], proposal: Proposal) -> None:
    """Keep that somebody wants records erased; a later proposal takes the place of an earlier."""
    withdraw(connection, app, ids)
    rows = [
        {"app": app, "record": record, "by": proposal.by, "at": proposal.at}
        | {"reason": proposal.reason}
        for record in ids
    ]
    connection.execute(insert(erasures), rows)


def withdraw(connection: Connection, app: int, ids: Sequence[int]) -> None:
    """Forget open proposals."""
    connection.execute(
        delete(erasures).where(
            erasures.c.app == app, erasures.c.record.in_(ids), erasures.c.approved_at == ""
        )
    )


def approve(connection: Connection, app: int, ids: Sequence[int], *, by: str, at: str) -> None:
    """Note that the second person agreed; why it was proposed goes with the record."""
    connection.execute(
        update(erasures)
        .where(erasures.c.app == app, erasures.c.record.in_(ids))
        .values(approved_by=by, approved_at=at, reason="")
    )
