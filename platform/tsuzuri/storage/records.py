"""Reading records: one by id, a page of a list, a count; always through an ``Access``.

Values come back as the reader may know them: hidden fields are not selected, guarded ones
only where their guard holds, masked ones never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    func,
    literal,
    select,
)

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.errors import Unknown
from tsuzuri.fields.base import Field, Slot, Wire
from tsuzuri.fields.traits import System
from tsuzuri.query.bound import ALWAYS, NEVER, Condition, Order
from tsuzuri.storage import codec, search, starts
from tsuzuri.storage.app_tables import AppTables, tables_of
from tsuzuri.storage.compile import Compiler, compiled
from tsuzuri.storage.keyset import Edge, beyond, flipped
from tsuzuri.storage.readers import Principals
from tsuzuri.storage.starts import Start
from tsuzuri.storage.visible import Visible, Way
from tsuzuri.storage.writing import RecordState

COUNT_CAP = 1000
SYSTEM = (
    "id",
    "revision",
    "created_at",
    "created_by",
    "created_agency",
    "updated_at",
    "updated_by",
    "deleted_at",
    "deleted_by",
)


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


class Masked:
    """What stands in place of a masked value; there is one, and it tells nothing."""

    def __repr__(self) -> str:
        return "MASKED"


MASKED = Masked()


class Selection:
    """The columns of a statement for the fields a reader knows, and how to read its rows."""

    def __init__(self, compiler: Compiler, fields: Sequence[Field], *, raw: bool = False) -> None:
        reader = codec.raw_reader if raw else codec.reader
        self.fields = [one for one in fields if is_read(one)]
        self.columns: list[ColumnElement[Any]] = []
        self._decode: list[tuple[int, Callable[[Any], Wire] | None, int | None]] = []
        for one in self.fields:
            place = len(self.columns)
            self.columns.append(compiler.value(one))
            flag = None
            if one.guard is not None and one.guard.masked != NEVER:
                flag = len(self.columns)
                self.columns.append(case((compiler.condition(one.guard.masked), 1)))
            self._decode.append((place, reader(one), flag))
        self._plain = len(self._decode) == len(self.columns) and all(
            read is None for _, read, _ in self._decode
        )

    def values(self, row: Sequence[Any], start: int) -> tuple[Wire | None, ...]:
        """Return the wire values of ``row``, whose selected columns begin at ``start``."""
        if self._plain:
            return tuple(row[start:])
        found = []
        for place, read, flag in self._decode:
            value = row[start + place]
            if flag is not None and row[start + flag]:
                found.append(MASKED)
            else:
                found.append(value if value is None or read is None else read(value))
        return tuple(found)


@lru_cache(maxsize=1024)
def selected(
    tables: AppTables, dialect: str, fields: tuple[Field, ...], *, raw: bool = False
) -> Selection:
    """Return the selection of fields, which is made once for each reader's version of an app."""
    return Selection(Compiler(tables, dialect), fields, raw=raw)


def is_read(field: Field) -> bool:
    """Tell whether a field has a column to read."""
    return field.slot is not Slot.NONE or isinstance(field.trait, System)


