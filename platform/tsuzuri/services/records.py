"""Creating, changing, deleting and restoring records.

Every verb is one transaction: the record, what conditions ask of it, its readers, its search
entries and its history row stand together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from tsuzuri.access.gate import Access
from tsuzuri.access.readers import plan
from tsuzuri.definitions.model import App
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Clash, Denied, Invalid, Message, Problem, Stale, Unknown, message
from tsuzuri.fields.base import Slot
from tsuzuri.query.bound import ALWAYS, NEVER, Condition
from tsuzuri.services import calculate, initial, lookups, references
from tsuzuri.services.platform import Platform
from tsuzuri.storage import history, unique
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.records import Records, load_whole
from tsuzuri.storage.writing import RecordState, Writer, with_row_ids
from tsuzuri.wire import record as wire

Given = Mapping[str, Any]
"""Values by code as they came in; None, ``""`` and ``[]`` mean empty."""

OUT_OF_REACH: Message = message(
    "この内容で保存すると、あなたから見えなくなります。公開範囲などを確かめてください。"
)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a verb did: the record and its revision afterwards."""

    id: int
    revision: int


def create(platform: Platform, access: Access, given: Given) -> Saved:
    """Create one record.

    Raises ``Denied`` without the right to add, ``Invalid`` with every problem.
    """
    if not access.may("add"):
        raise Denied
    with platform.writing(access) as connection:
        state = new_state(platform, access, connection, given)
        insert_new(platform, access, connection, [state])
        _check_reach(platform, access, connection, state.id)
    return Saved(state.id, state.revision)


def new_state(
    platform: Platform, access: Access, connection: Connection, given: Given
) -> RecordState:
    """Return the record that ``given`` makes: initial values, look-ups, calculations, judged."""
    tidy = _tidied(access, given)
    app, now = access.whole, platform.stamp()
    values = initial.values(app, access.actor, platform.clock())
    values = _merged(values, tidy)
    values = lookups.fill(platform, access, connection, values, before={}, given=tidy)
    values = _finished(app, values, before={})
    _judge(platform, access, values, before={})
    unique.check(connection, access, values, None)
    return RecordState(
        id=new_ids.new(),
        revision=1,
        created_at=now,
        created_by=access.actor.user,
        created_agency=access.actor.agency,
        updated_at=now,
        updated_by=access.actor.user,
        values=values,
    )


def insert_new(
    platform: Platform, access: Access, connection: Connection, states: Sequence[RecordState]
) -> None:
    """Store new records and note their creation; the caller holds the transaction."""
    try:
        writer(platform, access, connection).insert(states)
    except IntegrityError as error:
        raise unique.explained(access, error) from None
    history.note(connection, access.whole, states, "create")


def writer(platform: Platform, access: Access, connection: Connection) -> Writer:
    """Return what writes the records of an app in this transaction."""
    app = access.whole
    return Writer(connection, tables_of(app), plan(app, access.asker), platform.principals)


def change(
    platform: Platform, access: Access, record_id: int, given: Given, *, revision: int | None
) -> Saved:
    """Change the fields in ``given``, which were read at ``revision`` (None: whatever is there).

    Fields that others changed meanwhile are merged where the two edits do not touch the same
    field.  Raises ``Stale`` with both sides where they do, ``Unknown`` for a record that is
    not there for this person, ``Denied`` without the right to edit, ``Invalid`` otherwise.
    """
    with platform.writing(access) as connection:
        before = _editable(platform, access, connection, record_id)
        tidy = _tidied(access, given)
        if revision is not None and revision != before.revision:
            tidy = _merge(connection, access, before, tidy, revision)
        _check_writable(platform, access, connection, before, tidy)
        saved = change_state(platform, access, connection, before, tidy)
        _check_reach(platform, access, connection, record_id)
        return saved


def change_state(
    platform: Platform,
    access: Access,
    connection: Connection,
    before: RecordState,
    tidy: Given,
) -> Saved:
    """Apply tidied values to a record that may be edited; nothing new is no new revision."""
    values = _merged(before.values, tidy)
    values = lookups.fill(platform, access, connection, values, before=before.values, given=tidy)
    values = _finished(access.whole, values, before=before.values)
    if values == before.values:
        return Saved(before.id, before.revision)
    _judge(platform, access, values, before=before.values)
    unique.check(connection, access, values, before.id)
    after = replace(
        before,
        revision=before.revision + 1,
        updated_at=platform.stamp(),
        updated_by=access.actor.user,
        values=values,
    )
    try:
        writer(platform, access, connection).change(before, after)
    except IntegrityError as error:
        raise unique.explained(access, error) from None
    history.note_change(connection, access.whole, before, after)
    lookups.follow(platform, connection, access, before, after)
    return Saved(after.id, after.revision)


def delete(
    platform: Platform, access: Access, record_id: int, *, reason: str, revision: int | None
) -> None:
    """Delete a record, keeping everything so that it can be restored.

    Raises ``Invalid`` without a reason, ``Stale`` if it changed since ``revision``.
    """
    if not reason.strip():
        raise Invalid([Problem("/reason", message("削除の理由を入力してください。"))])
    with platform.writing(access) as connection:
        before = _loaded(platform, access, connection, record_id, "delete")
        if revision is not None and revision != before.revision:
            _, by, at = history.changed_since(connection, access.whole, record_id, revision)
            raise Stale(revision=before.revision, by=by, at=at, clashes=())
        now = platform.stamp()
        after = replace(
            before,
            revision=before.revision + 1,
            updated_at=now,
            updated_by=access.actor.user,
            deleted_at=now,
            deleted_by=access.actor.user,
        )
        writer(platform, access, connection).change(before, after)
        history.note_change(
            connection, access.whole, before, after, action="delete", reason=reason.strip()
        )


