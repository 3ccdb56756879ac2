"""Who writes in a record just now, and what others saved while somebody's form is open.

An open form says every few seconds that it is there.  What it is told, and what the page of the
record is told, holds of people only those whom the reader may know, and of changes only those in
fields that they may see.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, timedelta

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Denied
from tsuzuri.fields.base import Field
from tsuzuri.services.platform import Platform
from tsuzuri.storage import history, presence, revisions
from tsuzuri.storage.records import Records

GONE = timedelta(seconds=25)
"""A form that was silent for so long is closed; it speaks every ten seconds."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What others saved since a form was opened: the fields its reader sees, who last and when."""

    fields: tuple[Field, ...]
    by: str
    at: str


def beat(platform: Platform, access: Access, record: int, session: str) -> None:
    """Note that somebody's form of a record is open.

    Raises ``Unknown`` for a record they do not see, ``Denied`` without the right to edit it.
    """
    with platform.reading(access) as records, records.searching():
        _must_edit(records, record)
    place = (access.whole.number, record)
    with platform.database.platform(writing=True) as connection:
        presence.forget(connection, before=since(platform))
        presence.put(
            connection, place, session=session, user=access.actor.user, at=platform.stamp()
        )


def leave(platform: Platform, access: Access, record: int, session: str) -> None:
    """Note that somebody's form was closed; nothing is there to refuse."""
    with platform.database.platform(writing=True) as connection:
        presence.leave(connection, (access.whole.number, record), session)


def _must_edit(records: Records, record: int) -> None:
    records.get(record)
    access = records.access
    if not access.may("edit") or not records.allows(record, [access.rows["edit"]])[0]:
        raise Denied


def since(platform: Platform) -> str:
    """Return since when a form must have been heard of to count as open."""
    return (platform.clock() - GONE).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def editors(platform: Platform, access: Access, record: int) -> tuple[str, ...]:
    """Return who else writes in a record that the caller has just opened through ``access``."""
    with platform.database.platform() as connection:
        found = presence.of(connection, access.whole, record, since=since(platform))
    return known(platform, access.actor, found)


def known(platform: Platform, actor: Actor, users: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``users`` whom somebody may know of, without themselves."""
    there = platform.directory_for(actor).users
    return tuple(sorted(one for one in users if one in there and one != actor.user))


def changed(platform: Platform, access: Access, record: int, mark: int | None) -> Changed | None:
    """Return what others saved since a form with this mark was opened; None where it is nothing.

    Nothing is noted as read: no value is handed out.
    """
    if mark is None:
        return None
    with platform.reading(access) as records, records.searching():
        state = records.get(record)
        based_on = revisions.revision(records, record, mark)
        if based_on is None:
            return None
        fields = revisions.open_fields(records, [record])[record]
        old, by, at = history.changed_since(
            records.connection, access.whole, record, based_on, open_fields=fields
        )
    differing = [
        one
        for one in fields
        if one.code in old
        and one.code not in state.masked
        and old[one.code] != state.values.get(one.code)
    ]
    return Changed(tuple(differing), by, at) if differing else None
