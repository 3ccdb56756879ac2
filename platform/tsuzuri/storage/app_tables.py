"""The tables of one app, which follow its definition.

``rec_N``            one row per record; column ``fK`` for field number K
``val_N_K``          values of a field of several values, for conditions
``row_N_K``          rows of a table inside records, with their own ids
``reader_N``         who may see each record (see ``tsuzuri.access.readers``)
``search_N``         one entry per record and field with text (see ``search``)

Column names are field numbers, which never change; renaming a field costs nothing.  The
record's row also carries the JSON of multiple values and rows, so reading a record is
reading one row; the link and child tables answer conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Boolean, Column, Double, Index, Integer, MetaData, Table
from sqlalchemy.types import TypeEngine

from tsuzuri.definitions.model import App
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import System
from tsuzuri.storage.tables import ID, TEXT

COLUMN_TYPES: Mapping[Slot, TypeEngine[Any]] = {
    Slot.TEXT: TEXT,
    Slot.LONG: TEXT,
    Slot.NUMBER: Double(),
    Slot.FLAG: Boolean(),
    Slot.LIST: TEXT,
    Slot.ROWS: TEXT,
    Slot.DOCUMENT: TEXT,
}
JSON_SLOTS = frozenset({Slot.LIST, Slot.ROWS, Slot.DOCUMENT})
TEXT_SLOTS = frozenset({Slot.TEXT, Slot.LONG})
LONG_SLOTS = frozenset({Slot.LONG, Slot.ROWS, Slot.DOCUMENT})


def system_columns() -> Iterator[Column[object]]:
    """Yield the columns every record has."""
    yield Column("id", ID, primary_key=True, autoincrement=False)
    yield Column("revision", Integer, nullable=False)
    yield Column("created_at", TEXT, nullable=False)
    yield Column("created_by", TEXT, nullable=False)
    yield Column("created_agency", TEXT, nullable=False)
    yield Column("updated_at", TEXT, nullable=False)
    yield Column("updated_by", TEXT, nullable=False)
    yield Column("deleted_at", TEXT)
    yield Column("deleted_by", TEXT)


@dataclass(frozen=True, eq=False)
class AppTables:
    """The tables of one version of one app."""

    app: App

    @cached_property
    def metadata(self) -> MetaData:
        """Return a home of its own for these tables, apart from the platform's."""
        return MetaData()

    @cached_property
    def records(self) -> Table:
        """Return the table of records; what is long comes last, so short values are near."""
        ordered = sorted(self.app.stored, key=lambda field: field.slot in LONG_SLOTS)
        columns = [Column(f"f{field.number}", COLUMN_TYPES[field.slot]) for field in ordered]
        return Table(f"rec_{self.app.number}", self.metadata, *system_columns(), *columns)

    @cached_property
    def readers(self) -> Table:
        """Return the table of (principal, record)."""
        name = f"reader_{self.app.number}"
        return Table(
            name,
            self.metadata,
            Column("principal", Integer, primary_key=True, autoincrement=False),
            Column("record", ID, primary_key=True, autoincrement=False),
            Index(f"ix_{name}", "record", "principal"),
            sqlite_with_rowid=False,
        )

    @cached_property
    def values(self) -> Mapping[int, Table]:
        """Return the link tables by field number; they serve columns of tables too."""
        every = (*self.app.stored, *(inner for one in self.app.stored for inner in one.inner))
        return {field.number: self._link(field) for field in every if field.slot is Slot.LIST}

    def _link(self, field: Field) -> Table:
        """Return (record or row, value); a value of a table's column belongs to its row."""
        name = f"val_{self.app.number}_{field.number}"
        return Table(
            name,
            self.metadata,
            Column("owner", ID, primary_key=True, autoincrement=False),
            Column("value", TEXT, primary_key=True),
            Index(f"ix_{name}", "value", "owner"),
            sqlite_with_rowid=False,
        )

    @cached_property
    def rows(self) -> Mapping[int, Table]:
        """Return the child tables by the number of their field."""
        return {
            field.number: self._child(field) for field in self.app.stored if field.slot is Slot.ROWS
        }

    def _child(self, field: Field) -> Table:
        """Return the rows of one table; texts have their folded form beside them for ``like``."""
        name = f"row_{self.app.number}_{field.number}"
        columns: list[Column[object]] = []
        for inner in field.inner:
            columns.append(Column(f"f{inner.number}", COLUMN_TYPES[inner.slot]))
            if inner.slot in TEXT_SLOTS:
                columns.append(Column(f"k{inner.number}", TEXT))
        return Table(
            name,
            self.metadata,
            Column("id", ID, primary_key=True, autoincrement=False),
            Column("record", ID, nullable=False),
            Column("position", Integer, nullable=False),
            *columns,
            Index(f"ix_{name}", "record"),
        )

    @property
    def search_name(self) -> str:
        """The name of the search index, whose form differs between databases."""
        return f"search_{self.app.number}"

    def column(self, field: Field) -> Column[object]:
        """Return where a stored field of a record lives."""
        trait = field.trait
        name = trait.column if isinstance(trait, System) else f"f{field.number}"
        column: Column[object] = self.records.c[name]
        return column


@lru_cache(maxsize=256)
def _tables(app: App) -> AppTables:
    return AppTables(app)


def tables_of(app: App) -> AppTables:
    """Return the tables of a whole (not narrowed) app; the same object each time."""
    return _tables(app)
