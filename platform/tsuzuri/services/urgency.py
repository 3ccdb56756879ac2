"""What is urgent: who is told of it, and who has not opened it yet.

A record is urgent while it meets the condition of its app, to those who may know what the
condition asks; a comment is where its writer says so.  Whoever opens the record, from wherever
they come to it, has opened what is urgent of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tsuzuri.access import partly
from tsuzuri.access.gate import Access
from tsuzuri.access.seeing import as_seen
from tsuzuri.definitions.model import App, Principal
from tsuzuri.definitions.notify import Urgent
from tsuzuri.query.bound import ALWAYS, NEVER, Condition, all_of
from tsuzuri.services import history, readership
from tsuzuri.services.addressees import Addressees, Asked, addressed
from tsuzuri.services.platform import Platform
from tsuzuri.services.readership import Readership
from tsuzuri.storage import history as stored
from tsuzuri.storage import notices, supposed, urgent
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.deeds import Deed
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.notices import Notice
from tsuzuri.storage.records import load_whole
from tsuzuri.storage.urgent import COMMENT, URGENT
from tsuzuri.storage.writing import RecordState

MAKES = frozenset({"record.create", "record.restore"})
CHANGES = frozenset({"record.change", "record.follow", "status.change"})
"""Deeds after which a record may be urgent to somebody."""
ERRAND = Errand("whether something is urgent, and was before")
NEAR = timedelta(seconds=5)
"""A change is written down in the history this long before its entry is sealed, at most."""


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
    asked = partly.asked(app, rule.when) | partly.asked_by_rules(app)
    return not deed.fields.isdisjoint(asked.union(partly.named(rule.to)))


def _record(
    platform: Platform, addressees: Addressees, app: App, done: tuple[Deed, Urgent]
) -> Iterator[Notice]:
    """Tell whom the app names, once each time that what makes it urgent was changed.

    A change tells those alone to whom the record was not urgent before, and those who may know
    that the change made it so: whoever never heard of an old record must not learn from a notice
    that something hidden was changed in it.
    """
    deed, rule = done
    codes = partly.asked(app, rule.when)
    wanted = Asked(rule.to, rule.when)
    found = [
        (access, record)
        for access, records in addressees.of(app, deed.records, wanted)
        for record in records
    ]
    before = _before(platform, app, deed, {addressed(one, wanted) for one, _ in found})
    for access, record in found:
        since = _since(platform, access, record, codes)
        fresh = since is not None and since[1] == deed.by and _start(deed) <= since[2] <= deed.at
        if not fresh and addressed(access, wanted) in before.get(record, frozenset()):
            continue
        # Of what lies further back than the history goes it is not said whose doing it was.
        about = since or (record, "", deed.at)
        if about[1] != access.actor.user:
            yield _notice(access, record, about)


def _start(deed: Deed) -> str:
    """Return since when a deed may be written down in the history."""
    start = datetime.fromisoformat(deed.at) - NEAR
    return start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _before(
    platform: Platform, app: App, deed: Deed, conditions: Collection[Condition]
) -> dict[int, frozenset[Condition]]:
    """Return by record which conditions it met before a change."""
    met: dict[int, frozenset[Condition]] = {}
    if deed.action not in CHANGES or not conditions:
        return met
    asked = [one for one in conditions if one not in {ALWAYS, NEVER}]
    with platform.database.read(ERRAND) as connection:
        for record, state in load_whole(connection, app, deed.records).items():
            done = (deed.by, _start(deed), deed.at)
            past = stored.before(connection, app, state, done)
            if past is not None:
                held = supposed.holding(connection, tables_of(app), past, asked)
                met[record] = held | {ALWAYS}
    return met


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
    """Of an urgent record: who was told, and who of them has not opened it.

    Not ``sure``: that depends on what the one who asks may not know, and they are told nobody.
    """

    people: frozenset[str]
    unopened: frozenset[str]
    sure: bool = True


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
    if not _deciding(access.whole, now=now) <= readership.known(platform, access, state):
        return Waiting(frozenset(), frozenset(), sure=False) if now else None
    # Whoever looks has it before their eyes.
    readers = frozenset(found.people)
    unopened = {one.user for one in mine if not one.read_at} - {access.actor.user}
    if not now and not unopened & readers:
        return None
    return Waiting(readers & {one.user for one in mine}, frozenset(unopened & readers))


def _deciding(app: App, *, now: bool) -> frozenset[str]:
    """Return the codes of the fields that decide who is told; ``now``: also of the record."""
    rule = app.notify.urgent if app.notify is not None and now else None
    if rule is None:
        return partly.asked_by_rules(app)
    knowing = partly.asked_to_know(app, partly.asked(app, rule.when))
    return partly.asked_by_rules(app) | knowing | frozenset(partly.named(rule.to))


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
