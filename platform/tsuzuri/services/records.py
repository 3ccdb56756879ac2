"""Creating, changing, deleting and restoring records.

Every verb is one transaction: the record, what conditions ask of it, its readers, its search
entries and its history row stand together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.definitions.strict_json import escape, refuse_unstorable
from tsuzuri.errors import Clash, Denied, Invalid, Message, Problem, Stale, message
from tsuzuri.fields.base import Field, Slot
from tsuzuri.query.bound import ALWAYS, NEVER, Condition
from tsuzuri.services import calculate, initial, lookups, references
from tsuzuri.services.desk import Desk
from tsuzuri.services.platform import Platform
from tsuzuri.storage import history, retention, revisions, unique
from tsuzuri.storage.history import Deed
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.records import load_whole
from tsuzuri.storage.writing import RecordState, with_row_ids
from tsuzuri.wire import record as wire

Given = Mapping[str, Any]
"""Values by code as they came in; None, ``""`` and ``[]`` mean empty."""

HELD: Message = message("保全中の記録です。保全を解除するまで、削除も消去もできません。")
OUT_OF_REACH: Message = message(
    "この内容で保存すると、あなたから見えなくなります。公開範囲などを確かめてください。"
)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a verb did: the record, and the mark of its state afterwards (``storage/revisions``).

    ``others`` are the fields that others had changed meanwhile, as far as the writer sees them.
    """

    id: int
    revision: int
    others: tuple[str, ...] = ()


def create(platform: Platform, access: Access, given: Given, *, number: int | None = None) -> Saved:
    """Create one record, under the ``number`` that its draft had.

    Raises ``Denied`` without the right to add, ``Invalid`` with every problem.
    """
    if not access.may("add"):
        raise Denied
    with platform.writing(access) as connection:
        desk = Desk(platform, access, connection)
        state = new_state(desk, given, number)
        insert_new(desk, [state])
        _check_written(desk, state, given)
        _check_reach(desk, state.id)
        return saved(desk, state)


def new_state(desk: Desk, given: Given, number: int | None = None) -> RecordState:
    """Return the record that ``given`` makes: initial values, look-ups, calculations, judged."""
    tidy = _complete(desk.access, given)
    actor, now = desk.access.actor, desk.platform.stamp()
    values = initial.values(desk.app, actor, desk.platform.clock())
    values = merged(values, tidy)
    values = lookups.fill(desk, values, before={}, given=tidy)
    values = finished(desk.app, values, before={})
    _judge(desk, values, before={})
    unique.check(desk.connection, desk.access, values, None)
    return RecordState(
        id=number or new_ids.new(),
        revision=1,
        created_at=now,
        created_by=actor.user,
        created_agency=actor.agency,
        updated_at=now,
        updated_by=actor.user,
        values=values,
    )


def insert_new(desk: Desk, states: Sequence[RecordState], action: str = "create") -> None:
    """Store new records and note their creation; the caller holds the transaction."""
    with unique.kept(desk.access):
        desk.writer().insert(states)
    history.note(desk.connection, desk.app, states, action)


def change(
    platform: Platform, access: Access, record_id: int, given: Given, *, revision: int | None
) -> Saved:
    """Change the fields in ``given``, which were read at ``revision`` (None: whatever is there).

    ``revision`` is the mark that the reader's form or file carries (``storage/revisions``).

    Fields that others changed meanwhile are merged where the two edits do not touch the same
    field.  Raises ``Stale`` with both sides where they do, ``Unknown`` for a record that is
    not there for this person, ``Denied`` without the right to edit, ``Invalid`` otherwise.
    """
    with platform.writing(access) as connection:
        desk = Desk(platform, access, connection)
        before = _loaded(desk, record_id, "edit")
        based_on = _based_on(desk, before, revision)
        tidy = _open_here(desk, record_id, _tidied(access, given), revision=based_on)
        others: tuple[str, ...] = ()
        if based_on is not None:
            tidy, others = _merge(desk, before, tidy, based_on)
        after = _changed(desk, before, tidy)
        _check_reach(desk, record_id)
        return replace(saved(desk, after), others=others)


def saved(desk: Desk, state: RecordState) -> Saved:
    """Return what a verb made of a record, as its writer knows it."""
    return Saved(state.id, revisions.of(desk.records(), state))


def _based_on(desk: Desk, before: RecordState, mark: int | None) -> int | None:
    """Return the revision that a writer's mark stands for; a mark of no state is ``Stale``."""
    if mark is None:
        return None
    found = revisions.revision(desk.records(), before.id, mark)
    if found is None or found > before.revision:
        raise stale(desk, before, since=0)
    return found


