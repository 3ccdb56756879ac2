"""Look-ups: a key names a record of another app, from which further fields are copied.

Copies are taken when the key is set, as the writer may see the source.  A copy that the
definition marks ``readOnly`` always follows the key; any other is only a suggestion, which
the writer may overwrite.  Where the look-up says ``live``, copies follow later changes of
their source too, in the same transaction as that change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from tsuzuri.definitions.model import App
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Invalid, Problem, QueryError, Unknown, message
from tsuzuri.fields.base import Field, Scene, Slot
from tsuzuri.fields.traits import Copied
from tsuzuri.query.bound import Test
from tsuzuri.services import calculate
from tsuzuri.services.desk import Desk
from tsuzuri.services.succession import following
from tsuzuri.storage import history
from tsuzuri.storage.records import Listing, Records, find_by_value, load_whole
from tsuzuri.storage.writing import RecordState, chunks

Values = Mapping[str, Any]

PAGE = 1000


@lru_cache(maxsize=512)
def copied_fields(app: App) -> tuple[tuple[Field, Copied], ...]:
    """Return the look-ups of an app."""
    return tuple((one, one.trait) for one in app.fields if isinstance(one.trait, Copied))


Source = Callable[[Field, Any], Values]
"""Gives the values of the one record that a look-up's key names; raises ``Invalid``."""


def fill(
    desk: Desk, values: Values, *, before: Values, given: Values, source_of: Source | None = None
) -> dict[str, Any]:
    """Return ``values`` with the copies that follow from keys which were just set or cleared.

    ``source_of`` answers from what was asked before, for writes of many records.  Raises
    ``Invalid`` where a key names no record, or several.
    """
    result = dict(values)
    for field, trait in copied_fields(desk.app):
        key = values.get(field.code)
        if key == before.get(field.code):
            continue
        ask = source_of or partial(_asked, desk)
        source = {} if key is None else ask(field, key)
        for theirs, ours in trait.copy.items():
            target = desk.app.by_code[ours]
            if target.schema.get("readOnly") or given.get(ours) is None:
                result.pop(ours, None)
                if theirs in source:
                    result[ours] = source[theirs]
    return result


def _asked(desk: Desk, field: Field, key: Any) -> Values:
    return only(field, key, found=sources(desk, field, keys=[key]).get(key, ()))


def only(field: Field, key: Any, *, found: Sequence[Values]) -> Values:
    """Return the one of ``found``; raises ``Invalid`` where there is none, or several."""
    if len(found) == 1:
        return found[0]
    sentence = (
        message("「{key}」は複数あり、選べません。", key=key)
        if found
        else message("「{key}」は見つかりません。", key=key)
    )
    raise Invalid([Problem(f"/{escape(field.code)}", sentence)])


def sources(desk: Desk, field: Field, *, keys: Collection[Any]) -> Mapping[Any, list[Values]]:
    """Return, for each of ``keys``, up to two records that it names, as the writer may see them."""
    trait = field.trait
    if not isinstance(trait, Copied):
        return {}
    try:
        other = desk.platform.admit(desk.access.actor, trait.app)
        source = other.app.field(trait.key)
    except (Unknown, QueryError):
        return {}
    typed = {key: wire for key in keys if (wire := _typed(source, key)) is not None}
    if not typed:
        return {}
    records = desk.records(other)
    naming: dict[Any, list[int]] = {}
    # Two are enough to know of one key; many keys must be read to their end.
    size = 2 if len(keys) == 1 else PAGE
    where = Test(source, "in", tuple(dict.fromkeys(typed.values())))
    listing = Listing(where=where, columns=(source,), size=size)
    page = records.page(listing)
    while True:
        for record, _, key in page.rows:
            naming.setdefault(key, []).append(record)
        if not page.later or len(keys) == 1:
            break
        page = records.page(replace(listing, after=page.rows[-1][0]))
    named = {key: naming[wire][:2] for key, wire in typed.items() if wire in naming}
    return _loaded(records, named)


def _typed(source: Field, key: Any) -> Any:
    """Return what a key means to the field it names, which may be a number; None for nothing."""
    if source.slot is not Slot.NUMBER:
        return key
    number = source.kind.parse(source, str(key), Scene())
    return number if isinstance(number, int | float) else None


def _loaded(records: Records, naming: Mapping[Any, list[int]]) -> dict[Any, list[Values]]:
    states: dict[int, RecordState] = {}
    for part in chunks([record for ids in naming.values() for record in ids]):
        states.update(records.many(part))
    return {
        key: [states[record].values for record in ids if record in states]
        for key, ids in naming.items()
    }


def follow(desk: Desk, before: RecordState, after: RecordState) -> None:
    """Let live look-ups in every app follow a changed record of this one."""
    changed = {
        one.code
        for one in desk.app.stored
        if before.values.get(one.code) != after.values.get(one.code)
    }
    for app in desk.platform.catalogue.all(desk.connection).values():
        for field, trait in copied_fields(app):
            wanted = {theirs: ours for theirs, ours in trait.copy.items() if theirs in changed}
            key = _written(desk.app, after, trait.key)
            if trait.live and trait.app == desk.app.code and wanted and key is not None:
                for one in _naming(desk, app, field, key):
                    _follow(desk, app, one, _copied(one.values, after.values, wanted))


def _written(app: App, state: RecordState, code: str) -> str | None:
    """Return a record's key as look-ups hold it: as text."""
    wire, field = state.known.get(code), app.by_code.get(code)
    if wire is None or field is None or isinstance(wire, str):
        return wire
    return field.kind.cell(field, wire, Scene())


def _naming(desk: Desk, app: App, field: Field, key: Any) -> list[RecordState]:
    """Return the records of ``app`` whose look-up ``field`` names ``key``, locked."""
    ids = find_by_value(desk.connection, app, field, key)
    return list(load_whole(desk.connection, app, ids, lock=True).values())


def _copied(values: Values, source: Values, wanted: Mapping[str, str]) -> dict[str, Any]:
    result = {code: wire for code, wire in values.items() if code not in wanted.values()}
    result.update((ours, source[theirs]) for theirs, ours in wanted.items() if theirs in source)
    return result


def _follow(desk: Desk, app: App, before: RecordState, values: Values) -> None:
    """Store what a live look-up made of a record, and note it."""
    values = calculate.values(app, values)
    if values == before.values:
        return
    deed = desk.deed("follow")
    after = following(app, before, at=deed.at, by=deed.by, values=values)
    desk.writer(app).change(before, after)
    history.note_change(desk.connection, app, (before, after), deed)
