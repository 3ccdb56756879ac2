"""What to offer while somebody types the name of a record of another app."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from tsuzuri.access.gate import Access
from tsuzuri.errors import QueryError, Unknown
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import Copied, Pointed
from tsuzuri.japanese.folding import fold
from tsuzuri.query.bound import Condition, Order, Test, all_of, any_of
from tsuzuri.services.platform import Platform
from tsuzuri.storage.records import Listing
from tsuzuri.storage.writing import RecordState

OFFERED = 20
LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A record to choose: the text that names it, and the record as this person knows it."""

    value: str
    access: Access
    state: RecordState
    shown: tuple[Field, ...]


def offers(platform: Platform, access: Access, code: str, text: str) -> list[Offer]:
    """Return records of the other app that fit ``text`` in the look-up field ``code``.

    Without a text the ones changed last come first.  ``Unknown`` for a field that is no
    look-up or not there for this person.
    """
    trait = _trait(access, code)
    other = platform.admit(access.actor, trait.app)
    if not other.may("view"):
        raise Unknown
    wanted = trait.pick if isinstance(trait, Copied) else other.app.record_title
    shown = tuple(f for f in map(other.app.by_code.get, wanted) if f is not None)
    words = fold(text[:LONGEST]).split()
    listing = Listing(
        where=all_of(_fits(other, shown, trait, word) for word in words),
        order=(Order(other.app.by_code["$updated"], descending=True),),
        size=OFFERED,
    )
    with platform.reading(other) as records:
        ids = [row[0] for row in records.page(listing).rows]
        states = records.many(ids)
    found = [states[one] for one in ids if one in states]
    made = (_offer(trait, other, state, shown) for state in found)
    return [one for one in made if one is not None]


def _trait(access: Access, code: str) -> Copied | Pointed:
    fields: Sequence[Field] = access.app.fields
    field = next((one for one in fields if one.code == code and access.may_write(code)), None)
    trait = None if field is None else field.trait
    if not isinstance(trait, Copied | Pointed):
        raise Unknown
    return trait


def _fits(other: Access, shown: Sequence[Field], trait: Copied | Pointed, word: str) -> Condition:
    fields = list(shown)
    if isinstance(trait, Copied):
        with suppress(QueryError):
            fields.append(other.app.field(trait.key))
    likely = dict.fromkeys(f for f in fields if f.kind.operators >= ops.LIKENESS)
    return any_of(Test(field, "like", (word,)) for field in likely)


def _offer(
    trait: Copied | Pointed, other: Access, state: RecordState, shown: tuple[Field, ...]
) -> Offer | None:
    key = state.values.get(trait.key) if isinstance(trait, Copied) else state.id
    if key is None:
        return None
    return Offer(value=str(key), access=other, state=state, shown=shown)