def stale(desk: Desk, before: RecordState, *, since: int, clashes: Sequence[Clash] = ()) -> Stale:
    """Return the refusal of a write, with what its writer may know of the other one."""
    records = desk.records()
    _, by, at = history.changed_since(
        desk.connection, desk.app, before.id, since, open_fields=_open_fields(desk, before.id)
    )
    return Stale(revision=revisions.of(records, before), by=by, at=at, clashes=clashes)


def _open_fields(desk: Desk, record_id: int) -> Sequence[Field]:
    return revisions.open_fields(desk.records(), [record_id])[record_id]


def _changed(desk: Desk, before: RecordState, tidy: Given) -> RecordState:
    """Apply tidied values to a record that may be edited; nothing new is no new revision."""
    values = merged(before.values, tidy)
    values = lookups.fill(desk, values, before=before.values, given=tidy)
    values = finished(desk.app, values, before=before.values)
    if values == before.values:
        return before
    _judge(desk, values, before=before.values)
    # Only what is new: whether a hidden field holds anything must not cost a statement.
    new = {code: wire for code, wire in values.items() if wire != before.values.get(code)}
    unique.check(desk.connection, desk.access, new, before.id)
    return put(desk, before, values, desk.deed())


def put(desk: Desk, before: RecordState, values: Given, deed: Deed) -> RecordState:
    """Store the values that follow ``before``, note the deed, and let copies elsewhere follow."""
    after = desk.following(before, values=values)
    store(desk, before, after)
    history.note_change(desk.connection, desk.app, (before, after), deed)
    lookups.follow(desk, before, after)
    return after


def delete(
    platform: Platform, access: Access, record_id: int, *, reason: str, revision: int | None
) -> None:
    """Delete a record, keeping everything so that it can be restored.

    Raises ``Invalid`` without a reason, ``Stale`` if it changed since ``revision``.
    """
    reason = reason.strip()
    refuse_unstorable(reason, "/reason")
    if not reason:
        raise Invalid([Problem("/reason", message("削除の理由を入力してください。"))])
    with platform.writing(access) as connection:
        desk = Desk(platform, access, connection)
        before = _loaded(desk, record_id, "delete")
        if revision is not None and revision != revisions.of(desk.records(), before):
            raise stale(desk, before, since=0)
        if retention.holds_of(connection, desk.app.number, [record_id]):
            raise Invalid([Problem("", HELD)])
        deed = desk.deed("delete", reason)
        after = desk.following(before, deleted_at=deed.at, deleted_by=deed.by)
        store(desk, before, after)
        history.note_change(connection, desk.app, (before, after), deed)


def restore(platform: Platform, access: Access, record_id: int) -> Saved:
    """Bring a deleted record back.  Raises ``Unknown`` unless the person could delete it."""
    with platform.writing(access) as connection:
        desk = Desk(platform, access, connection)
        desk.records().get_deleted(record_id)
        before = load_whole(connection, desk.app, [record_id], lock=True)[record_id]
        after = desk.following(before, deleted_at=None, deleted_by=None)
        store(desk, before, after)
        history.note_change(connection, desk.app, (before, after), desk.deed("restore"))
        return saved(desk, after)


def store(desk: Desk, before: RecordState, after: RecordState) -> None:
    """Store a changed record; the caller holds the transaction and notes the history."""
    with unique.kept(desk.access):
        desk.writer().change(before, after)


def _tidied(access: Access, given: Given) -> dict[str, Any]:
    """Return ``given`` read and judged by itself; what the person may not write is refused."""
    tidy = wire.load(access.app, given)
    closed = [code for code in tidy if not access.may_write(code)]
    if closed:
        raise Invalid([read_only(code) for code in closed])
    return tidy


def read_only(code: str) -> Problem:
    """Return the problem of a field that this person may not write here."""
    return Problem(f"/{escape(code)}", message("このフィールドは変更できません。"))


def _complete(access: Access, given: Given) -> dict[str, Any]:
    """Return ``given`` tidied; what is unreadable and what is missing is told at once."""
    try:
        return _tidied(access, given)
    except Invalid as error:
        filled = {o for _, t in lookups.copied_fields(access.app) for o in t.copy.values()}
        # A field that was not sent may still get an initial value or a copy.
        required = [
            one.code
            for one in access.app.fields
            if one.required and one.code in given and one.code not in filled
            if access.may_write(one.code)
        ]
        raise Invalid([*error.problems, *wire.missing(required, given)]) from None


def merged(values: Given, tidy: Given) -> dict[str, Any]:
    """Return ``values`` changed as ``tidy`` says; None takes a value away."""
    both = {**values, **tidy}
    return {code: value for code, value in both.items() if value is not None}


