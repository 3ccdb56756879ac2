"""The columns of a statement for the fields a reader knows, and how its rows are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, case

from tsuzuri.fields.base import Field, Slot, Wire
from tsuzuri.fields.traits import Derived, System
from tsuzuri.query.bound import NEVER
from tsuzuri.storage import codec
from tsuzuri.storage.app_tables import AppTables
from tsuzuri.storage.compile import Compiler
from tsuzuri.storage.writing import RecordState

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


class Masked:
    """What stands in place of a masked value; there is one, and it tells nothing."""

    def __repr__(self) -> str:
        return "MASKED"


MASKED = Masked()


class Selection:
    """The columns of a statement for the fields a reader knows, and how to read its rows."""

    def __init__(self, compiler: Compiler, fields: Sequence[Field], *, raw: bool = False) -> None:
        reader = codec.raw_reader if raw else codec.reader
        self.fields = [one for one in fields if is_selected(one)]
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


def is_selected(field: Field) -> bool:
    """Tell whether a reader's statement asks for a field.

    What follows from another field is told from that one, unless it has a rule of its own: then
    the value of the other is asked for again, under that rule.
    """
    return is_read(field) or (isinstance(field.trait, Derived) and field.guard is not None)


def system_columns(table: Any) -> list[ColumnElement[Any]]:
    """Return the columns every record has."""
    return [table.c[name] for name in SYSTEM]


def state(row: Sequence[Any], selection: Selection) -> RecordState:
    """Return the record of a row of the system columns and a selection."""
    system = dict(zip(SYSTEM, row, strict=False))
    values = dict(
        zip((one.code for one in selection.fields), selection.values(row, len(SYSTEM)), strict=True)
    )
    return RecordState(
        **system,
        values={k: v for k, v in values.items() if v is not None and v is not MASKED},
        masked=frozenset(k for k, v in values.items() if v is MASKED),
    )
