"""Reading records: one by id, a page of a list, a count; always through an ``Access``.

Values come back as the reader may know them: hidden fields are not selected, guarded ones
only where their guard holds, masked ones never.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.errors import Unknown
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import System
from tsuzuri.query.bound import ALWAYS, Condition, Order
from tsuzuri.storage import patience, starts, statements
from tsuzuri.storage.app_tables import AppTables, tables_of
from tsuzuri.storage.compile import Compiler
from tsuzuri.storage.keyset import Edge, flipped
from tsuzuri.storage.readers import Principals
from tsuzuri.storage.selection import (
    MASKED,
    Selection,
    is_read,
    is_selected,
    selected,
    state,
    system_columns,
)
from tsuzuri.storage.starts import Start
from tsuzuri.storage.statements import Shape
from tsuzuri.storage.visible import Visible, Way
from tsuzuri.storage.writing import RecordState

__all__ = ["MASKED", "is_read", "is_selected"]

COUNT_CAP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What to list: bound conditions, an order, columns, and where the page starts.

    ``after`` and ``before`` are ids of records at the edge of the neighbouring page.
    """

    where: Condition = ALWAYS
    order: tuple[Order, ...] = ()
    columns: tuple[Field, ...] = ()
    size: int = 50
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page: rows of (id, revision, value per column), and whether there is more each way.

    Values are wire, None where empty; a masked value is ``MASKED``.
    """

    rows: list[tuple[Any, ...]]
    earlier: bool
    later: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many records; ``more`` when counting stopped at the cap."""

    number: int
    more: bool


