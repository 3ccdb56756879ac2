"""Writing records: the row, its values for conditions, its readers, its search entries.

Everything here happens inside the caller's transaction and for many records at once; one
record is a list of one.  Who may write is settled before (``tsuzuri.services.records``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any

from sqlalchemy import Connection, delete, update

from tsuzuri.access.readers import ReaderPlan
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import System
from tsuzuri.storage import codec, readers, rows, search
from tsuzuri.storage.app_tables import TEXT_SLOTS, AppTables
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.readers import Principals

CHUNK = 500
"""Ids in one statement; SQLite takes 32,766 parameters, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordState:
    """A whole record as it is stored: ``values`` maps codes to wire values, empty ones absent."""

    id: int
    revision: int
    created_at: str
    created_by: str
    created_agency: str
    updated_at: str
    updated_by: str
    values: Mapping[str, Any]
    deleted_at: str | None = None
    deleted_by: str | None = None
    masked: frozenset[str] = default(default_factory=frozenset)

    def wire(self, field: Field) -> Any:
        """Return a field's value as the reader of this state knows it; None where it is empty."""
        if isinstance(field.trait, System) and field.guard is None:
            return getattr(self, field.trait.column)
        return self.values.get(field.code)

    @property
    def known(self) -> Mapping[str, Any]:
        """The values, and those of the fields every record has."""
        return {
            **self.values,
            "$id": str(self.id),
            "$creator": self.created_by,
            "$creator_agency": self.created_agency,
            "$created": self.created_at,
            "$updater": self.updated_by,
            "$updated": self.updated_at,
        }


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes records of one app inside one transaction."""

    connection: Connection
    tables: AppTables
    plan: ReaderPlan
    principals: Principals

    def insert(self, records: Sequence[RecordState]) -> None:
        """Store new records whole."""
        if not records:
            return
        stored = self.tables.app.stored
        columns = [*SYSTEM, *(f"f{one.number}" for one in stored)]
        writers = [(one.code, codec.writer(one)) for one in stored]
        found = []
        for one in records:
            values = one.values
            found.append(
                [
                    *_system(one).values(),
                    *(
                        None if (wire := values.get(code)) is None else write(wire)
                        for code, write in writers
                    ),
                ]
            )
        rows.put(self.connection, self.tables.records.name, columns, found)
        for several in stored:
            if several.slot in {Slot.LIST, Slot.ROWS}:
                self._add_values(several, [(r.id, r.values.get(several.code)) for r in records])
        search.add(self.connection, self.tables, _entries(records, stored))
        # Last, because rules may ask anything of the record, its words too.
        self._add_readers(records)

    def change(self, before: RecordState, after: RecordState) -> None:
        """Store a changed record; only what differs is touched."""
        stored = self.tables.app.stored
        changed = [
            one for one in stored if before.values.get(one.code) != after.values.get(one.code)
        ]
        columns = {
            f"f{one.number}": codec.to_column(one, after.values.get(one.code)) for one in changed
        }
        table = self.tables.records
        self.connection.execute(
            update(table).where(table.c.id == after.id).values(**_system(after), **columns)
        )
        for one in changed:
            if one.slot in {Slot.LIST, Slot.ROWS}:
                self._remove_values(one, [after.id])
                self._add_values(one, [(after.id, after.values.get(one.code))])
        search.remove(self.connection, self.tables, list(_entries([before], changed)))
        search.add(self.connection, self.tables, _entries([after], changed))
        if before.deleted_at is None or after.deleted_at is None:
            readers.erase(self.connection, self.tables, [after.id])
            self._add_readers([after])

    def relist(self, records: Sequence[RecordState]) -> None:
        """Write down the readers of records anew, after rules changed."""
        readers.erase(self.connection, self.tables, [one.id for one in records])
        self._add_readers(records)

    def _add_readers(self, records: Sequence[RecordState]) -> None:
        """Write down who reads; deleted records have no readers."""
        living = {one.id: one.known for one in records if one.deleted_at is None}
        if not living or not self.plan.grants:
            return
        for part in chunks(list(living)):
            names = readers.list_readers(
                self.connection, self.tables, self.plan, {key: living[key] for key in part}
            )
            readers.write(self.connection, self.tables, self.principals, names)

    def _add_values(self, field: Field, wires: Iterable[tuple[int, Any]]) -> None:
        """Add what conditions ask of a field of several values or of rows."""
        if field.slot is Slot.LIST:
            found = [(owner, value) for owner, wire in wires for value in dict.fromkeys(wire or ())]
            name = self.tables.values[field.number].name
            rows.put(self.connection, name, ("owner", "value"), found)
            return
        children = [
            (int(row["id"]), record, place, row)
            for record, wire in wires
            for place, row in enumerate(wire or ())
        ]
        if children:
            self._add_children(field, children)

    def _add_children(
        self, field: Field, children: Sequence[tuple[int, int, int, Mapping[str, Any]]]
    ) -> None:
        found = [
            {"id": row_id, "record": record, "position": place, **_row_columns(field, row)}
            for row_id, record, place, row in children
        ]
        name = self.tables.rows[field.number].name
        rows.put(self.connection, name, tuple(found[0]), [tuple(one.values()) for one in found])
        for inner in field.inner:
            if inner.slot is Slot.LIST:
                self._add_values(
                    inner, [(row_id, row.get(inner.code)) for row_id, _, _, row in children]
                )

    def _remove_values(self, field: Field, ids: Sequence[int]) -> None:
        if field.slot is Slot.LIST:
            link = self.tables.values[field.number]
            self.connection.execute(delete(link).where(link.c.owner.in_(ids)))
            return
        child = self.tables.rows[field.number]
        mine = child.c.record.in_(ids)
        for inner in field.inner:
            if inner.slot is Slot.LIST:
                link = self.tables.values[inner.number]
                held = child.select().with_only_columns(child.c.id).where(mine)
                self.connection.execute(delete(link).where(link.c.owner.in_(held)))
        self.connection.execute(delete(child).where(mine))


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


def _system(one: RecordState) -> dict[str, Any]:
    """Return the columns every record has, in the order of ``SYSTEM``."""
    return {
        "id": one.id,
        "revision": one.revision,
        "created_at": one.created_at,
        "created_by": one.created_by,
        "created_agency": one.created_agency,
        "updated_at": one.updated_at,
        "updated_by": one.updated_by,
        "deleted_at": one.deleted_at,
        "deleted_by": one.deleted_by,
    }


def _row_columns(field: Field, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of one row; texts have their folded form beside them."""
    columns: dict[str, Any] = {}
    for inner in field.inner:
        wire = row.get(inner.code)
        columns[f"f{inner.number}"] = codec.to_column(inner, wire)
        if inner.slot in TEXT_SLOTS:
            columns[f"k{inner.number}"] = codec.folded(inner, wire) or None
    return columns


def _entries(records: Iterable[RecordState], fields: Iterable[Field]) -> Iterator[search.Entry]:
    searched = [one for one in fields if codec.is_searched(one)]
    for record in records:
        for one in searched:
            wire = record.values.get(one.code)
            folded = "" if wire is None else codec.folded(one, wire)
            if folded:
                yield search.Entry(record.id, one.number, folded)


def with_row_ids(wire: Any, kept: frozenset[str]) -> Any:
    """Give rows without an id, or with one the record never had, an id of their own."""
    seen: set[str] = set()
    found = []
    for row in wire:
        row_id = row.get("id", "")
        if row_id not in kept or row_id in seen:
            row_id = str(new_ids.new())
        seen.add(row_id)
        found.append({**{k: v for k, v in row.items() if k != "id"}, "id": row_id})
    return found


def chunks(ids: Sequence[int], size: int = CHUNK) -> Iterator[Sequence[int]]:
    """Yield ``ids`` in parts that fit one statement."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