class Records:
    """The records of one app as one person may read them, on one connection."""

    def __init__(self, connection: Connection, access: Access, principals: Principals) -> None:
        self.connection = connection
        self.access = access
        self.tables = tables_of(access.whole)
        self.principals = principals
        self.compiler = Compiler(self.tables, connection.dialect.name)
        self._starts: dict[Condition, Start] = {}

    @cached_property
    def visible(self) -> Visible:
        """Return the records the person may see; asked at most once per connection."""
        return Visible(self.connection, self.access, self.tables, self.principals)

    def get(self, record_id: int, action: str = "view") -> RecordState:
        """Return one living record as the person may know it.

        Raises ``Unknown`` if there is none or the person may not do ``action`` with it.
        """
        table = self.tables.records
        condition = and_(table.c.deleted_at.is_(None), self._compiled(self.access.rows[action]))
        return self._one(record_id, condition)

    def get_deleted(self, record_id: int) -> RecordState:
        """Return one deleted record that the person could delete; else raise ``Unknown``."""
        table = self.tables.records
        allowed = self._compiled(self.access.rows["delete"])
        condition = and_(table.c.deleted_at.is_not(None), allowed)
        return self._one(record_id, condition)

    def _one(self, record_id: int, condition: ColumnElement[bool]) -> RecordState:
        table = self.tables.records
        selection = self._whole_selection
        statement = select(*_system_columns(table), *selection.columns).where(
            table.c.id == record_id, condition
        )
        row = self.connection.execute(statement).first()
        if row is None:
            raise Unknown
        return _state(row, selection)

    @cached_property
    def _whole_selection(self) -> Selection:
        own = [one for one in self.access.app.fields if not isinstance(one.trait, System)]
        return selected(self.tables, self.compiler.dialect, tuple(own))

    def _compiled(self, condition: Condition) -> ColumnElement[bool]:
        return compiled(self.tables, self.compiler.dialect, condition)

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
        table = self.tables.records
        columns = [case((self.compiler.condition(one), 1), else_=0) for one in conditions]
        row = self.connection.execute(select(*columns).where(table.c.id == record_id)).first()
        return tuple(bool(value) for value in row) if row else (False,) * len(conditions)

    def many(self, ids: Sequence[int]) -> dict[int, RecordState]:
        """Return those of ``ids`` that the person may see."""
        table = self.tables.records
        selection = self._whole_selection
        statement = select(*_system_columns(table), *selection.columns).where(
            table.c.id.in_(ids), self.visible.condition()
        )
        return {row[0]: _state(row, selection) for row in self.connection.execute(statement)}

    def stream(self, listing: Listing) -> Iterator[tuple[Any, ...]]:
        """Yield (id, revision, value per column) of every record of a listing, in flat memory."""
        selection = selected(self.tables, self.compiler.dialect, listing.columns)
        statement = self._ordered(self._select(selection, listing), listing)
        rows = self.connection.execute(statement, execution_options={"yield_per": 500})
        for row in rows:
            yield (row[0], row[1], *selection.values(row, 2))

    def count(self, listing: Listing, cap: int | None = COUNT_CAP) -> Count:
        """Count the records of a listing, up to ``cap`` (None: however long it takes)."""
        inner = self._counted(listing)
        if cap is not None:
            inner = inner.limit(cap + 1)
        total = self.connection.execute(
            select(func.count()).select_from(inner.subquery())
        ).scalar_one()
        if cap is not None and total > cap:
            return Count(cap, more=True)
        return Count(total, more=False)

    def _counted(self, listing: Listing) -> Select[Any]:
        """Return a row for each record of a listing, beginning with the hits of a word if any."""
        record, dialect = self.tables.records.c.id, self.compiler.dialect
        start = self._start(listing)
        words = [one for one in starts.conjuncts(listing.where) if one.operator == "like"]
        one_row = select(literal(1)).select_from(self.tables.records)
        if start.ids is not None or not words or dialect != "sqlite" or self.visible.way is Way.FEW:
            return one_row.where(self._where(listing))
        # The entries of a word come one after another here, each with its record.
        first = words[0]
        hits = search.holding(self.tables, dialect, first.field.number, str(first.values[0]))
        rest = starts.without(listing.where, first)
        asked = compiled(self.tables, dialect, rest, start.common)
        found = hits.subquery()
        return (
            select(literal(1))
            .select_from(found)
            .join(self.tables.records, record == found.c.record)
            .where(self.visible.condition(), asked)
        )

    def page(self, listing: Listing, *, offset: int = 0, raw: bool = False) -> Page:
        """Return one page of a listing.

        A page after or before a record the person cannot see starts from the beginning.
        ``offset`` skips records the slow way, for clients that page by counting.  ``raw``
        leaves stored JSON as ``orjson.Fragment``, for pages that go out as JSON.
        """
        backward = listing.before is not None
        order = flipped(listing.order) if backward else listing.order
        edge = self._edge(listing.before if backward else listing.after, order)
        selection = selected(self.tables, self.compiler.dialect, listing.columns, raw=raw)
        base = self._select(selection, listing)
        rows: list[Row[Any]] = []
        for segment in beyond(self.compiler, order, edge, rising=backward):
            wanted = listing.size + 1 - len(rows)
            if wanted > 0:
                statement = self._ordered(base.where(*segment), listing, order)
                rows.extend(self.connection.execute(statement.limit(wanted).offset(offset or None)))
        more = len(rows) > listing.size
        rows = rows[: listing.size]
        if backward:
            rows.reverse()
        found = [_listed(row, selection) for row in rows]
        return Page(
            found,
            earlier=more if backward else edge is not None,
            later=edge is not None if backward else more,
        )

    def _select(self, selection: Selection, listing: Listing) -> Select[Any]:
        table = self.tables.records
        return select(table.c.id, table.c.revision, *selection.columns).where(self._where(listing))

    def _where(self, listing: Listing) -> ColumnElement[bool]:
        dialect = self.compiler.dialect
        start = self._start(listing)
        asked = compiled(self.tables, dialect, listing.where, start.common)
        if start.ids is not None:
            asked = and_(starts.among(self.tables.records.c.id, start.ids, dialect), asked)
        return and_(self.visible.condition(), asked)

    def _ordered(
        self, statement: Select[Any], listing: Listing, order: Sequence[Order] | None = None
    ) -> Select[Any]:
        """Order by the keys, then by id in the direction of the first key."""
        order = listing.order if order is None else order
        record = self.tables.records.c.id
        down = order[0].descending if order else listing.before is None
        few = self.visible.starts_from_readers or self._start(listing).ids is not None
        keys = [self.compiler.order(one, plain=few) for one in order]
        last = record.desc() if down else record.asc()
        return statement.order_by(*keys, last)

    def _edge(self, record_id: int | None, order: Sequence[Order]) -> Edge | None:
        """Return the record at the edge of a page, if there is one that may be seen."""
        if record_id is None:
            return None
        table = self.tables.records
        columns = [self.compiler.value(one.field) for one in order]
        statement = select(table.c.id, *columns).where(
            table.c.id == record_id, self.visible.condition()
        )
        row = self.connection.execute(statement).first()
        return None if row is None else Edge(record_id, tuple(row)[1:])


