"""Records whose time is up: reviewed by one person, erased for good by another, or held.

Nothing is erased by itself.  Who may delete a record sees it in the review list once it is due;
the rule is bound to what that person may know, so somebody from whom its date is hidden has no
list.  One person proposes, a second one approves, and a record that is held (for a court, an
inspection, an inquiry) can be neither deleted nor erased until the hold is lifted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import Retention
from tsuzuri.definitions.strict_json import refuse_unstorable
from tsuzuri.errors import Denied, Invalid, Problem, QueryError, Unknown, message
from tsuzuri.query.bind import bind_text
from tsuzuri.query.bound import all_of
from tsuzuri.query.period import period
from tsuzuri.query.tree import Call
from tsuzuri.services import sweeping
from tsuzuri.services.platform import Platform
from tsuzuri.services.records import HELD
from tsuzuri.storage import audit, erasure
from tsuzuri.storage import retention as stored
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.database import Connection
from tsuzuri.storage.records import Records, load_whole
from tsuzuri.storage.retention import Due, Hold, Proposal
from tsuzuri.storage.writing import RecordState

SHOWN = 100
"""Records one review list shows; the next ones follow when these are settled."""
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """One record in the review list: due by now, proposed, or held."""

    state: RecordState
    due: bool
    proposal: Proposal | None = None
    hold: Hold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The review list of an app; ``more`` where it does not show every due record."""

    rule: Retention
    records: Sequence[Reviewed]
    more: bool = False


def reviews(access: Access) -> bool:
    """Tell whether this person has a review list in the app."""
    return access.may("delete") and _wanted(access) is not None


def review(platform: Platform, access: Access) -> Review:
    """Return what the person may review now.  Raises ``Unknown`` where there is no list."""
    wanted, rule = _wanted(access), access.whole.retention
    if wanted is None or rule is None or not access.may("delete"):
        raise Unknown
    number = access.whole.number
    with platform.reading(access) as records:
        due = stored.due(records, wanted, SHOWN + 1)
        proposals = stored.proposals(records.connection, number)
        held = stored.held(records.connection, number)
        ids = [*due[:SHOWN], *sorted({*proposals, *held} - {*due})]
        mine = stored.deletable(records, ids)
        holds = stored.holds_of(records.connection, number, ids)
        states = {one: _read(records, one) for one in ids if one in mine}
    found = [
        Reviewed(state=state, due=one in due, proposal=proposals.get(one), hold=holds.get(one))
        for one, state in states.items()
    ]
    return Review(rule=rule, records=found, more=len(due) > SHOWN)


def _read(records: Records, record: int) -> RecordState:
    """Return a record as the person may read it, whether it is deleted or not."""
    try:
        return records.get(record, "delete")
    except Unknown:
        return records.get_deleted(record)


def _wanted(access: Access) -> Due | None:
    """Bind the app's rule to what the person may know; None where that cannot be told to them."""
    rule = access.whole.retention
    if rule is None:
        return None
    asker = replace(access.asker, ruling=True)
    try:
        begins = bind_text(access.app, f"{rule.start} < {rule.period}", asker)
        where = all_of((bind_text(access.app, rule.where, asker), begins))
    except QueryError:
        return None
    kept = period(Call("FROM_TODAY", (str(-rule.months), "MONTHS")), access.asker.moment).start
    midnight = datetime.combine(kept, time(), tzinfo=access.asker.moment.zone)
    stamp = midnight.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Due(where=where, deleted_before=stamp)


def propose(platform: Platform, access: Access, ids: Sequence[int], reason: str) -> None:
    """Propose that due records be erased.

    Raises ``Invalid`` without a reason or a choice, or where a record is held; ``Unknown`` for a
    record that is not in this person's list.
    """
    wanted = _wanted(access)
    if wanted is None:
        raise Unknown
    reason, chosen = _reason(reason), _chosen(ids)
    with platform.writing(access) as connection:
        records = Records(connection, access, platform.principals)
        if set(stored.due(records, wanted, len(chosen), among=chosen)) != set(chosen):
            raise Unknown
        refuse_held(connection, access, chosen)
        actor = access.actor
        proposal = Proposal(by=actor.user, at=platform.stamp(), reason=reason)
        stored.propose(connection, access.whole.number, chosen, proposal)
        _note(connection, access, "erasure.propose", chosen, reason)


def withdraw(platform: Platform, access: Access, ids: Sequence[int]) -> None:
    """Take proposals back, one's own or a colleague's.  Raises ``Unknown``, ``Invalid``."""
    chosen = _chosen(ids)
    with platform.writing(access) as connection:
        _proposed(platform, connection, access, chosen)
        stored.withdraw(connection, access.whole.number, chosen)
        _note(connection, access, "erasure.withdraw", chosen)