def restore(platform: Platform, access: Access, record_id: int) -> Saved:
    """Bring a deleted record back.  Raises ``Unknown`` unless the person could delete it."""
    with platform.writing(access) as connection:
        Records(connection, access, platform.principals).get_deleted(record_id)
        before = load_whole(connection, access.whole, [record_id], lock=True)[record_id]
        after = replace(
            before,
            revision=before.revision + 1,
            updated_at=platform.stamp(),
            updated_by=access.actor.user,
            deleted_at=None,
            deleted_by=None,
        )
        try:
            writer(platform, access, connection).change(before, after)
        except IntegrityError as error:
            raise unique.explained(access, error) from None
        history.note_change(connection, access.whole, before, after, action="restore")
        return Saved(after.id, after.revision)


def _tidied(access: Access, given: Given) -> dict[str, Any]:
    """Return ``given`` read and judged by itself; what the person may not write is refused."""
    tidy = wire.load(access.app, given)
    closed = [code for code in tidy if not access.may_write(code)]
    if closed:
        raise Invalid([_read_only(code) for code in closed])
    return tidy


def _read_only(code: str) -> Problem:
    return Problem(f"/{escape(code)}", message("このフィールドは変更できません。"))


def _merged(values: Given, tidy: Given) -> dict[str, Any]:
    merged = {**values, **tidy}
    return {code: value for code, value in merged.items() if value is not None}


def _finished(app: App, values: Given, *, before: Given) -> dict[str, Any]:
    """Give rows their ids and work out what is calculated."""
    finished = dict(values)
    for field in app.stored:
        if field.slot is Slot.ROWS and field.code in finished:
            kept = frozenset(str(row.get("id", "")) for row in before.get(field.code, ()))
            finished[field.code] = with_row_ids(field, finished[field.code], kept)
    return calculate.values(app, finished)


def _judge(platform: Platform, access: Access, values: Given, *, before: Given) -> None:
    """Refuse a record that lacks what this person must fill, or names what is not there."""
    required = [
        one.code for one in access.app.fields if one.required and access.may_write(one.code)
    ]
    problems = [*wire.missing(required, values)]
    problems += references.problems(platform, access, values, before)
    if problems:
        raise Invalid(problems)


def _loaded(
    platform: Platform, access: Access, connection: Connection, record_id: int, action: str
) -> RecordState:
    """Return the whole record, locked, if the person may do ``action`` with it.

    Unseen is unknown; seen but not allowed is denied.
    """
    records = Records(connection, access, platform.principals)
    records.get(record_id)
    if not access.may(action) or not records.allows(record_id, [access.rows[action]])[0]:
        raise Denied
    return load_whole(connection, access.whole, [record_id], lock=True)[record_id]


def _editable(
    platform: Platform, access: Access, connection: Connection, record_id: int
) -> RecordState:
    return _loaded(platform, access, connection, record_id, "edit")


def _check_writable(
    platform: Platform,
    access: Access,
    connection: Connection,
    before: RecordState,
    tidy: Given,
) -> None:
    """Refuse changes of fields that this person may write on other records only.

    A value sent back as it was is no change, so a whole form may be sent.
    """
    conditional: dict[str, Condition] = {
        code: access.writable[code]
        for code in tidy
        if access.writable[code] != ALWAYS and tidy[code] != before.values.get(code)
    }
    if not conditional:
        return
    records = Records(connection, access, platform.principals)
    allowed = records.allows(before.id, list(conditional.values()))
    closed = [code for code, yes in zip(conditional, allowed, strict=True) if not yes]
    if closed:
        raise Invalid([_read_only(code) for code in closed])


def _check_reach(
    platform: Platform, access: Access, connection: Connection, record_id: int
) -> None:
    """Refuse a write after which the writer would not see the record any more."""
    if access.rows["view"] in {ALWAYS, NEVER}:
        # Somebody who only ever adds sends records away knowingly.
        return
    if not Records(connection, access, platform.principals).allows(
        record_id, [access.rows["view"]]
    )[0]:
        raise Invalid([Problem("", OUT_OF_REACH)])


def _merge(
    connection: Connection,
    access: Access,
    before: RecordState,
    tidy: Mapping[str, Any],
    revision: int,
) -> dict[str, Any]:
    """Return what of ``tidy`` the writer really changed since ``revision``.

    Raises ``Stale`` where somebody else changed the same field to something else.
    """
    old, by, at = history.changed_since(connection, access.whole, before.id, revision)
    if revision > before.revision:
        raise Stale(revision=before.revision, by=by, at=at, clashes=())
    kept: dict[str, Any] = {}
    clashes: list[Clash] = []
    for code, yours in tidy.items():
        theirs = before.values.get(code)
        start = old.get(code, theirs)
        if yours == start or yours == theirs:
            continue
        if theirs != start:
            clashes.append(Clash(code, theirs, yours))
        kept[code] = yours
    if clashes:
        raise Stale(revision=before.revision, by=by, at=at, clashes=clashes)
    return kept


def relist(platform: Platform, app: App, ids: Iterable[int], asker: Any) -> None:
    """Write down the readers of records anew, in batches, after their rules changed."""
    errand = Errand("readers follow the rules")
    for part in _batches(ids):
        with platform.database.write(errand) as connection:
            states = load_whole(connection, app, part, lock=True)
            Writer(connection, tables_of(app), plan(app, asker), platform.principals).relist(
                list(states.values())
            )


def _batches(ids: Iterable[int], size: int = 500) -> Iterable[list[int]]:
    batch: list[int] = []
    for one in ids:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


__all__ = ["Saved", "Unknown", "change", "create", "delete", "restore"]
