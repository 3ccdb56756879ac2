"""Drafts: records that somebody has begun and that are not records yet.

A draft stands in a table of its own, so no list, search, count, export, reference or figure can
hold it.  It is there for its author, and for those they ask to look at it as far as the app's own
rules would show them the record as it stands (``interview``).  Saved as a record it keeps its
number, and with it what was said about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.definitions import strict_json
from tsuzuri.errors import Denied, Invalid, Message, Problem, Stale, Unknown, message
from tsuzuri.services import initial, opening, readership, records
from tsuzuri.services.desk import Desk
from tsuzuri.services.platform import Platform
from tsuzuri.services.records import Given, Saved
from tsuzuri.storage import audit, drafts, erasure, supposed
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.database import Connection
from tsuzuri.storage.drafts import Draft, Pairs
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.writing import RecordState

MOST = 100
LONGEST = 1_000_000
"""Characters of one form."""
KEPT = timedelta(days=90)
"""How long a draft that nobody touches is kept; a child's record must not lie about half done."""
ERRAND = Errand("old drafts go by rule")
ERRAND_OF_LISTS = Errand("whose drafts there are")
TOO_MANY: Message = message(
    "下書きは{limit}件までです。いらない下書きを捨てるか、記録として保存してください。", limit=MOST
)
TOO_LONG: Message = message("下書きとして残すには長すぎます。{limit}文字までです。", limit=LONGEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A form as it is kept: ``typed`` to the letter, ``given`` what can be read of it.

    ``tab`` names the open form, ``revision`` what it was filled on.
    """

    given: Given
    typed: Pairs
    tab: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Begun:
    """A draft with the app it is for; ``state`` is what its reader knows of it."""

    access: Access
    draft: Draft
    state: RecordState

    @property
    def goes_at(self) -> datetime:
        """When it is taken away if nobody touches it."""
        return datetime.fromisoformat(self.draft.saved_at).astimezone(UTC) + KEPT


def begin(platform: Platform, access: Access, writing: Writing) -> int:
    """Keep a form as a new draft; return its number.

    Raises ``Denied`` without the right to add, ``Invalid`` for one too many or too long.
    """
    _refuse(access, writing)
    with platform.writing(access) as connection:
        if drafts.count(connection, access.actor.user) >= MOST:
            raise Invalid([Problem("", TOO_MANY)])
        now, actor = platform.stamp(), access.actor
        new = Draft(
            id=new_ids.new(),
            app=access.whole.number,
            author=actor.user,
            agency=actor.agency,
            at=now,
            saved_at=now,
            tab=writing.tab,
            typed=writing.typed,
        )
        drafts.add(connection, _holding(platform, access, connection, new, writing))
        _note(connection, access, new.id, "draft.begin")
    return new.id


def save(platform: Platform, access: Access, number: int, writing: Writing) -> None:
    """Keep a form in its draft.

    Raises ``Stale`` where another form saved it since this one was opened.
    """
    _refuse(access, writing)
    with platform.writing(access) as connection:
        before = own(connection, access, number, lock=True)
        if writing.tab != before.tab and writing.revision != before.revision:
            raise Stale(revision=before.revision, by=before.author, at=before.saved_at, clashes=())
        if list(writing.typed) == list(before.typed) and writing.tab == before.tab:
            return
        after = replace(
            before,
            saved_at=platform.stamp(),
            revision=before.revision + 1,
            tab=writing.tab,
            typed=writing.typed,
        )
        drafts.change(connection, _holding(platform, access, connection, after, writing))
        if drafts.guests_of(connection, number):
            # What nobody else can see is the author's own paper until it is a record.
            _note(connection, access, number, "draft.save")


def opened(platform: Platform, access: Access, number: int) -> Draft:
    """Return one's own draft; ``Unknown`` for anybody else's."""
    if not access.may("add"):
        raise Denied
    with platform.database.read(access) as connection:
        return own(connection, access, number)


def became(platform: Platform, access: Access, number: int) -> bool:
    """Tell whether there is a record of this number for somebody, which was a draft before."""
    with platform.reading(access) as reading:
        return reading.sees(number)


def complete(platform: Platform, access: Access, number: int, given: Given) -> Saved:
    """Make a draft the record it was meant to be, under the same number.

    Raises what ``records.create`` raises; the draft then stays.
    """
    with platform.writing(access) as connection:
        own(connection, access, number, lock=True)
        saved = records.create(platform.joining(connection), access, given, number=number)
        drafts.remove(connection, [number])
        _note(connection, access, number, "draft.complete")
    return saved


def discard(platform: Platform, access: Access, number: int) -> None:
    """Throw one's own draft away, with all that was said about it."""
    with platform.writing(access) as connection:
        own(connection, access, number, lock=True)
        erasure.forget_drafts(connection, access.whole.number, [number])
        _note(connection, access, number, "draft.discard")


def mine(platform: Platform, actor: Actor) -> list[Begun]:
    """Return one's own drafts in the apps one still writes in, the latest first."""
    return list(_begun(platform, actor))


def _begun(platform: Platform, actor: Actor) -> Iterator[Begun]:
    if actor.onlooker is not None:
        return
    open_apps = {one.whole.number: one for one in platform.open_apps(actor) if one.may("add")}
    with platform.database.read(ERRAND_OF_LISTS) as connection:
        found = drafts.of_author(connection, actor.user)
    for one in found:
        access = open_apps.get(one.app)
        if access is not None:
            with platform.database.read(access) as connection:
                yield Begun(access, one, known(connection, access, one))


def known(connection: Connection, access: Access, draft: Draft) -> RecordState:
    """Return what somebody may read of a draft: nothing but its number where the rules say no."""
    found = supposed.seen(connection, access, draft.state)
    return found or replace(draft.state, values={})


def remove_old(platform: Platform) -> int:
    """Take away the drafts that nobody touched for too long; tell how many."""
    before = (platform.clock() - KEPT).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with platform.database.write(ERRAND) as connection:
        found = drafts.older_than(connection, before)
        for one in found:
            erasure.forget_drafts(connection, one.app, [one.id])
    return len(found)


def own(connection: Connection, access: Access, number: int, *, lock: bool = False) -> Draft:
    """Return one's own draft; ``Unknown`` for anybody else's and where there is none."""
    found = drafts.of(connection, access.whole.number, number, lock=lock)
    mine = found is not None and found.author == access.actor.user
    # Nobody who looks with another person's eyes reads what that person has not said yet.
    if found is None or not mine or access.actor.onlooker is not None:
        raise Unknown
    return found


def _refuse(access: Access, writing: Writing) -> None:
    if not access.may("add"):
        raise Denied
    for name, text in writing.typed:
        strict_json.refuse_unstorable(name, "")
        strict_json.refuse_unstorable(text, "")
    if sum(len(name) + len(text) for name, text in writing.typed) > LONGEST:
        raise Invalid([Problem("", TOO_LONG)])


def _holding(
    platform: Platform, access: Access, connection: Connection, draft: Draft, writing: Writing
) -> Draft:
    """Return a draft with the values that saving the form would store, as far as it can be read."""
    quiet = readership.quietly(platform, access)
    desk = Desk(platform, quiet, connection)
    start = initial.values(desk.app, quiet.actor, platform.clock())
    tidy = readership.readable(quiet, writing.given, opening.new_writable(quiet))
    return replace(draft, values=readership.drafted(desk, {}, start, tidy))


def _note(connection: Connection, access: Access, number: int, action: str) -> None:
    audit.note(connection, Entry(action=action, app=access.app.code, record=number))