def finished(app: App, values: Given, *, before: Given) -> dict[str, Any]:
    """Give rows their ids and work out what is calculated."""
    result = dict(values)
    for field in app.stored:
        if field.slot is Slot.ROWS and field.code in result:
            kept = frozenset(str(row.get("id", "")) for row in before.get(field.code, ()))
            result[field.code] = with_row_ids(result[field.code], kept)
    return calculate.values(app, result)


def _judge(desk: Desk, values: Given, *, before: Given) -> None:
    """Refuse a record that lacks what this person must fill, or names what is not there."""
    access = desk.access
    required = [
        one.code for one in access.app.fields if one.required and access.may_write(one.code)
    ]
    problems = [*wire.missing(required, values)]
    problems += references.problems(desk.platform, access, values, before)
    if problems:
        raise Invalid(problems)


def _loaded(desk: Desk, record_id: int, action: str) -> RecordState:
    """Return the whole record, locked, if the person may do ``action`` with it.

    Unseen is unknown; seen but not allowed is denied.
    """
    records = desk.records()
    records.get(record_id)
    if not desk.access.may(action) or not _meets(desk, record_id, desk.access.rows[action]):
        raise Denied
    return load_whole(desk.connection, desk.app, [record_id], lock=True)[record_id]


def _meets(desk: Desk, record_id: int, condition: Condition) -> bool:
    return desk.records().allows(record_id, [condition])[0]


def _open_here(desk: Desk, record_id: int, tidy: Given, *, revision: int | None) -> dict[str, Any]:
    """Return ``tidy`` without the fields that this person may write on other records only.

    A value sent back as it was shown is no change, so a whole form may be sent; any other is
    refused.  It is compared with what the person sees, never with what is stored: else a guess
    at a closed field would be told right from wrong.
    """
    conditions = {code: one for code, one in desk.access.writable.items() if code in tidy}
    depends = [code for code, one in conditions.items() if one != ALWAYS]
    records = desk.records()
    told = records.allows(record_id, [conditions[code] for code in depends]) if depends else ()
    closed = [code for code, yes in zip(depends, told, strict=True) if not yes]
    if not closed:
        return dict(tidy)
    seen = records.get(record_id).values
    old = _shown_at(desk, record_id, revision, seen)
    changed = [code for code in closed if tidy[code] not in (seen.get(code), old.get(code))]
    if changed:
        raise Invalid([read_only(code) for code in changed])
    return {code: wire for code, wire in tidy.items() if code not in closed}


def _shown_at(desk: Desk, record_id: int, revision: int | None, seen: Given) -> Given:
    """Return what the fields seen now were at ``revision``, when the form was opened."""
    if revision is None:
        return {}
    old, _, _ = history.changed_since(
        desk.connection,
        desk.app,
        record_id,
        revision,
        open_fields=_open_fields(desk, record_id),
    )
    return {code: wire for code, wire in old.items() if code in seen}


def _check_written(desk: Desk, state: RecordState, given: Given) -> None:
    """Refuse values of fields that this person may write on other records than the new one.

    What the record would start with anyway may be sent along, as a form does.
    """
    start = initial.values(desk.app, desk.access.actor, desk.platform.clock())
    conditions = {
        code: one
        for code, one in desk.access.writable.items()
        if one != ALWAYS
        if not wire.is_empty(given.get(code)) and state.values.get(code) != start.get(code)
    }
    told = desk.records().allows(state.id, list(conditions.values())) if conditions else ()
    closed = [code for code, yes in zip(conditions, told, strict=True) if not yes]
    if closed:
        raise Invalid([read_only(code) for code in closed])


def _check_reach(desk: Desk, record_id: int) -> None:
    """Refuse a write after which the writer would not see the record any more."""
    view = desk.access.rows["view"]
    # Somebody who only ever adds sends records away knowingly.
    if view not in {ALWAYS, NEVER} and not _meets(desk, record_id, view):
        raise Invalid([Problem("", OUT_OF_REACH)])


def _merge(
    desk: Desk, before: RecordState, tidy: Mapping[str, Any], revision: int
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what of ``tidy`` the writer really changed since ``revision``, and what others did.

    Raises ``Stale`` where somebody else changed the same field to something else.
    """
    old, _, _ = history.changed_since(
        desk.connection,
        desk.app,
        before.id,
        revision,
        open_fields=_open_fields(desk, before.id),
    )
    kept: dict[str, Any] = {}
    clashes: list[Clash] = []
    for code, yours in tidy.items():
        theirs = before.values.get(code)
        start = old.get(code, theirs)
        if yours == start != theirs:
            continue
        if yours != theirs != start:
            clashes.append(Clash(code, theirs, yours))
        kept[code] = yours
    if clashes:
        raise stale(desk, before, since=revision, clashes=clashes)
    others = (code for code in old if code not in kept and old[code] != before.values.get(code))
    return kept, tuple(others)
