"""The statements that read records, each made once for its shape.

Making a statement and working out the key by which SQLAlchemy knows it costs more than
running it, so the same object serves every request that asks the same of the same fields.
A statement holds the values of its conditions, and nobody changes it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal, select

from tsuzuri.fields.base import Field
from tsuzuri.query.bound import ALWAYS, Condition, Order
from tsuzuri.storage import starts
from tsuzuri.storage.app_tables import AppTables
from tsuzuri.storage.compile import Compiler, compiled
from tsuzuri.storage.keyset import Edge, beyond
from tsuzuri.storage.selection import selected, system_columns
from tsuzuri.storage.starts import Start
from tsuzuri.storage.visible import Sight, Way, living, seen


class Shape(NamedTuple):
    """What decides the text of a list's statements."""

    fields: tuple[Field, ...]
    where: Condition
    order: tuple[Order, ...]
    down: bool
    start: Start
    sight: Sight


@lru_cache(maxsize=512)
def one(
    tables: AppTables,
    dialect: str,
    fields: tuple[Field, ...],
    condition: Condition,
    *,
    deleted: bool,
) -> Select[Any]:
    """Return the statement of one whole record, ``:record``."""
    table = tables.records
    gone = table.c.deleted_at.is_not(None) if deleted else table.c.deleted_at.is_(None)
    columns = selected(tables, dialect, fields).columns
    return select(*system_columns(table), *columns).where(
        table.c.id == bindparam("record"), gone, compiled(tables, dialect, condition)
    )


@lru_cache(maxsize=512)
def many(tables: AppTables, dialect: str, fields: tuple[Field, ...], sight: Sight) -> Select[Any]:
    """Return the statement of the whole records ``:records`` that somebody sees."""
    table = tables.records
    columns = selected(tables, dialect, fields).columns
    return select(*system_columns(table), *columns).where(
        table.c.id.in_(bindparam("records", expanding=True)), seen(tables, dialect, sight)
    )


@lru_cache(maxsize=1024)
def there(tables: AppTables, dialect: str, condition: Condition) -> Select[Any]:
    """Return the statement that finds the living record ``:record`` where it meets a condition."""
    table = tables.records
    return select(table.c.id).where(
        table.c.id == bindparam("record"),
        table.c.deleted_at.is_(None),
        compiled(tables, dialect, condition),
    )


@lru_cache(maxsize=1024)
def met(tables: AppTables, dialect: str, conditions: tuple[Condition, ...]) -> Select[Any]:
    """Return the statement that tells which conditions the record ``:record`` meets."""
    columns = [case((compiled(tables, dialect, one), 1), else_=0) for one in conditions]
    return select(*columns).where(tables.records.c.id == bindparam("record"))


@lru_cache(maxsize=1024)
def listed(tables: AppTables, dialect: str, shape: Shape) -> Select[Any]:
    """Return the statement of a list in its order: id, revision, and a selection."""
    table, compiler = tables.records, Compiler(tables, dialect)
    few = shape.sight.way is Way.FEW or shape.start.ids is not None
    keys = [compiler.order(one, plain=few) for one in shape.order]
    last = table.c.id.desc() if shape.down else table.c.id.asc()
    columns = selected(tables, dialect, shape.fields).columns
    statement = select(table.c.id, table.c.revision, *columns)
    return statement.where(_where(tables, dialect, shape)).order_by(*keys, last)


@lru_cache(maxsize=512)
def at_edge(tables: AppTables, dialect: str, order: tuple[Order, ...], sight: Sight) -> Select[Any]:
    """Return the statement of what the record ``:record`` has of each key, if it is seen."""
    compiler, table = Compiler(tables, dialect), tables.records
    columns = [compiler.value(one.field) for one in order]
    return select(table.c.id, *columns).where(
        table.c.id == bindparam("record"), seen(tables, dialect, sight)
    )


@lru_cache(maxsize=1024)
def after_edge(
    tables: AppTables, dialect: str, shape: Shape, empty: tuple[bool, ...], *, rising: bool
) -> tuple[Select[Any], ...]:
    """Return the statements of what lies beyond ``:edge``, whose keys are ``:key_0`` and on.

    ``empty`` tells which of them have no value there.
    """
    compiler = Compiler(tables, dialect)
    values = tuple(
        None if none else bindparam(f"key_{place}", type_=compiler.value(one.field).type)
        for place, (one, none) in enumerate(zip(shape.order, empty, strict=True))
    )
    edge = Edge(bindparam("edge", type_=tables.records.c.id.type), values)
    base = listed(tables, dialect, shape)
    ranges = beyond(compiler, shape.order, edge, rising=rising)
    return tuple(base.where(*one) for one in ranges)


@lru_cache(maxsize=1024)
def limited(statement: Select[Any], size: int, offset: int) -> Select[Any]:
    """Return the first ``size`` rows of a statement after ``offset``."""
    return statement.limit(size).offset(offset or None)


@lru_cache(maxsize=1024)
def counted(tables: AppTables, dialect: str, shape: Shape, most: int | None) -> Select[Any]:
    """Return the statement of how many records a list has, up to ``most``."""
    inner = _each(tables, dialect, shape)
    if most is not None:
        inner = inner.limit(most)
    return select(func.count()).select_from(inner.subquery())


def _each(tables: AppTables, dialect: str, shape: Shape) -> Select[Any]:
    """Return a row for each record of a list, beginning with a word's or a choice's records."""
    if shape.where == ALWAYS and shape.sight.way is Way.MANY:
        return _own(tables, dialect, shape.sight)
    first = None
    if dialect == "sqlite" and shape.start.ids is None and shape.sight.way is not Way.FEW:
        first = next(filter(starts.has_own_list, starts.conjuncts(shape.where)), None)
    if first is None:
        one_each = select(literal(1)).select_from(tables.records)
        return one_each.where(_where(tables, dialect, shape))
    # Each entry comes with its record, one after another, until there are enough.
    found = starts.passing(tables, dialect, first).subquery()
    rest = compiled(tables, dialect, starts.without(shape.where, first), shape.start.common)
    return (
        select(literal(1))
        .select_from(found)
        .join(tables.records, tables.records.c.id == found.c[0])
        .where(seen(tables, dialect, shape.sight), rest)
    )


def _own(tables: AppTables, dialect: str, sight: Sight) -> Select[Any]:
    """Return a row for each record somebody sees, beginning with what lists them."""
    reader = tables.readers
    listing = select(reader.c.record).where(reader.c.principal.in_(sight.numbers))
    found = (listing if len(sight.numbers) == 1 else listing.distinct()).subquery()
    return (
        select(literal(1))
        .select_from(found)
        .join(tables.records, tables.records.c.id == found.c.record)
        .where(living(tables, dialect, sight))
    )


def _where(tables: AppTables, dialect: str, shape: Shape) -> ColumnElement[bool]:
    asked = compiled(tables, dialect, shape.where, shape.start.common)
    if shape.start.ids is not None:
        asked = and_(starts.among(tables.records.c.id, shape.start.ids, dialect), asked)
    return and_(seen(tables, dialect, shape.sight), asked)
