"""The indexes a definition asks for, beside those that every app has.

Lists walk the index of their order, so each first key of a view's order has one; it ends in
the id, because lists break ties by it.  What a view filters by has one too, followed by the
view's order, so that few rows are found at once and one value's rows come in order.  Look-up
keys have one because a changed source asks who names it, days that people are reminded of because
a pass asks whose day has come.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tsuzuri.definitions.model import App, View
from tsuzuri.fields.base import Slot
from tsuzuri.fields.traits import Copied, System
from tsuzuri.query.parse import parse, parse_condition
from tsuzuri.query.tree import And, Comparison, Node
from tsuzuri.storage.app_tables import AppTables

SCALAR = frozenset({Slot.TEXT, Slot.NUMBER, Slot.FLAG})
EQUAL = frozenset({"in", "="})
# The home page asks what changed lately in every app.
ALWAYS: tuple[str, ...] = ("updated_at",)


@lru_cache(maxsize=256)
def keys(tables: AppTables) -> frozenset[tuple[str, ...]]:
    """Return the columns of each index on the records; the id that ends each is left out."""
    app = tables.app
    found: set[tuple[str, ...]] = {ALWAYS}
    found.update((_column(tables, one.code),) for one in app.fields if _is_look_up(app, one.code))
    for reminder in app.notify.reminders if app.notify else ():
        found.add((_column(tables, reminder.field),))
    for view in app.views:
        order = _order(tables, view)
        found.add(order)
        found.update((filtered, *order) for filtered in _filters(tables, view))
    return frozenset(
        columns
        for columns in found
        if "id" not in columns and len(set(columns)) == max(1, len(columns))
    )


def first_columns(tables: AppTables) -> frozenset[str]:
    """Return the columns by which few records are found without reading the others."""
    return frozenset(columns[0] for columns in keys(tables))


def statements(tables: AppTables, dialect: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each index and what makes it.

    Empty values come first in an order, which PostgreSQL must be told.
    """
    nulls = "" if dialect == "sqlite" else " NULLS FIRST"
    table = tables.records.name
    for columns in sorted(keys(tables)):
        name = f"ix_{table}_{'_'.join(columns)}"
        spelled = ", ".join(f"{column}{nulls}" for column in columns)
        yield name, f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({spelled}, id)"
    name = f"ix_{table}_deleted_at"
    deleted = "(deleted_at, id) WHERE deleted_at IS NOT NULL"
    yield name, f"CREATE INDEX IF NOT EXISTS {name} ON {table} {deleted}"


def _is_look_up(app: App, code: str) -> bool:
    return isinstance(app.by_code[code].trait, Copied)


def _column(tables: AppTables, code: str) -> str:
    return tables.column(tables.app.by_code[code]).name


def _order(tables: AppTables, view: View) -> tuple[str, ...]:
    """Return the first key of a view's order, or nothing."""
    if not view.sort:
        return ()
    return (_column(tables, parse(f"order by {view.sort}").order[0].field),)


def _filters(tables: AppTables, view: View) -> Iterator[str]:
    """Yield the columns a view always compares with given values."""
    for comparison in _conjuncts(parse_condition(view.where)):
        field = tables.app.by_code[comparison.field]
        own = field.table is None and (field.slot in SCALAR or isinstance(field.trait, System))
        if comparison.operator in EQUAL and own:
            yield _column(tables, comparison.field)


def _conjuncts(node: Node | None) -> Iterator[Comparison]:
    if isinstance(node, Comparison):
        yield node
    elif isinstance(node, And):
        for part in node.parts:
            yield from _conjuncts(part)
