"""Moving records on: what somebody may do on one now, doing it, taking it back, saying whose turn.

Each verb is one transaction, and what decides is asked again once the record is held: of two
people who act at once the second finds that it has moved on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.access.turns import manages, process_of, turns
from tsuzuri.definitions.model import Process, Status, Step
from tsuzuri.definitions.strict_json import refuse_unstorable
from tsuzuri.errors import Clash, Denied, Invalid, Message, Problem, Stale, message
from tsuzuri.fields.base import Field
from tsuzuri.services import candidates, records
from tsuzuri.services.desk import Desk
from tsuzuri.services.platform import Platform
from tsuzuri.services.records import Saved, stale
from tsuzuri.storage import history, revisions
from tsuzuri.storage.history import Deed, Moved
from tsuzuri.storage.records import Records, load_whole
from tsuzuri.storage.writing import RecordState

LONGEST = 1000
NOT_NOW: Message = message("この操作は、いまはできません。状況が変わっていないか確かめてください。")
CHOOSE: Message = message("次の作業者を選んでください。")
NO_CHOICE: Message = message("選べない作業者です。もう一度選んでください。")


@dataclass(frozen=True, slots=True)
class Offer:
    """An action somebody may do on a record now; ``person`` is whose turn they take.

    ``candidates`` are those of whom one must be chosen for the next turn; none where no choice
    is to be made.
    """

    step: Step
    person: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a record stands for one reader, and what they may do about it.

    ``status`` is None where the record stands in one that left the definition; ``gone`` tells of
    those named whether they can have the turn no more.
    """

    process: Process
    code: str
    status: Status | None
    gone: Mapping[str, bool]
    offers: Sequence[Offer]
    may_recall: bool
    may_assign: bool
    may_settle: bool


def standing(platform: Platform, access: Access, state: RecordState) -> Standing | None:
    """Return where a record stands that was just read; None for whoever may not know."""
    process = process_of(access)
    if process is None or process.status in state.masked:
        return None
    field = access.app.field(process.status)
    code = state.values.get(process.status)
    if code is None and field.guard is not None:
        return None
    status = process.at(code)
    with platform.reading(access) as found:
        offers = list(_offers(platform, found, process, state))
        recalls = _recallable(found, process, state) is not None
    named = state.values.get(process.assignee, ())
    rules = manages(access) and _knows_turn(access, process, state)
    return Standing(
        process=process,
        code=code or process.first.code,
        status=status,
        gone=candidates.gone(platform, access.whole, status, state, named),
        offers=offers,
        may_recall=recalls,
        may_assign=rules and status is not None and bool(status.rule),
        may_settle=rules and status is None,
    )


def _offers(
    platform: Platform, found: Records, process: Process, state: RecordState
) -> Iterator[Offer]:
    """Yield what may be done on a record, each action once; own turns go before others'."""
    access = found.access
    status = process.at(state.values.get(process.status))
    able = {}
    if status is not None:
        fit = candidates.of_record(platform, access.whole, status, state)
        able = {status.code: tuple(fit)}
    ways = list(turns(access, candidates.people(platform, access.actor), able))
    met = found.allows(state.id, [one.condition for one in ways]) if ways else ()
    seen: set[str] = set()
    for one, yes in zip(ways, met, strict=True):
        if yes and one.step.code not in seen:
            seen.add(one.step.code)
            yield Offer(one.step, one.person, _choices(platform, access, one.step, state))


def _choices(platform: Platform, access: Access, step: Step, state: RecordState) -> tuple[str, ...]:
    """Return of whom one must be chosen for what follows a step, as the chooser knows them."""
    process = access.whole.process
    target = process.at(step.target) if process is not None else None
    if target is None or target.rule != "ONE" or target.is_creators:
        return ()
    directory = platform.directory_for(access.actor)
    found = candidates.of_record(platform, access.whole, target, state, directory=directory)
    return tuple(found)


def _knows_turn(access: Access, process: Process, state: RecordState) -> bool:
    """Tell whether somebody knows of a record whose turn it is."""
    field = access.app.by_code.get(process.assignee)
    if field is None or process.assignee in state.masked:
        return not process.assignee
    return field.guard is None or process.assignee in state.values


def _recallable(found: Records, process: Process, state: RecordState) -> Moved | None:
    """Return the last move where it is this person's own and nobody acted on it since."""
    access = found.access
    if access.actor.onlooker is not None or not _knows_turn(access, process, state):
        return None
    fields = _fields(access, process)
    moved = history.last_move(found.connection, access.whole, state.id, fields)
    if moved is None or moved.action != "step" or moved.by != access.actor.user:
        return None
    pairs = zip(fields, (moved.status, moved.assignee), strict=True)
    same = all(
        pair is None or field is None or (state.values.get(field.code) or None) == pair[1]
        for field, pair in pairs
    )
    return moved if same else None


