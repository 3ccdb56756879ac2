"""Advice while a record is being written: a thread between its author and whom they ask.

A draft is a record as far as its rules go: whoever is asked sees it, and speaks about it, only
where the app's own rules would let them do so if it were stored as it stands.  So there is no
second way to be let in: being asked is a limit on top of the gate, never a key beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

from tsuzuri.access import partly
from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Denied, Invalid, Message, Problem, Unknown, message
from tsuzuri.services import drafts, threads
from tsuzuri.services.drafts import ERRAND_OF_LISTS, Begun
from tsuzuri.services.live import Sight
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, supposed
from tsuzuri.storage import drafts as stored
from tsuzuri.storage import threads as talks
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.database import Connection
from tsuzuri.storage.drafts import Draft
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.supposing import Supposing
from tsuzuri.storage.threads import Comment, Said
from tsuzuri.storage.writing import RecordState

MOST = 5
"""People asked about one draft: it is a conversation, not a meeting."""
REFUSED: Message = message(
    "この人には相談できません。下書きの内容を読める人の中から選んでください。"
)
ENOUGH: Message = message("一つの下書きで相談できるのは{limit}人までです。", limit=MOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What somebody sees of a draft: ``state`` as they may know it, and who else is asked.

    ``may_say``: the record's rules let them comment on it; ``own``: they write it.
    """

    draft: Draft
    state: RecordState
    guests: Sequence[str]
    may_say: bool
    own: bool


def seat(connection: Connection, access: Access, number: int) -> Seat | None:
    """Return somebody's place at a draft; None where there is none for them, or no draft."""
    draft = stored.of(connection, access.whole.number, number)
    if draft is None or access.actor.onlooker is not None:
        return None
    guests, me = stored.guests_of(connection, number), access.actor.user
    if me != draft.author and me not in guests:
        return None
    state = supposed.seen(connection, access, draft.state)
    if state is None:
        return None
    comment = access.rows["comment"]
    met = supposed.meeting(connection, access, draft.state, [comment])
    return Seat(
        draft=draft,
        state=state,
        guests=guests,
        may_say=comment in met,
        own=me == draft.author,
    )


def sight(connection: Connection, access: Access, number: int) -> Sight | None:
    """Return what an open page of a draft shows now; None where it is not there any more."""
    found = seat(connection, access, number)
    if found is None:
        return None
    known = [sorted(found.state.values.items()), sorted(found.state.masked), list(found.guests)]
    values = crc32(json.dumps(known, ensure_ascii=False, default=str).encode())
    return Sight(_said(connection, access, number), values)


def _said(connection: Connection, access: Access, number: int) -> Said:
    return Said(talks.comments_of(connection, access.whole, number), [])


def opened(platform: Platform, access: Access, number: int) -> tuple[Seat, Sight]:
    """Return somebody's place at a draft and what was said; ``Unknown`` where there is none.

    That a guest was shown it stands in the log like the reading of a record.
    """
    with platform.database.read(access) as connection:
        found, shown = seat(connection, access, number), sight(connection, access, number)
    if found is None or shown is None:
        raise Unknown
    if not found.own:
        _tell(access, number, whole=True)
    return found, shown


def _tell(access: Access, number: int, *, whole: bool) -> None:
    ledger = access.actor.origin.ledger
    if ledger is not None:
        ledger.saw(access.whole.code, (number,), whole=whole)


def say(platform: Platform, access: Access, number: int, body: str) -> int:
    """Say something about a draft; return the comment's id.

    Raises ``Unknown`` without a place at it, ``Denied`` where one may only look.
    """
    body = threads.tidied(body, enough=False)
    with platform.writing(access) as connection:
        found = seat(connection, access, number)
        if found is None:
            raise Unknown
        if not found.may_say:
            raise Denied
        written = Comment(
            id=new_ids.new(),
            author=access.actor.user,
            agency=access.actor.agency,
            at=platform.stamp(),
            body=body,
        )
        talks.add(connection, access.whole, [(number, written)])
        detail = {"comment": written.id}
        audit.note(
            connection,
            Entry(action="draft.say", app=access.app.code, record=number, detail=detail),
        )
    return written.id


def offered(platform: Platform, access: Access, draft: Draft) -> list[str]:
    """Return the people who would read the record as it stands, of whom its author may know."""
    directory = platform.directory_for(access.actor)
    with platform.database.read(access) as connection:
        acting = (directory.actor(code, platform.config.zone) for code in directory.users)
        others = [one for one in acting if one is not None and one.user != draft.author]
        # All of it follows from what the author typed, and from what they may look up.
        known = partly.asked_by_rules(access.whole)
        asked = Supposing(connection, access.whole, draft.state, known, platform.clock())
        return [one.user for one in asked.readers(others).readers]


def invite(platform: Platform, access: Access, number: int, user: str) -> None:
    """Ask somebody to look at one's own draft and answer; asked twice is asked once."""
    draft = drafts.opened(platform, access, number)
    fits = user in offered(platform, access, draft)
    if not fits or not _may_answer(platform, access, draft, user):
        raise Invalid([Problem("/user", REFUSED)])
    with platform.writing(access) as connection:
        drafts.own(connection, access, number, lock=True)
        there = stored.guests_of(connection, number)
        if user in there:
            return
        if len(there) >= MOST:
            raise Invalid([Problem("/user", ENOUGH)])
        stored.invite(connection, number, user, platform.stamp())
        _note(connection, access, number, "draft.invite", user)


def uninvite(platform: Platform, access: Access, number: int, user: str) -> None:
    """Ask somebody no longer; what they said stays."""
    with platform.writing(access) as connection:
        drafts.own(connection, access, number, lock=True)
        if stored.uninvite(connection, number, user):
            _note(connection, access, number, "draft.uninvite", user)


def able(platform: Platform, access: Access, draft: Draft, guests: Sequence[str]) -> frozenset[str]:
    """Return those of a draft's guests who can still see it as it stands."""
    if not guests:
        return frozenset()
    return frozenset(offered(platform, access, draft)) & frozenset(guests)


def asked_of(platform: Platform, actor: Actor) -> list[Begun]:
    """Return the drafts of others that somebody is asked about and may see, the latest first."""
    return list(_asked_of(platform, actor))


def _asked_of(platform: Platform, actor: Actor) -> Iterator[Begun]:
    if actor.onlooker is not None:
        return
    with platform.database.read(ERRAND_OF_LISTS) as connection:
        found = stored.of_guest(connection, actor.user)
    if not found:
        return
    open_apps = {one.whole.number: one for one in platform.open_apps(actor)}
    for draft in found:
        access = open_apps.get(draft.app)
        if access is None:
            continue
        with platform.database.read(access) as connection:
            place = seat(connection, access, draft.id)
        if place is not None:
            _tell(access, draft.id, whole=False)
            yield Begun(access, draft, place.state)


def _may_answer(platform: Platform, access: Access, draft: Draft, user: str) -> bool:
    """Tell whether somebody would see the record and could comment on it."""
    actor = platform.directory.actor(user, platform.config.zone)
    if actor is None:
        return False
    try:
        theirs = platform.admit(actor, access.app.code)
    except Unknown:
        return False
    asked = [theirs.rows["view"], theirs.rows["comment"]]
    with platform.database.read(theirs) as connection:
        return set(asked) <= supposed.meeting(connection, theirs, draft.state, asked)


def _note(connection: Connection, access: Access, number: int, action: str, user: str) -> None:
    detail = {"user": user}
    audit.note(connection, Entry(action=action, app=access.app.code, record=number, detail=detail))