def approve(platform: Platform, access: Access, ids: Sequence[int]) -> None:
    """Erase proposed records for good.

    Raises ``Invalid`` where a record is held or this person proposed it, ``Unknown`` where there
    is no such proposal.  Files that nothing else names are removed afterwards.
    """
    chosen = _chosen(ids)
    app, actor = access.whole, access.actor
    with platform.writing(access) as connection:
        proposals = _proposed(platform, connection, access, chosen)
        if any(proposals[one].by == actor.user for one in chosen):
            raise Invalid([Problem("", message("自分で提案した消去は、ほかの人が承認します。"))])
        load_whole(connection, app, chosen, lock=True)
        _still_due(Records(connection, access, platform.principals), chosen)
        refuse_held(connection, access, chosen)
        erasure.erase(connection, app, chosen)
        stored.approve(connection, app.number, chosen, by=actor.user, at=platform.stamp())
        _note(connection, access, "erasure.approve", chosen)
    sweeping.remove_left_files(platform)


def _proposed(
    platform: Platform, connection: Connection, access: Access, ids: Sequence[int]
) -> Mapping[int, Proposal]:
    """Return the open proposals, all of which must be this person's to decide."""
    records = Records(connection, access, platform.principals)
    proposals = stored.proposals(connection, access.whole.number)
    if not {*ids} <= proposals.keys() or stored.deletable(records, ids) != {*ids}:
        raise Unknown
    return proposals


def _still_due(records: Records, ids: Sequence[int]) -> None:
    """Refuse what was changed since it was proposed so that its time is not up any more."""
    wanted = _wanted(records.access)
    if wanted is None or set(stored.due(records, wanted, len(ids), among=ids)) != {*ids}:
        raise Invalid([Problem("", message("保存期限を過ぎた記録ではなくなっています。"))])


def deletable(platform: Platform, access: Access, record: int) -> RecordState:
    """Return a record that the person may delete, or could if it were not deleted already.

    Raises ``Unknown``, or ``Denied`` for one that they may only see.
    """
    with platform.reading(access) as records:
        if not stored.deletable(records, [record]):
            records.get(record)
            raise Denied
        return _read(records, record)


def hold_of(platform: Platform, access: Access, record: int) -> Hold | None:
    """Return what holds a record that the person may delete; others are told nothing."""
    if not access.may("delete"):
        return None
    with platform.reading(access) as records:
        if not stored.deletable(records, [record]):
            return None
        return stored.holds_of(records.connection, access.whole.number, [record]).get(record)


def place_hold(platform: Platform, access: Access, record: int, reason: str) -> None:
    """Hold a record.  Raises ``Invalid`` without a reason, ``Unknown``, ``Denied``."""
    reason = _reason(reason)
    with platform.writing(access) as connection:
        _deletable(platform, connection, access, record)
        hold = Hold(reason=reason, by=access.actor.user, at=platform.stamp())
        stored.place(connection, access.whole.number, record, hold)
        _note(connection, access, "hold.place", [record], reason)


def lift_hold(platform: Platform, access: Access, record: int, reason: str) -> None:
    """Lift a hold.  Raises ``Invalid`` without a reason, ``Unknown`` where nothing is held."""
    reason = _reason(reason)
    with platform.writing(access) as connection:
        _deletable(platform, connection, access, record)
        if not stored.lift(connection, access.whole.number, record):
            raise Unknown
        _note(connection, access, "hold.lift", [record], reason)


def _deletable(platform: Platform, connection: Connection, access: Access, record: int) -> None:
    """Refuse a record that is not there for the person, or that they may not delete."""
    records = Records(connection, access, platform.principals)
    if not stored.deletable(records, [record]):
        records.get(record)
        raise Denied


def refuse_held(connection: Connection, access: Access, ids: Sequence[int]) -> None:
    """Raise ``Invalid`` if one of these records is held; the caller holds the transaction."""
    if stored.holds_of(connection, access.whole.number, ids):
        raise Invalid([Problem("", HELD)])


def _note(
    connection: Connection, access: Access, action: str, ids: Sequence[int], reason: str = ""
) -> None:
    for one in ids:
        entry = Entry(action=action, app=access.whole.code, record=one, reason=reason)
        audit.note(connection, entry)


def _reason(given: str) -> str:
    reason = given.strip()
    refuse_unstorable(reason, "/reason")
    if not reason:
        raise Invalid([Problem("/reason", message("理由を入力してください。"))])
    if len(reason) > LONGEST_REASON:
        limit = message("{limit}文字までにしてください。", limit=LONGEST_REASON)
        raise Invalid([Problem("/reason", limit)])
    return reason


def _chosen(ids: Sequence[int]) -> list[int]:
    chosen = list(dict.fromkeys(ids))
    if not chosen:
        raise Invalid([Problem("/records", message("記録を選んでください。"))])
    if len(chosen) > SHOWN:
        limit = message("一度に選べるのは{limit}件までです。", limit=SHOWN)
        raise Invalid([Problem("/records", limit)])
    return chosen
