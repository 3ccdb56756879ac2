"""What is new for me: records, comments and thanks of others since I last looked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access, admit
from tsuzuri.services.platform import Platform
from tsuzuri.storage import news as stored
from tsuzuri.storage import people
from tsuzuri.storage.records import Records
from tsuzuri.storage.writing import RecordState

SHOWN = 30
"""Items one look takes in; the lists hold the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that happened to a record the person may see.

    ``event`` is ``create``, ``change``, ``comment`` or ``thanks``; ``text`` the comment or the
    phrase.
    """

    access: Access
    record: RecordState
    event: str
    at: str
    by: str
    text: str = ""


def news(platform: Platform, actor: Actor) -> list[Item]:
    """Return what is new for ``actor``, newest first, from every app they may view."""
    with platform.database.platform() as connection:
        since = people.looked_at(connection, actor.user)
    items: list[Item] = []
    now = platform.clock()
    for app in platform.apps.values():
        access = admit(actor, app, now)
        if access.may("view"):
            items.extend(_of_app(platform, access, since))
    items.sort(key=lambda item: item.at, reverse=True)
    return items[:SHOWN]


def _of_app(platform: Platform, access: Access, since: str) -> Iterator[Item]:
    with platform.reading(access) as records:
        for state in stored.lately(records, since=since, limit=SHOWN):
            if state.updated_by != access.actor.user:
                event = "create" if state.updated_at == state.created_at else "change"
                yield Item(
                    access=access,
                    record=state,
                    event=event,
                    at=state.updated_at,
                    by=state.updated_by,
                )
        yield from _said(records, access, since)


def _said(records: Records, access: Access, since: str) -> Iterator[Item]:
    """Yield comments by others, and thanks for what the person wrote."""
    said = stored.said_lately(records, access.actor.user, since)
    states = records.many([one.record for one in said])
    for one in said:
        if one.record in states:
            yield Item(
                access=access,
                record=states[one.record],
                event=one.event,
                at=one.at,
                by=one.by,
                text=one.text,
            )


def looked(platform: Platform, actor: Actor, at: str) -> None:
    """Note that ``actor`` has seen everything up to ``at`` (UTC ISO text)."""
    with platform.database.platform(writing=True) as connection:
        people.put_looked_at(connection, actor.user, min(at, platform.stamp()))
