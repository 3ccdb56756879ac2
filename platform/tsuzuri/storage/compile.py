"""Bound conditions become SQL here, and nowhere else.

Guards are applied where a field is tested: what a reader may not see on a record reads as
empty, in every condition the reader can express.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    FromClause,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Derived, System
from tsuzuri.query.bound import (
    All,
    AnyOf,
    Condition,
    Constant,
    Empty,
    EveryRow,
    Not,
    Order,
    SomeRow,
    Test,
)
from tsuzuri.storage import search
from tsuzuri.storage.app_tables import AppTables

Sql = ColumnElement[bool]

COMPARISONS: Mapping[str, Callable[[ColumnElement[Any], Any], Sql]] = {
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}

BLANKS = "".join(filter(str.isspace, map(chr, range(1, 0x3001))))
"""Everything Unicode calls white space; the ideographic space is the last of it."""


def is_one_of(column: ColumnElement[Any], values: Sequence[Any]) -> Sql:
    """Return "the column is one of these", for a field with one value."""
    if isinstance(column.type, Double):
        # PostgreSQL would take the type of the first value for all, and round -2.5 beside 10.
        return column.in_([float(value) for value in values])
    if isinstance(column.type, BigInteger):
        return column.in_([int(value) for value in values if _is_id(value)])
    return column == values[0] if len(values) == 1 else column.in_(values)


def _is_id(value: object) -> bool:
    """Tell whether a value can be an id; anything larger has no room in the column."""
    return isinstance(value, int | float) and 0 <= value < 2**53 and value == int(value)


class Compiler:
    """Compiles conditions on the records of one app for one database.

    ``scope`` is the table conditions speak of: the records, or inside a table the rows;
    ``common`` are words that so many records hold that each record is asked for itself.
    """

    def __init__(
        self,
        tables: AppTables,
        dialect: str,
        scope: FromClause | None = None,
        common: frozenset[str] = frozenset(),
    ) -> None:
        self.tables = tables
        self.dialect = dialect
        self.common = common
        self.scope: FromClause = tables.records if scope is None else scope
        self.in_rows = scope is not None

    def condition(self, condition: Condition) -> Sql:  # noqa: PLR0911  one return per node of the tree
        """Return SQL that is true where ``condition`` holds, and false or null elsewhere."""
        match condition:
            case Constant(value=value):
                return true() if value else false()
            case All(parts=parts):
                return and_(*map(self.condition, parts))
            case AnyOf(parts=parts):
                return or_(*map(self.condition, parts))
            case Not(part=part):
                # Only under a negation does it matter that null is not false.
                return not_(func.coalesce(self.condition(part), false()))
            case SomeRow(table=table, part=part):
                return self._seen(table, self._rows(table, part))
            case EveryRow(table=table, part=part):
                none_fails = not_(self._rows(table, Not(part)))
                return self._seen(table, and_(self._rows(table, Constant(True)), none_fails))
            case Test(field=field):
                return self._seen(field, self._test(condition))
            case Empty(field=field):
                return not_(func.coalesce(self._seen(field, not_(self._empty(field))), false()))

    def value(self, field: Field) -> ColumnElement[Any]:
        """Return the field's value as its reader may know it."""
        column = self._column(field)
        if field.guard is None:
            return column
        visible: Condition = field.guard.visible
        if visible == Constant(False):
            return cast(null(), column.type)
        return case((self.condition(visible), column))

    def order(self, order: Order, *, plain: bool = False) -> ColumnElement[Any]:
        """Return one key of an order; empty values come first, as on SQLite.

        ``plain`` keeps SQLite from walking the key's index when few rows are left to sort.
        """
        value = self.value(order.field)
        if self.dialect == "sqlite":
            # A unary plus changes no value and matches no index.
            value = UnaryExpression(value, operator=custom_op("+")) if plain else value
            return value.desc() if order.descending else value.asc()
        return value.desc().nulls_last() if order.descending else value.asc().nulls_first()

    def _seen(self, field: Field, sql: Sql) -> Sql:
        if field.guard is None:
            return sql
        return and_(self.condition(field.guard.visible), sql)

    def _column(self, field: Field) -> ColumnElement[Any]:
        trait = field.trait
        if isinstance(trait, Derived):
            return self._column(self.tables.app.field(trait.of))
        name = trait.column if isinstance(trait, System) else f"f{field.number}"
        return self.scope.c[name]

    def _rows(self, table: Field, part: Condition) -> Sql:
        child = self.tables.rows[table.number].alias()
        inner = Compiler(self.tables, self.dialect, child)
        mine = child.c.record == self.scope.c.id
        return exists(select(literal(1)).where(mine, inner.condition(part)))

    def _test(self, test: Test) -> Sql:
        field = test.field
        if test.operator == "like":
            return self._contains(field, str(test.values[0]))
        if test.operator == "in":
            return self._among(field, test.values)
        return COMPARISONS[test.operator](self._column(field), test.values[0])

    def _among(self, field: Field, values: tuple[Any, ...]) -> Sql:
        if field.slot is Slot.LIST:
            link = self.tables.values[field.number].alias()
            mine = link.c.owner == self.scope.c.id
            return exists(select(literal(1)).where(mine, link.c.value.in_(values)))
        return is_one_of(self._column(field), values)

    def _contains(self, field: Field, folded: str) -> Sql:
        if self.in_rows:
            return search.holds(self.scope.c[f"k{field.number}"], folded, self.dialect)
        if folded in self.common:
            return search.asked_of_each(self.tables, self.dialect, field, folded)
        return search.contains(self.tables, self.dialect, field.number, folded)

    def _empty(self, field: Field) -> Sql:
        if field.slot is Slot.LIST:
            link = self.tables.values[field.number].alias()
            return not_(exists(select(literal(1)).where(link.c.owner == self.scope.c.id)))
        column = self._column(field)
        if field.slot is Slot.LONG:
            trim = func.trim if self.dialect == "sqlite" else func.btrim
            return func.coalesce(trim(column, BLANKS), "") == ""
        return column.is_(None)


@lru_cache(maxsize=2048)
def compiled(
    tables: AppTables, dialect: str, condition: Condition, common: frozenset[str] = frozenset()
) -> Sql:
    """Return the SQL of a condition on records; the same object for the same condition."""
    return Compiler(tables, dialect, common=common).condition(condition)
