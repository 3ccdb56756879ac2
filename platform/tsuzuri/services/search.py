"""Japanese full-text search over every app a person may view."""

from __future__ import annotations

from dataclasses import dataclass

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access, admit
from tsuzuri.errors import QueryError, message
from tsuzuri.fields.base import Field
from tsuzuri.japanese.folding import fold
from tsuzuri.services.platform import Platform
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.finding import find
from tsuzuri.storage.writing import RecordState

LONGEST = 100
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that contains the words, and the first field in which it does."""

    access: Access
    record: RecordState
    field: Field


@dataclass(frozen=True, slots=True)
class Found:
    """Hits newest first; ``more`` where the page did not hold them all."""

    hits: list[Hit]
    more: bool


def words_of(text: str) -> list[str]:
    """Return the folded words of a search box; white space separates them.

    Raises ``QueryError`` for an overlong text.
    """
    if len(text) > LONGEST:
        raise QueryError(message("{limit}文字までにしてください。", limit=LONGEST))
    return list(dict.fromkeys(fold(text).split()))


def search(
    platform: Platform, actor: Actor, text: str, *, app: str = "", size: int = SHOWN
) -> Found:
    """Return the newest records that contain every word in fields ``actor`` may see."""
    words = words_of(text)
    if not words:
        return Found([], more=False)
    hits: list[Hit] = []
    more = False
    now = platform.clock()
    for one in platform.apps.values():
        if app and one.code != app:
            continue
        access = admit(actor, one, now)
        if not access.may("view"):
            continue
        with platform.reading(access) as records:
            found = find(records, words, size)
        hits += [Hit(access, state, field) for state, field in found.records]
        more = more or found.more
    hits.sort(key=lambda hit: hit.record.id, reverse=True)
    if actor.origin.ledger is not None:
        # That somebody searched and how much was shown, never for what.
        actor.origin.ledger.note(Entry(action="search", detail={"hits": len(hits[:size])}))
    return Found(hits[:size], more or len(hits) > size)