def _listed(row: Sequence[Any], selection: Selection) -> tuple[Any, ...]:
    return (row[0], row[1], *selection.values(row, 2))


def _system_columns(table: Any) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in SYSTEM]


def _state(row: Sequence[Any], selection: Selection) -> RecordState:
    system = dict(zip(SYSTEM, row, strict=False))
    values = dict(
        zip((one.code for one in selection.fields), selection.values(row, len(SYSTEM)), strict=True)
    )
    return RecordState(
        **system,
        values={k: v for k, v in values.items() if v is not None and v is not MASKED},
        masked=frozenset(k for k, v in values.items() if v is MASKED),
    )


def load_whole(
    connection: Connection, app: App, ids: Sequence[int], *, lock: bool = False
) -> dict[int, RecordState]:
    """Return records with every field, deleted ones too: for writing, never for showing."""
    tables: AppTables = tables_of(app)
    selection = selected(tables, connection.dialect.name, app.stored)
    table = tables.records
    statement = select(*_system_columns(table), *selection.columns).where(table.c.id.in_(ids))
    if lock and connection.dialect.name != "sqlite":
        statement = statement.with_for_update()
    return {row[0]: _state(row, selection) for row in connection.execute(statement)}


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
    rows = connection.execute(select(table.c.id), execution_options={"yield_per": 1000})
    yield from rows.scalars()
