"""The conversation under a record: comments, and thanks with one tap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.definitions import strict_json
from tsuzuri.errors import Denied, Invalid, Message, Problem, Unknown, message
from tsuzuri.fields.base import Field
from tsuzuri.query.bound import ALWAYS, NEVER
from tsuzuri.services import mentions, quotes
from tsuzuri.services.attachments import OpenFile, as_open
from tsuzuri.services.platform import Platform
from tsuzuri.services.quotes import Quote
from tsuzuri.storage import audit, threads, uploads, urgent
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.database import Connection
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.imports import meeting
from tsuzuri.storage.records import Records
from tsuzuri.storage.threads import Comment, Thanks

LONGEST = 65_535
MOST_FILES = 10
SECOND_THOUGHTS = timedelta(minutes=5)
"""How long words can be changed or taken back; later, others have read and answered them."""
TOO_LATE: Message = message(
    "書いてから5分を過ぎたので、変えられません。続きのコメントで書き足してください。"
)
NOTHING: Message = message("コメントを入力してください。")


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said under a record, and what the reader may add to it.

    ``quotes`` are by comment, as the reader may know them; ``quotable`` are the fields of this
    record that they may quote.
    """

    comments: list[Comment]
    thanks: list[Thanks]
    phrases: tuple[str, ...]
    may_comment: bool
    quotes: Mapping[int, Quote] = field(default_factory=dict)
    quotable: Sequence[Field] = ()