class Records:
    """The records of one app as one person may read them, on one connection."""

    def __init__(self, connection: Connection, access: Access, principals: Principals) -> None:
        self.connection = connection
        self.access = access
        self.tables = tables_of(access.whole)
        self.principals = principals
        self.compiler = Compiler(self.tables, connection.dialect.name)
        self._starts: dict[Condition, Start] = {}
        self._searching = False

    @cached_property
    def visible(self) -> Visible:
        """Return the records the person may see; asked at most once per connection."""
        return Visible(self.connection, self.access, self.tables, self.principals)

    def get(self, record_id: int, action: str = "view") -> RecordState:
        """Return one living record as the person may know it.

        Raises ``Unknown`` if there is none or the person may not do ``action`` with it.
        """
        return self._one(record_id, self.access.rows[action], deleted=False)

    def get_deleted(self, record_id: int) -> RecordState:
        """Return one deleted record that the person could delete; else raise ``Unknown``."""
        return self._one(record_id, self.access.rows["delete"], deleted=True)

    def _one(self, record_id: int, condition: Condition, *, deleted: bool) -> RecordState:
        statement = statements.one(
            self.tables, self._dialect, self._own_fields, condition, deleted=deleted
        )
        row = self.connection.execute(statement, {"record": record_id}).first()
        if row is None:
            raise Unknown
        self._told((record_id,), whole=True)
        return state(row, self._whole_selection)

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Read without telling the ledger: whoever does so says by ``handed_out`` what leaves."""
        self._searching = True
        try:
            yield
        finally:
            self._searching = False

    def handed_out(self, ids: Sequence[int]) -> None:
        """Tell the ledger which of the records that were searched are shown."""
        self._told(ids)

    def _told(self, ids: Sequence[int], *, whole: bool = False) -> None:
        """Let the reader's ledger know what is handed out; nothing leaves unnoticed."""
        ledger = self.access.actor.origin.ledger
        if ledger is not None and ids and not self._searching:
            ledger.saw(self.access.whole.code, tuple(ids), whole=whole)

    @property
    def _dialect(self) -> str:
        return self.compiler.dialect

    @cached_property
    def _own_fields(self) -> tuple[Field, ...]:
        """Return what is read besides the columns every record has.

        Those stand in the record anyhow; under a rule they are read again, as the rule says.
        """
        return tuple(
            one
            for one in self.access.app.fields
            if one.guard is not None or not isinstance(one.trait, System)
        )

    @property
    def _whole_selection(self) -> Selection:
        return selected(self.tables, self._dialect, self._own_fields)

    def _start(self, listing: Listing) -> Start:
        """Return where statements of a listing start; asked once for each condition."""
        known = self._starts.get(listing.where)
        if known is None:
            known = (
                starts.choose(self.connection, self.tables, listing.where, listing.order)
                if self.visible.way in {Way.ALL, Way.MANY, Way.RULES}
                else Start(None, starts.words(self.connection, self.tables, listing.where))
            )
            self._starts[listing.where] = known
        return known

    def allows(self, record_id: int, conditions: Sequence[Condition]) -> tuple[bool, ...]:
        """Tell of each condition whether the record meets it."""
        statement = statements.met(self.tables, self._dialect, tuple(conditions))
        row = self.connection.execute(statement, {"record": record_id}).first()
        return tuple(bool(value) for value in row) if row else (False,) * len(conditions)

    def sees(self, record_id: int) -> bool:
        """Tell whether the person sees a living record; nothing of it is handed out."""
        statement = statements.there(self.tables, self._dialect, self.access.rows["view"])
        return self.connection.execute(statement, {"record": record_id}).first() is not None

    def many(self, ids: Sequence[int]) -> dict[int, RecordState]:
        """Return those of ``ids`` that the person may see."""
        selection = self._whole_selection
        statement = statements.many(
            self.tables, self._dialect, self._own_fields, self.visible.sight
        )
        rows = self.connection.execute(statement, {"records": list(ids)}).all()
        self._told([row[0] for row in rows])
        return {row[0]: state(row, selection) for row in rows}

    def stream(self, listing: Listing) -> Iterator[tuple[Any, ...]]:
        """Yield (id, revision, value per column) of every record of a listing, in flat memory."""
        selection = selected(self.tables, self._dialect, listing.columns)
        statement = statements.listed(self.tables, self._dialect, self._shape(listing))
        for row in patience.streamed(self.connection, statement, 500):
            self._told((row[0],))
            yield (row[0], row[1], *selection.values(row, 2))

    def count(self, listing: Listing, cap: int | None = COUNT_CAP) -> Count:
        """Count the records of a listing, up to ``cap`` (None: however long it takes)."""
        shape = self._shape(listing)
        most = None if cap is None else cap + 1
        statement = statements.counted(self.tables, self._dialect, shape, most)
        total = self.connection.execute(statement).scalar_one()
        if cap is not None and total > cap:
            return Count(cap, more=True)
        return Count(total, more=False)

    def _shape(self, listing: Listing, order: tuple[Order, ...] | None = None) -> Shape:
        """Return what a listing's statements look like for this reader."""
        backward = listing.before is not None
        order = listing.order if order is None else order
        return Shape(
            fields=listing.columns,
            where=listing.where,
            order=order,
            down=order[0].descending if order else not backward,
            start=self._start(listing),
            sight=self.visible.sight,
        )

    def page(self, listing: Listing, *, offset: int = 0, raw: bool = False) -> Page:
        """Return one page of a listing.

        A page after a record the person cannot see is the first one, a page before it the last.
        ``offset`` skips records the slow way, for clients that page by counting.  ``raw``
        leaves stored JSON as ``orjson.Fragment``, for pages that go out as JSON.
        """
        backward = listing.before is not None
        order = flipped(listing.order) if backward else listing.order
        edge = self._edge(listing.before if backward else listing.after, order)
        selection = selected(self.tables, self._dialect, listing.columns, raw=raw)
        parts, given = self._parts(self._shape(listing, order), edge, rising=backward)
        rows: list[Row[Any]] = []
        for part in parts:
            wanted = listing.size + 1 - len(rows)
            if wanted > 0:
                limited = statements.limited(part, wanted, offset)
                rows.extend(self.connection.execute(limited, given).all())
        more = len(rows) > listing.size
        rows = rows[: listing.size]
        if backward:
            rows.reverse()
        self._told([row[0] for row in rows])
        found = [_listed(row, selection) for row in rows]
        return Page(
            found,
            earlier=more if backward else edge is not None,
            later=edge is not None if backward else more,
        )

    def _edge(self, record_id: int | None, order: Sequence[Order]) -> Edge | None:
        """Return the record at the edge of a page, if there is one that may be seen."""
        if record_id is None:
            return None
        statement = statements.at_edge(self.tables, self._dialect, tuple(order), self.visible.sight)
        row = self.connection.execute(statement, {"record": record_id}).first()
        return None if row is None else Edge(record_id, tuple(row)[1:])

    def _parts(
        self, shape: Shape, edge: Edge | None, *, rising: bool
    ) -> tuple[tuple[Select[Any], ...], dict[str, Any]]:
        """Return the statements whose rows, one after the other, make a page; and their values."""
        if edge is None:
            return (statements.listed(self.tables, self._dialect, shape),), {}
        empty = tuple(value is None for value in edge.values)
        parts = statements.after_edge(self.tables, self._dialect, shape, empty, rising=rising)
        keys = {f"key_{place}": value for place, value in enumerate(edge.values)}
        given = {name: value for name, value in keys.items() if value is not None}
        return parts, {"edge": edge.id, **given}


def _listed(row: Sequence[Any], selection: Selection) -> tuple[Any, ...]:
    return (row[0], row[1], *selection.values(row, 2))


def load_whole(
    connection: Connection, app: App, ids: Sequence[int], *, lock: bool = False
) -> dict[int, RecordState]:
    """Return records with every field, deleted ones too: for writing, never for showing."""
    tables: AppTables = tables_of(app)
    selection = selected(tables, connection.dialect.name, app.stored)
    table = tables.records
    statement = select(*system_columns(table), *selection.columns).where(table.c.id.in_(ids))
    if lock and connection.dialect.name != "sqlite":
        statement = statement.with_for_update()
    return {row[0]: state(row, selection) for row in connection.execute(statement)}


def find_by_value(connection: Connection, app: App, field: Field, value: Any) -> list[int]:
    """Return the ids of living records whose ``field`` is ``value``, whoever may see them."""
    tables = tables_of(app)
    table = tables.records
    statement = select(table.c.id).where(
        tables.column(field) == value, table.c.deleted_at.is_(None)
    )
    return list(connection.execute(statement).scalars())


def every_id(connection: Connection, app: App) -> Iterator[int]:
    """Yield the id of every record, deleted ones too."""
    table = tables_of(app).records
    for row in patience.streamed(connection, select(table.c.id), 1000):
        yield row.id
