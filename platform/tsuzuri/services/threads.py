"""The conversation under a record: comments, and thanks with one tap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tsuzuri.access.gate import Access
from tsuzuri.definitions import strict_json
from tsuzuri.errors import Denied, Invalid, Problem, message
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, threads
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.records import Records
from tsuzuri.storage.threads import Comment, Thanks

LONGEST = 65_535


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said under a record, and what the reader may add to it."""

    comments: list[Comment]
    thanks: list[Thanks]
    phrases: tuple[str, ...]
    may_comment: bool


def thread(platform: Platform, access: Access, record_id: int) -> Thread:
    """Return the conversation of a record; ``Unknown`` if the person may not see it."""
    with platform.reading(access) as records:
        records.get(record_id)
        may = access.may("comment") and records.allows(record_id, [access.rows["comment"]])[0]
        return Thread(
            threads.comments_of(records.connection, access.whole, record_id),
            threads.thanks_of(records.connection, access.whole, record_id),
            access.app.acknowledgements,
            may,
        )


def counts(platform: Platform, access: Access, records: list[int]) -> Mapping[int, tuple[int, int]]:
    """Return (comments, thanks) of records that the caller has just read through ``access``."""
    if not records:
        return {}
    with platform.database.read(access) as connection:
        return threads.counts(connection, access.whole, records)


def comment(platform: Platform, access: Access, record_id: int, body: str) -> int:
    """Write a comment.  Raises ``Invalid`` for an empty or overlong one."""
    body = body.replace("\r\n", "\n").strip()
    strict_json.refuse_unstorable(body, "/body")
    if not body:
        raise Invalid([Problem("/body", message("コメントを入力してください。"))])
    if len(body) > LONGEST:
        raise Invalid([Problem("/body", message("{limit}文字までにしてください。", limit=LONGEST))])
    written = Comment(
        id=new_ids.new(),
        author=access.actor.user,
        agency=access.actor.agency,
        at=platform.stamp(),
        body=body,
    )
    with platform.writing(access) as connection:
        _must_comment(Records(connection, access, platform.principals), record_id)
        threads.add(connection, access.whole, [(record_id, written)])
        audit.note(
            connection,
            Entry(
                action="comment.add",
                app=access.app.code,
                record=record_id,
                detail={"comment": written.id},
            ),
        )
    return written.id


def thank(platform: Platform, access: Access, record_id: int, phrase: str) -> bool:
    """Give one of the app's phrases, or take it back; tell whether it stands afterwards."""
    if phrase not in access.app.acknowledgements:
        raise Invalid([Problem("/phrase", message("選択肢にない値です。"))])
    with platform.writing(access) as connection:
        _must_comment(Records(connection, access, platform.principals), record_id)
        me = access.actor.user
        removed = threads.remove_thanks(connection, access.whole, record_id, me, phrase)
        action = "thanks.take_back" if removed else "thanks.give"
        audit.note(connection, Entry(action=action, app=access.app.code, record=record_id))
        if removed:
            return False
        given = Thanks(user=me, agency=access.actor.agency, at=platform.stamp(), phrase=phrase)
        threads.add(connection, access.whole, (), [(record_id, given)])
        return True


def _must_comment(records: Records, record_id: int) -> None:
    """Refuse where the person does not see the record, or sees it without the right to comment."""
    records.get(record_id)
    access = records.access
    if not access.may("comment") or not records.allows(record_id, [access.rows["comment"]])[0]:
        raise Denied
