"""What is urgent: who is told of it, and who has not opened it yet.

A record is urgent while it meets the condition of its app, to those who may know what the
condition asks; a comment is where its writer says so.  Whoever opens the record, from wherever
they come to it, has opened what is urgent of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tsuzuri.access import partly
from tsuzuri.access.gate import Access
from tsuzuri.access.seeing import as_seen
from tsuzuri.definitions.model import App, Principal
from tsuzuri.definitions.notify import Urgent
from tsuzuri.query.bound import NEVER, all_of
from tsuzuri.query.parse import parse_condition
from tsuzuri.query.tree import fields
from tsuzuri.services import history, readership
from tsuzuri.services.addressees import Addressees, Asked
from tsuzuri.services.platform import Platform
from tsuzuri.services.readership import Readership
from tsuzuri.storage import notices, urgent
from tsuzuri.storage.deeds import Deed
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.notices import Notice
from tsuzuri.storage.urgent import COMMENT, URGENT
from tsuzuri.storage.writing import RecordState

MAKES = frozenset({"record.create", "record.restore"})
CHANGES = frozenset({"record.change", "record.follow", "status.change"})
"""Deeds after which a record may be urgent to somebody."""
ERRAND = Errand("whether an urgent comment stands")


def told(platform: Platform, addressees: Addressees, app: App, deed: Deed) -> Iterator[Notice]:
    """Yield whom a deed gives something urgent to open."""
    if deed.urgent and deed.comment:
        yield from _comment(platform, addressees, app, deed)
    rule = app.notify.urgent if app.notify is not None else None
    if rule is not None and _may_matter(app, rule, deed):
        yield from _record(platform, addressees, app, (deed, rule))


def _comment(platform: Platform, addressees: Addressees, app: App, deed: Deed) -> Iterator[Notice]:
    """Tell everybody who sees the record, and so the comment."""
    with platform.database.read(ERRAND) as connection:
        if not urgent.stands(connection, deed.comment):
            return
    asked = Asked((Principal("everyone"),))
    for access, records in addressees.of(app, deed.records, asked):
        if access.actor.user != deed.by:
            about = (deed.comment, deed.by, deed.at)
            yield _notice(access, records[0], about, rule=COMMENT)


def _may_matter(app: App, rule: Urgent, deed: Deed) -> bool:
    """Tell whether a deed can make a record urgent to somebody, or show it to them.

    A change of anything else says nothing here, so a hidden one makes no sound.
    """
    if deed.action in MAKES:
        # What a program stores by the hundred is not of today.
        return len(deed.records) == 1
    if deed.action not in CHANGES:
        return False
    named = {who.code for who in rule.to if who.sort == "field"}
    return not deed.fields.isdisjoint(_asked(app, rule.when) | partly.asked_by_rules(app) | named)


@lru_cache(maxsize=512)
def _asked(app: App, when: str) -> frozenset[str]:
    """Return the fields that a condition asks; for columns their tables."""
    node = parse_condition(when)
    every = () if node is None else map(app.field, fields(node))
    return frozenset((one.table or one).code for one in every)


def _record(
    platform: Platform, addressees: Addressees, app: App, done: tuple[Deed, Urgent]
) -> Iterator[Notice]:
    """Tell whom the app names, once each time that what makes it urgent was changed."""
    deed, rule = done
    for access, records in addressees.of(app, deed.records, Asked(rule.to, rule.when)):
        for record in records:
            since = _since(platform, access, record, _asked(app, rule.when))
            # Of what lies further back than the history goes it is not said whose doing it was.
            about = since or (record, "", deed.at)
            if about[1] != access.actor.user:
                yield _notice(access, record, about)


def _since(
    platform: Platform, access: Access, record: int, asked: frozenset[str]
) -> tuple[int, str, str] | None:
    """Return the change that made a record what it is, as the addressee may know it."""
    for one in history.changes(platform, access, record):
        changed = {field.code for field in one.differences}
        if one.action in {"create", "import"} or not changed.isdisjoint(asked):
            return one.id, one.by, one.at
    return None


def _notice(access: Access, record: int, about: tuple[int, str, str], *, rule: str = "") -> Notice:
    number, by, at = about
    return Notice(
        id=new_ids.new(),
        user=access.actor.user,
        app=access.whole.number,
        record=record,
        kind=URGENT,
        rule=rule,
        about=number,
        by=by,
        at=at,
    )


def may_know(access: Access, notice: Notice) -> bool:
    """Tell whether somebody may still know why they were told that a record is urgent."""
    rule = access.whole.notify.urgent if access.whole.notify is not None else None
    if notice.kind != URGENT or notice.rule == COMMENT or rule is None:
        return True
    return as_seen(access, rule.when) != NEVER


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of an urgent record, by agency: who was told and has not opened it, and who has.

    ``people`` are all who were told, as far as the one who asks may know.
    """

    people: frozenset[str]
    unopened: frozenset[str]


def waiting(
    platform: Platform, access: Access, state: RecordState, found: Readership | None
) -> Waiting | None:
    """Return who has not opened yet what is urgent of a record.

    ``found`` are its readers, for those who may know with whom it is shared; others are told
    nothing, nor is whoever may not know that the record is urgent.
    """
    if found is None:
        return None
    now = _is_urgent(platform, access, state.id)
    with platform.database.read(access) as connection:
        rows = urgent.of_record(connection, access.whole.number, state.id)
    mine = [one for one in rows if now or one.rule == COMMENT]
    # Whoever looks has it before their eyes.
    readers = frozenset(found.people)
    unopened = {one.user for one in mine if not one.read_at} - {access.actor.user}
    if not now and not unopened & readers:
        return None
    return Waiting(readers & {one.user for one in mine}, frozenset(unopened & readers))


def _is_urgent(platform: Platform, access: Access, record: int) -> bool:
    """Tell whether a record is urgent now to somebody who has opened it."""
    rule = access.whole.notify.urgent if access.whole.notify is not None else None
    condition = as_seen(access, rule.when) if rule is not None else NEVER
    if condition == NEVER:
        return False
    quiet = readership.quietly(platform, access)
    with platform.reading(quiet) as records, records.searching():
        met = all_of((quiet.rows["view"], condition))
        return bool(notices.living(records, [record], met))
