"""Look-ups: a key names a record of another app, from which further fields are copied.

Copies are taken when the key is set, as the writer may see the source.  A copy that the
definition marks ``readOnly`` always follows the key; any other is only a suggestion, which
the writer may overwrite.  Where the look-up says ``live``, copies follow later changes of
their source too, in the same transaction as that change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tsuzuri.definitions.model import App
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Invalid, Problem, QueryError, Unknown, message
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import Copied
from tsuzuri.query.bound import Test
from tsuzuri.services import calculate
from tsuzuri.services.desk import Desk
from tsuzuri.storage import history
from tsuzuri.storage.records import Listing, find_by_value, load_whole
from tsuzuri.storage.writing import RecordState

Values = Mapping[str, Any]


def copied_fields(app: App) -> Iterator[tuple[Field, Copied]]:
    """Yield the look-ups of an app."""
    for field in app.fields:
        trait = field.trait
        if isinstance(trait, Copied):
            yield field, trait


Source = Callable[[Desk, Field, Copied, Any], Values]
"""Finds the values of the one record that a key names; raises ``Invalid``."""


def fill(
    desk: Desk, values: Values, *, before: Values, given: Values, source_of: Source | None = None
) -> dict[str, Any]:
    """Return ``values`` with the copies that follow from keys which were just set or cleared.

    ``source_of`` may remember what it found, for writes of many records.  Raises ``Invalid``
    where a key names no record, or several.
    """
    find_source = source_of or named_source
    result = dict(values)
    for field, trait in copied_fields(desk.app):
        key = values.get(field.code)
        if key == before.get(field.code):
            continue
        source = {} if key is None else find_source(desk, field, trait, key)
        for theirs, ours in trait.copy.items():
            target = desk.app.by_code[ours]
            if target.schema.get("readOnly") or given.get(ours) is None:
                result.pop(ours, None)
                if theirs in source:
                    result[ours] = source[theirs]
    return result


def named_source(desk: Desk, field: Field, trait: Copied, key: Any) -> Values:
    """Return the values of the one record that ``key`` names, as the writer may see it."""
    found = find(desk, trait, key)
    if len(found) != 1:
        sentence = (
            message("「{key}」は複数あり、選べません。", key=key)
            if found
            else message("「{key}」は見つかりません。", key=key)
        )
        raise Invalid([Problem(f"/{escape(field.code)}", sentence)])
    return found[0]


def find(desk: Desk, trait: Copied, key: Any) -> list[Values]:
    """Return up to two records of the other app whose key field is ``key``."""
    try:
        other = desk.platform.admit(desk.access.actor, trait.app)
        source = other.app.field(trait.key)
    except (Unknown, QueryError):
        return []
    records = desk.records(other)
    page = records.page(Listing(where=Test(source, "in", (key,)), size=2))
    return [state.values for state in records.many([row[0] for row in page.rows]).values()]


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
            key = after.values.get(trait.key)
            if trait.live and trait.app == desk.app.code and wanted and key is not None:
                for one in _naming(desk, app, field, key):
                    _follow(desk, app, one, _copied(one.values, after.values, wanted))


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
    after = replace(
        before,
        revision=before.revision + 1,
        updated_at=desk.platform.stamp(),
        updated_by=desk.access.actor.user,
        values=values,
    )
    desk.writer(app).change(before, after)
    history.note_change(desk.connection, app, (before, after), action="follow")
