"""Calculated fields: worked out from the same record whenever it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tsuzuri.definitions.model import App
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.moments import seconds
from tsuzuri.fields.traits import Computed
from tsuzuri.formula import Formula, Value, order


@lru_cache(maxsize=512)
def _plan(app: App) -> tuple[tuple[str, Computed], ...]:
    """Return the calculated fields of an app in the order their inputs allow."""
    computed = {one.code: one.trait for one in app.fields if isinstance(one.trait, Computed)}
    formulas: dict[str, Formula] = {code: trait.formula for code, trait in computed.items()}
    return tuple((code, computed[code]) for code in order(formulas))


def values(app: App, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``given`` with every calculated field set anew, or absent where it has no value."""
    result = dict(given)
    for code, trait in _plan(app):
        result.pop(code, None)
        worked_out = trait.formula.evaluate(lambda name: _operand(app, name, result))
        wire = trait.finish(worked_out)
        if wire is not None and wire != "":
            result[code] = wire
    return result


def _operand(app: App, code: str, given: Mapping[str, Any]) -> Value:
    """Return a field's value as formulas know it; a column of a table is all its values."""
    field = app.by_code.get(code)
    if field is None:
        return None
    if field.table is not None:
        rows = given.get(field.table.code, ())
        return tuple(_scalar(field, row.get(code)) for row in rows)
    wire = given.get(code)
    if field.slot is Slot.LIST:
        return tuple(wire or ())
    return _scalar(field, wire)


def _scalar(field: Field, wire: Any) -> Decimal | str | bool | None:
    if isinstance(wire, bool) or not isinstance(wire, int | float | str):
        # Whatever has no place in a formula counts as empty.
        return wire if isinstance(wire, bool) else None
    if isinstance(wire, str):
        return Decimal(seconds(wire)) if field.kind.operators == ops.TIME else wire
    return Decimal(repr(wire))
