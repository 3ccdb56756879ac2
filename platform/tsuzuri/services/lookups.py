"""Look-ups: a key names a record of another app, from which further fields are copied.

Copies are taken when the key is set, as the writer may see the source.  A copy that the
definition marks ``readOnly`` always follows the key; any other is only a suggestion, which
the writer may overwrite.  Where the look-up says ``live``, copies follow later changes of
their source too, in the same transaction as that change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from tsuzuri.access.gate import Access
from tsuzuri.access.readers import plan
from tsuzuri.definitions.model import App
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Invalid, Problem, QueryError, Unknown, message
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import Copied
from tsuzuri.query.bound import Test
from tsuzuri.services import calculate
from tsuzuri.services.platform import Platform
from tsuzuri.storage import history
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.records import Listing, Records, find_by_value, load_whole
from tsuzuri.storage.writing import Writer

Values = Mapping[str, Any]


def copied_fields(app: App) -> Iterator[tuple[Field, Copied]]:
    """Yield the look-ups of an app."""
    for field in app.fields:
        trait = field.trait
        if isinstance(trait, Copied):
            yield field, trait


def fill(
    platform: Platform,
    access: Access,
    connection: Connection,
    values: Values,
    *,
    before: Values,
    given: Values,
) -> dict[str, Any]:
    """Return ``values`` with the copies that follow from keys which were just set or cleared.

    Raises ``Invalid`` where a key names no record, or several.
    """
    result = dict(values)
    for field, trait in copied_fields(access.whole):
        key = values.get(field.code)
        if key == before.get(field.code):
            continue
        source = {} if key is None else _source(platform, access, connection, field, trait, key)
        for theirs, ours in trait.copy.items():
            target = access.whole.by_code[ours]
            if target.schema.get("readOnly") or given.get(ours) is None:
                result.pop(ours, None)
                if theirs in source:
                    result[ours] = source[theirs]
    return result


def _source(
    platform: Platform,
    access: Access,
    connection: Connection,
    field: Field,
    trait: Copied,
    key: Any,
) -> Values:
    """Return the values of the one record that ``key`` names, as the writer may see it."""
    found = find(platform, access, connection, trait, key)
    if len(found) != 1:
        sentence = (
            message("「{key}」は見つかりません。", key=key)
            if not found
            else message("「{key}」は複数あり、選べません。", key=key)
        )
        raise Invalid([Problem(f"/{escape(field.code)}", sentence)])
    return found[0]


def find(
    platform: Platform, access: Access, connection: Connection, trait: Copied, key: Any
) -> list[Values]:
    """Return up to two records of the other app whose key field is ``key``."""
    try:
        other = platform.admit(access.actor, trait.app)
        source = other.app.field(trait.key)
    except (Unknown, QueryError):
        return []
    records = Records(connection, other, platform.principals)
    page = records.page(Listing(where=Test(source, "in", (key,)), size=2))
    return [state.values for state in records.many([row[0] for row in page.rows]).values()]


def follow(
    platform: Platform, connection: Connection, access: Access, before: Any, after: Any
) -> None:
    """Let live look-ups in every app follow a changed record of this one."""
    changed = {
        one.code
        for one in access.whole.stored
        if before.values.get(one.code) != after.values.get(one.code)
    }
    for app in platform.catalogue.all(connection).values():
        for field, trait in copied_fields(app):
            wanted = {theirs: ours for theirs, ours in trait.copy.items() if theirs in changed}
            key = after.values.get(trait.key)
            if trait.live and trait.app == access.whole.code and wanted and key is not None:
                _follow_in(platform, connection, access, (app, field, key), wanted, after)


def _follow_in(
    platform: Platform,
    connection: Connection,
    access: Access,
    place: tuple[App, Field, Any],
    wanted: Mapping[str, str],
    after: Any,
) -> None:
    """Copy changed values into the records of one app that name the changed one."""
    app, field, key = place
    ids = find_by_value(connection, app, field, key)
    for before in load_whole(connection, app, ids, lock=True).values():
        values = dict(before.values)
        for theirs, ours in wanted.items():
            values.pop(ours, None)
            if theirs in after.values:
                values[ours] = after.values[theirs]
        values = calculate.values(app, values)
        if values == before.values:
            continue
        state = replace(
            before,
            revision=before.revision + 1,
            updated_at=platform.stamp(),
            updated_by=access.actor.user,
            values=values,
        )
        tables = tables_of(app)
        Writer(connection, tables, plan(app, access.asker), platform.principals).change(
            before, state
        )
        history.note_change(connection, app, before, state, action="follow")