def thread(platform: Platform, access: Access, record_id: int) -> Thread:
    """Return the conversation of a record; ``Unknown`` if the person may not see it."""
    with platform.reading(access) as records:
        state = records.get(record_id)
        may = access.may("comment") and records.allows(record_id, [access.rows["comment"]])[0]
        said = threads.said(records.connection, access.whole, record_id)
        known = quotes.known(records, state)
        return Thread(
            said.comments,
            said.thanks,
            access.app.acknowledgements,
            may,
            {one.id: found for one in said.comments if (found := quotes.of(one, known))},
            [one for one in known if quotes.may_quote(one, state)] if may else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What was said under one record of a list, as numbers; and what its reader may add.

    ``mine`` are the phrases they gave, ``may`` whether they may give one.
    """

    comments: int = 0
    thanks: int = 0
    mine: frozenset[str] = frozenset()
    may: bool = False


def talk(platform: Platform, access: Access, ids: list[int]) -> Mapping[int, Talk]:
    """Return what was said under records that the caller has just read through ``access``."""
    if not ids:
        return {}
    with platform.reading(access) as records, records.searching():
        counted = threads.counts(records.connection, access.whole, ids)
        mine = threads.given_by(records.connection, access.whole, ids, access.actor.user)
        open_to = _commented(records, ids)
    return {
        one: Talk(
            comments=counted[one][0],
            thanks=counted[one][1],
            mine=mine.get(one, frozenset()),
            may=one in open_to,
        )
        for one in ids
    }


def _commented(records: Records, ids: list[int]) -> frozenset[int]:
    """Return the records under which their reader may say something."""
    access = records.access
    condition = access.rows["comment"]
    if not access.may("comment") or not access.app.acknowledgements or condition == NEVER:
        return frozenset()
    return frozenset(ids) if condition == ALWAYS else meeting(records, ids, condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A comment as somebody sends it.

    ``quote`` is ``comment:ID`` or ``field:CODE``, or nothing; ``files`` the keys of files
    they have just sent (``attachments.receive``), ``mentions`` to whom it is addressed.
    ``urgent``: everybody who sees the record is to open it at once.
    """

    body: str
    quote: str = ""
    files: Sequence[str] = ()
    mentions: Sequence[str] | None = None
    urgent: bool = False


def comment(platform: Platform, access: Access, record_id: int, draft: Draft | str) -> int:
    """Write a comment.

    Raises ``Invalid`` for an empty or overlong one, for a quote of what is not there, for files
    that are not one's own and for addressing who may not be addressed.
    """
    draft = Draft(body=draft) if isinstance(draft, str) else draft
    body = tidied(draft.body, enough=bool(draft.files))
    files = _own_files(platform, access, draft.files)
    addressed = mentions.taken(platform, access, record_id, draft.mentions or ())
    with platform.writing(access) as connection:
        records = Records(connection, access, platform.principals)
        mentions.must_comment(records, record_id)
        written = Comment(
            id=new_ids.new(),
            author=access.actor.user,
            agency=access.actor.agency,
            at=platform.stamp(),
            body=body,
            quote=quotes.taken(records, record_id, draft.quote),
            files=files,
            mentions=addressed,
            urgent=draft.urgent,
        )
        threads.add(connection, access.whole, [(record_id, written)])
        _note(connection, access, record_id, "comment.add", written)
    return written.id


def edit(
    platform: Platform, access: Access, record_id: int, number: int, draft: Draft | str
) -> None:
    """Change one's own comment, within minutes of writing it.

    Without ``mentions`` it stays addressed to the same.  Whom its writer may not know of any more,
    they cannot take away either.
    """
    draft = Draft(body=draft) if isinstance(draft, str) else draft
    with platform.database.read(access) as connection:
        was = threads.mentions_of(connection, access.whole, record_id, number)
    if draft.mentions is not None:
        seen = mentions.known(platform.directory_for(access.actor), was)
        unseen = tuple(name for name in was if name not in seen)
        names = mentions.taken(platform, access, record_id, draft.mentions, kept=seen)
        was = (*names, *unseen)
    with platform.writing(access) as connection:
        mine = _mine(platform, connection, access, record_id, number)
        body = tidied(draft.body, enough=bool(mine.files))
        if (body, was) != (mine.body, mine.mentions):
            threads.change(connection, number, body, was, at=platform.stamp())
            _note(connection, access, record_id, "comment.edit", mine)


def withdraw(platform: Platform, access: Access, record_id: int, number: int) -> None:
    """Take one's own comment back, within minutes of writing it."""
    with platform.writing(access) as connection:
        mine = _mine(platform, connection, access, record_id, number)
        threads.withdraw(connection, number, platform.stamp())
        if mine.urgent:
            urgent.forget_comment(connection, access.whole.number, record_id, number)
        _note(connection, access, record_id, "comment.withdraw", mine)


def may_change(platform: Platform, access: Access, one: Comment) -> bool:
    """Tell whether somebody may still change a comment or take it back."""
    if one.author != access.actor.user or one.withdrawn_at:
        return False
    age = platform.clock() - datetime.fromisoformat(one.at).astimezone(UTC)
    return age <= SECOND_THOUGHTS


def file(platform: Platform, access: Access, record_id: int, number: int, key: str) -> OpenFile:
    """Return a file that came with a comment; ``Unknown`` unless the person sees the record."""
    with platform.reading(access) as records:
        records.get(record_id)
        found = threads.comments_of(records.connection, access.whole, record_id)
    for one in found:
        for wire in one.files if one.id == number else ():
            if wire["key"] == key:
                return as_open(platform, wire)
    raise Unknown


def thank(platform: Platform, access: Access, record_id: int, phrase: str) -> bool:
    """Give one of the app's phrases, or take it back; tell whether it stands afterwards."""
    if phrase not in access.app.acknowledgements:
        raise Invalid([Problem("/phrase", message("選択肢にない値です。"))])
    with platform.writing(access) as connection:
        mentions.must_comment(Records(connection, access, platform.principals), record_id)
        me = access.actor.user
        removed = threads.remove_thanks(connection, access.whole, record_id, me, phrase)
        action = "thanks.take_back" if removed else "thanks.give"
        audit.note(connection, Entry(action=action, app=access.app.code, record=record_id))
        if removed:
            return False
        given = Thanks(user=me, agency=access.actor.agency, at=platform.stamp(), phrase=phrase)
        threads.add(connection, access.whole, (), [(record_id, given)])
        return True


def tidied(body: str, *, enough: bool) -> str:
    """Return what somebody wrote, tidied; ``enough``: a file says something by itself."""
    body = body.replace("\r\n", "\n").strip()
    strict_json.refuse_unstorable(body, "/body")
    if not body and not enough:
        raise Invalid([Problem("/body", NOTHING)])
    if len(body) > LONGEST:
        raise Invalid([Problem("/body", message("{limit}文字までにしてください。", limit=LONGEST))])
    return body


def _mine(
    platform: Platform, connection: Connection, access: Access, record_id: int, number: int
) -> Comment:
    """Return one's own comment, which may still be changed."""
    mentions.must_comment(Records(connection, access, platform.principals), record_id)
    found = threads.comment_of(connection, access.whole, record_id, number)
    if found is None:
        raise Unknown
    if found.author != access.actor.user:
        raise Denied
    if not may_change(platform, access, found):
        raise Invalid([Problem("/body", TOO_LATE)])
    return found


def _own_files(
    platform: Platform, access: Access, keys: Sequence[str]
) -> tuple[Mapping[str, Any], ...]:
    """Return files as their sender sent them; what somebody else sent is not theirs to give."""
    if len(keys) > MOST_FILES:
        limit = message("ファイルは{limit}個までです。", limit=MOST_FILES)
        raise Invalid([Problem("/files", limit)])
    sent = uploads.of(platform.database, access.actor.user, keys)
    if not sent.keys() >= set(keys):
        raise Invalid([Problem("/files", message("ファイルをもう一度選んでください。"))])
    return tuple(sent[key] for key in dict.fromkeys(keys))


def _note(connection: Connection, access: Access, record: int, action: str, one: Comment) -> None:
    detail = {"comment": one.id, **({"urgent": True} if one.urgent else {})}
    entry = Entry(action=action, app=access.app.code, record=record, detail=detail)
    audit.note(connection, entry)
