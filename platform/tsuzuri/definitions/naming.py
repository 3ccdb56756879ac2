"""Whether what one part of a definition names is there in another."""

from __future__ import annotations

from collections.abc import Iterator

from tsuzuri.definitions.model import App, Principal
from tsuzuri.errors import FormulaError, Problem, message
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import People, Trait


def no_field(pointer: str, code: str) -> Problem:
    """Return the problem of a name that no field has."""
    return Problem(pointer, message("「{code}」というフィールドはありません。", code=code))


def top_field(app: App, code: str) -> Field | None:
    """Return the app's own field ``code``; neither a column of a table nor a system field."""
    return next((one for one in app.fields if one.code == code), None)


def trait_of(one: Field) -> Trait | None:
    """Return a field's trait; none for an expression that cannot be read, told elsewhere."""
    try:
        return one.trait
    except FormulaError:
        return None


def field_principal(app: App, who: Principal, pointer: str) -> Iterator[Problem]:
    """Yield what is wrong with a ``field:CODE``; other principals name nothing of the app."""
    if who.sort != "field":
        return
    named = top_field(app, who.code)
    if named is None:
        yield no_field(pointer, who.code)
    elif not isinstance(trait_of(named), People):
        yield Problem(
            pointer,
            message(
                "「{code}」は人・所属・グループを選ぶフィールドではありません。", code=who.code
            ),
        )