def _fields(access: Access, process: Process) -> tuple[Field | None, Field | None]:
    """Return the two fields a process writes."""
    app = access.whole
    return app.by_code.get(process.status), app.by_code.get(process.assignee)


@dataclass(frozen=True, slots=True)
class _Held:
    """A record that is about to move: held whole, and as the person knows it now."""

    desk: Desk
    process: Process
    before: RecordState
    seen: RecordState


def _held(desk: Desk, record_id: int, mark: int | None) -> _Held:
    """Hold a record for a move.

    Raises ``Unknown`` where it is not there for this person, ``Invalid`` where its app has no
    process for them, ``Stale`` with what changed since ``mark``.
    """
    found = desk.records()
    found.get(record_id)
    process = process_of(desk.access)
    if process is None:
        raise Invalid([Problem("/action", NOT_NOW)])
    before = load_whole(desk.connection, desk.app, [record_id], lock=True)[record_id]
    # Somebody may have written between the first look and the lock.
    seen = found.get(record_id)
    if mark is not None and mark != revisions.of(found, before):
        raise _moved_on(desk, before, mark)
    return _Held(desk, process, before, seen)


def _moved_on(desk: Desk, before: RecordState, mark: int) -> Stale:
    """Return the refusal of a move, with everything that changed since its page was opened."""
    found = desk.records()
    since = revisions.revision(found, before.id, mark) or 0
    fields = revisions.open_fields(found, [before.id])[before.id]
    old, _, _ = history.changed_since(
        desk.connection, desk.app, before.id, since, open_fields=fields
    )
    clashes = [Clash(code, before.values.get(code), was) for code, was in old.items()]
    return stale(desk, before, since=since, clashes=clashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What somebody asks for: an action, who is next where that is to be chosen, and why."""

    action: str
    assignee: str = ""
    comment: str = ""


def act(
    platform: Platform, access: Access, record_id: int, move: Move, *, revision: int | None
) -> Saved:
    """Do one action on a record that was read at the mark ``revision`` (None: whatever is there).

    Raises ``Unknown``, ``Stale``, and ``Invalid`` for an action that is not to be had now: one
    answer, whether it is not there, not theirs or its condition is not met.
    """
    comment = _said(move.comment)
    with platform.writing(access) as connection:
        held = _held(Desk(platform, access, connection), record_id, revision)
        offers = _offers(platform, held.desk.records(), held.process, held.seen)
        offer = next((one for one in offers if one.step.code == move.action), None)
        if offer is None:
            raise Invalid([Problem("/action", NOT_NOW)])
        values = _after(held, offer, move.assignee)
        behalf = "" if offer.person == access.actor.user else offer.person
        deed = held.desk.deed("step", comment)
        return _put(
            held, values, replace(deed, step=move.action, behalf=behalf, entry="status.change")
        )


def _said(comment: str) -> str:
    comment = comment.replace("\r\n", "\n").strip()
    refuse_unstorable(comment, "/comment")
    if len(comment) > LONGEST:
        sentence = message("{limit}文字までにしてください。", limit=LONGEST)
        raise Invalid([Problem("/comment", sentence)])
    return comment


def _put(held: _Held, values: Mapping[str, Any], deed: Deed) -> Saved:
    """Store what a move makes of the two fields, and what is worked out from them."""
    desk, was = held.desk, held.before.values
    whole = records.finished(desk.app, records.merged(was, values), before=was)
    if whole == was:
        return records.saved(desk, held.before)
    return records.saved(desk, records.put(desk, held.before, whole, deed))


def _after(held: _Held, offer: Offer, chosen: str) -> dict[str, Any]:
    """Return what the two fields hold after an action."""
    process, step = held.process, offer.step
    status = process.at(held.before.values.get(process.status))
    if status is not None and status.rule == "ALL" and not step.who and not step.alone:
        rest = _still_asked(held, status, offer.person)
        if rest:
            return {process.assignee: rest}
    target = process.at(step.target)
    values: dict[str, Any] = {process.status: step.target}
    if process.assignee and target is not None:
        values[process.assignee] = _next(held, offer, target, chosen) or None
    return values


def _still_asked(held: _Held, status: Status, person: str) -> list[str]:
    """Return who must act besides ``person``; whoever left or moved on is not waited for."""
    named = held.before.values.get(held.process.assignee, ())
    if person not in named:
        return []
    platform, app = held.desk.platform, held.desk.app
    gone = candidates.gone(platform, app, status, held.before, named)
    return [code for code in named if code != person and not gone[code]]


def _next(held: _Held, offer: Offer, target: Status, chosen: str) -> list[str]:
    """Return whose turn it is at ``target``."""
    platform, app = held.desk.platform, held.desk.app
    if not target.rule:
        return []
    if target.rule != "ONE" or target.is_creators:
        return candidates.of_record(platform, app, target, held.before)
    offered = offer.candidates
    if chosen:
        if chosen not in offered:
            raise Invalid([Problem("/assignee", NO_CHOICE)])
        return [chosen]
    if len(offered) > 1:
        raise Invalid([Problem("/assignee", CHOOSE)])
    return list(offered)


def recall(platform: Platform, access: Access, record_id: int, *, revision: int | None) -> Saved:
    """Take back what one did last, while nobody acted on it.

    Raises ``Invalid`` where there is nothing of one's own to take back.
    """
    with platform.writing(access) as connection:
        held = _held(Desk(platform, access, connection), record_id, revision)
        moved = _recallable(held.desk.records(), held.process, held.seen)
        if moved is None:
            raise Invalid([Problem("", NOT_NOW)])
        values: dict[str, Any] = {}
        for code, pair in (
            (held.process.status, moved.status),
            (held.process.assignee, moved.assignee),
        ):
            if pair is not None:
                values[code] = pair[0]
        return _put(held, values, replace(held.desk.deed("recall"), entry="status.recall"))


def assignable(platform: Platform, access: Access, state: RecordState) -> list[str]:
    """Return who may be given the turn on a record; where nobody can have it, its managers."""
    process = process_of(access)
    status = process.at(state.values.get(process.status)) if process is not None else None
    if status is None:
        return []
    directory = platform.directory_for(access.actor)
    found = candidates.of_record(platform, access.whole, status, state, directory=directory)
    return found or candidates.managers(platform, access.whole)


@dataclass(frozen=True, slots=True)
class Given:
    """To whom a turn is given, and why."""

    people: tuple[str, ...]
    comment: str = ""


def assign(
    platform: Platform,
    access: Access,
    record_id: int,
    given: Given,
    *,
    revision: int | None,
) -> Saved:
    """Say whose turn it is, as only those may who manage the app.  Raises ``Denied``."""
    wanted = list(dict.fromkeys(given.people))
    comment = _said(given.comment)
    with platform.writing(access) as connection:
        held = _held(Desk(platform, access, connection), record_id, revision)
        status = held.process.at(held.before.values.get(held.process.status))
        if not manages(access) or not _knows_turn(access, held.process, held.seen):
            raise Denied
        if status is None or not status.rule:
            raise Invalid([Problem("", NOT_NOW)])
        if not wanted or (status.rule == "ONE" and len(wanted) > 1):
            raise Invalid([Problem("/assignees", CHOOSE)])
        if not set(wanted) <= set(assignable(platform, access, held.seen)):
            raise Invalid([Problem("/assignees", NO_CHOICE)])
        values = {held.process.assignee: wanted}
        deed = held.desk.deed("assign", comment)
        return _put(held, values, replace(deed, entry="status.assign"))


def settle(
    platform: Platform, access: Access, record_id: int, code: str, *, revision: int | None
) -> Saved:
    """Move a record whose status left the definition to one that is there.  Raises ``Denied``."""
    with platform.writing(access) as connection:
        held = _held(Desk(platform, access, connection), record_id, revision)
        process = held.process
        if not manages(access) or not _knows_turn(access, process, held.seen):
            raise Denied
        target = process.at(code)
        if process.at(held.before.values.get(process.status)) is not None or target is None:
            raise Invalid([Problem("/status", NOT_NOW)])
        values: dict[str, Any] = {process.status: code}
        if process.assignee:
            # Where one is to be chosen nobody is named yet: any of them may act.
            named = (
                candidates.of_record(platform, held.desk.app, target, held.before)
                if target.rule in {"ALL", "ANY"}
                else []
            )
            values[process.assignee] = named or None
        return _put(held, values, replace(held.desk.deed("assign"), entry="status.assign"))


def is_seen(platform: Platform, access: Access, record_id: int) -> bool:
    """Tell whether somebody still sees a record: what moves on may leave their sight."""
    with platform.reading(access) as found:
        return found.allows(record_id, [access.rows["view"]])[0]
