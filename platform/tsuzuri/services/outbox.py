"""What is to be sent by mail, written in the same transaction as the notices it tells of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tsuzuri.services.platform import Platform
from tsuzuri.storage import mails, notices, people
from tsuzuri.storage.database import Connection
from tsuzuri.storage.notices import Notice

WAYS = ("at_once", "daily", "none")
URGENT = "urgent"
"""The kind of notice that does not wait."""
STATES: Mapping[str, str] = {"at_once": "waiting", "daily": "gathered"}


def way_of(kind: str, chosen: Mapping[str, str]) -> str:
    """Return how a kind of notice comes to somebody: as they chose, or as is usual."""
    return chosen.get(kind, "at_once" if kind == URGENT else "daily")


def tell(platform: Platform, connection: Connection, told: Sequence[Notice]) -> None:
    """Store notices, with a mail beside each whose recipient wants one, if mails are sent at all.

    What somebody was told of before is left as it is.
    """
    notices.add(connection, told)
    if platform.config.smtp is None or not told:
        return
    fresh = mails.stored(connection, [one.id for one in told])
    users = {one.user for one in told}
    reached = {
        code for code, one in people.accounts(connection, users).items() if one.active and one.mail
    }
    chosen = mails.ways(connection, reached)
    made = []
    for one in told:
        way = way_of(one.kind, chosen[one.user]) if one.user in reached else "none"
        if one.id in fresh and way in STATES:
            made.append(mails.new(one.user, STATES[way], platform.stamp(), one.id))
    mails.add(connection, made)
