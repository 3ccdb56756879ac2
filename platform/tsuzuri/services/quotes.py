"""What a comment quotes: another comment, or a field as it read when the comment was written.

A quoted field is shown to whoever may know that field of this record when they read the comment,
and to nobody else: for others the comment quotes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tsuzuri.errors import Invalid, Message, Problem, message
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import System
from tsuzuri.storage import revisions, threads
from tsuzuri.storage.records import MASKED, Records, is_read
from tsuzuri.storage.threads import Comment
from tsuzuri.storage.writing import RecordState

MISSING: Message = message("引用するものが見つかりません。選び直してください。")


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted comment's id, or a quoted field with its value then (``MASKED`` where it is)."""

    comment: int = 0
    field: Field | None = None
    value: Any = None


Known = Mapping[Field, bool]
"""The fields a reader knows of a record, and of each whether it is masked."""


def known(records: Records, state: RecordState) -> Known:
    """Return which fields of a record its reader knows now."""
    fields = revisions.open_fields(records, [state.id])[state.id]
    masked = (one for one in records.access.app.fields if one.code in state.masked)
    return {**dict.fromkeys(fields, False), **dict.fromkeys(masked, True)}


def may_quote(field: Field, state: RecordState) -> bool:
    """Tell whether a field of a record has anything to quote."""
    if field.code in state.masked or isinstance(field.trait, System) or not is_read(field):
        return False
    return state.values.get(field.code) is not None


def of(comment: Comment, known: Known) -> Quote | None:
    """Return what a comment quotes as its reader may know it."""
    quote = comment.quote
    if "comment" in quote:
        return Quote(comment=int(quote["comment"]))
    for field, masked in known.items():
        if quote and field.number == quote["field"]:
            return Quote(field=field, value=MASKED if masked else quote["value"])
    return None


def taken(records: Records, record_id: int, asked: str) -> Mapping[str, Any]:
    """Return what is stored of a quote somebody asked for (``comment:ID`` or ``field:CODE``)."""
    kind, _, name = asked.partition(":")
    if not asked:
        return {}
    if kind == "comment" and name.isascii() and name.isdigit():
        said = threads.comments_of(records.connection, records.access.whole, record_id)
        if any(str(one.id) == name and not one.withdrawn_at for one in said):
            return {"comment": int(name)}
    if kind == "field":
        state = records.get(record_id)
        for one in known(records, state):
            if one.code == name and may_quote(one, state):
                return {"field": one.number, "value": state.values[name]}
    raise Invalid([Problem("/quote", MISSING)])
