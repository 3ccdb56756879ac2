"""Records that belong to a record: related ones, those it points to, those it was copied from.

Each is read in the other app by somebody admitted there, so nothing here can show more than
that app's own list would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import QueryError, Unknown
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import Copied, Pointed, Related
from tsuzuri.query.bind import bind, bind_order, bind_text
from tsuzuri.query.bound import Condition, all_of
from tsuzuri.query.parse import parse
from tsuzuri.query.tree import Comparison
from tsuzuri.services.platform import Platform
from tsuzuri.storage.records import Count, Listing, Page
from tsuzuri.storage.writing import RecordState


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRecords:
    """One page of related records, and the access they were read with."""

    access: Access
    columns: tuple[Field, ...]
    page: Page
    count: Count
    key: str


def related(
    platform: Platform, actor: Actor, trait: Related, known: Mapping[str, Any]
) -> RelatedRecords | None:
    """Return the records that ``trait`` finds for a record whose values are ``known``.

    None where the person has nothing to see there: an app they may not view, a field of it
    that is hidden from them, or a record without a key.
    """
    key = known.get(trait.key)
    other = _admitted(platform, actor, trait.app)
    if key is None or other is None:
        return None
    try:
        listing = Listing(
            where=all_of(
                (
                    _names(other, trait.match, key),
                    bind_text(other.app, trait.where, other.asker),
                )
            ),
            order=bind_order(
                other.app, parse(f"order by {trait.sort}").order if trait.sort else ()
            ),
            columns=tuple(f for f in map(other.app.by_code.get, trait.columns) if f is not None),
            size=trait.size,
        )
    except QueryError:
        return None
    with platform.reading(other) as records:
        page, count = records.page(listing), records.count(listing)
    return RelatedRecords(
        access=other, columns=listing.columns, page=page, count=count, key=str(key)
    )


@dataclass(frozen=True, slots=True)
class Target:
    """A record that another one names, as this person may know it."""

    access: Access
    state: RecordState


def pointed(
    platform: Platform, actor: Actor, trait: Pointed, ids: Iterable[str]
) -> dict[str, Target]:
    """Return the records behind ids (as texts) that this person may see."""
    other = _admitted(platform, actor, trait.app)
    numbers = [int(one) for one in ids if one.isascii() and one.isdigit() and len(one) < 17]
    if other is None or not numbers:
        return {}
    with platform.reading(other) as records:
        found = records.many(numbers)
    return {str(number): Target(other, state) for number, state in found.items()}


def source(platform: Platform, actor: Actor, trait: Copied, key: Any) -> Target | None:
    """Return the one record that a look-up's key names, if this person may see it."""
    other = _admitted(platform, actor, trait.app)
    if other is None:
        return None
    try:
        listing = Listing(where=_names(other, trait.key, key), size=2)
    except QueryError:
        return None
    with platform.reading(other) as records:
        states = records.many([row[0] for row in records.page(listing).rows])
    return Target(other, *states.values()) if len(states) == 1 else None


def _names(access: Access, code: str, key: Any) -> Condition:
    """Return "field ``code`` names this key", which may be a column of a table."""
    keys = tuple(str(one) for one in key) if isinstance(key, list) else (str(key),)
    operator = "in" if "in" in access.app.field(code).kind.operators else "="
    return bind(access.app, Comparison(code, operator, keys), access.asker)


def _admitted(platform: Platform, actor: Actor, app: str) -> Access | None:
    try:
        access = platform.admit(actor, app)
    except Unknown:
        return None
    return access if access.may("view") else None
