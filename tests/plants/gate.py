"""Bugs at the gate: fields and records that are not closed after all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plants.planting import plant, replaced
from tsuzuri.access import gate
from tsuzuri.query.bound import ALWAYS, NEVER
from tsuzuri.storage.compile import Compiler


@plant("every page of a record")
def hidden_fields_stay() -> Iterator[None]:
    """A field nobody may read stays in the app; only its form control is left out."""
    narrowed = gate._guarded

    def lenient(field: Any, levels: Any) -> Any:
        return narrowed(field, levels) or field

    with replaced(gate, "_guarded", lenient):
        yield


@plant("masked values")
def masks_are_read() -> Iterator[None]:
    """The value behind a mask is selected like any other, and the mask is left to templates."""

    def unmasked(field: Any, levels: Any) -> Any:
        return field if levels["masked"] != NEVER else guarded(field, levels)

    guarded = gate._guarded
    with replaced(gate, "_guarded", unmasked):
        yield


@plant("filters on guarded fields")
def guards_are_not_asked() -> Iterator[None]:
    """A field that is open on some records only is filtered as if it were open on all."""

    def seen(_self: Compiler, _field: Any, sql: Any) -> Any:
        return sql

    with replaced(Compiler, "_seen", seen):
        yield


@plant("calculated fields")
def calculated_fields_keep_their_own_rule() -> Iterator[None]:
    """A calculated field is judged by its own rule, not by those of what it is worked out from."""

    def own(_app: Any, levels: Any, field: Any) -> Any:
        return levels[field.code]

    with replaced(gate, "_inherited", own):
        yield


@plant("fields that may be written")
def field_rules_are_forgotten() -> Iterator[None]:
    """Field rules are kept by the page that shows a record, and by nothing else."""
    levels = gate._levels

    def open_(*given: Any) -> Any:
        return {**levels(*given), "view": ALWAYS, "edit": ALWAYS}

    with replaced(gate, "_levels", open_):
        yield


@plant("fields that forbid repeats")
def unique_values_are_anybodys_to_try() -> Iterator[None]:
    """Whoever may write a field that forbids repeats learns which values unseen records have."""

    def never(*_given: Any) -> bool:
        return False

    with replaced(gate, "_would_tell", never):
        yield
