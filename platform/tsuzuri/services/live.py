"""What an open page shows, and whether that still is what its reader would see.

A page carries a mark of what it shows, made only of what its reader may know.  Whoever comes back
with a mark is told whether it still holds; so nothing is lost between two connections and nothing
counts twice, and a mark from long ago, or of no page at all, is simply one that does not hold.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256

from tsuzuri.access.gate import Access
from tsuzuri.services.platform import Platform
from tsuzuri.storage import news, revisions, threads
from tsuzuri.storage.threads import Said

LENGTH = 16


@dataclass(frozen=True)
class Sight:
    """What a record's page shows: what was said, and the mark of the values the reader knows."""

    said: Said
    values: int

    @cached_property
    def talk(self) -> str:
        """The mark of what was said."""
        comments = [(one.id, one.version) for one in self.said.comments]
        thanks = [(one.user, one.phrase, one.at) for one in self.said.thanks]
        text = json.dumps([comments, thanks], ensure_ascii=False)
        return sha256(text.encode()).hexdigest()[:LENGTH]

    @property
    def mark(self) -> str:
        """The mark of the whole page."""
        return f"{self.talk}.{self.values}"


def sight(platform: Platform, access: Access, record: int) -> Sight:
    """Return what the page of a record shows now.

    Nothing is noted as read: whoever shows more than marks does that.  Raises ``Unknown`` for a
    record that is not there for this person.
    """
    with platform.reading(access) as records, records.searching():
        state = records.get(record)
        said = threads.said(records.connection, access.whole, record)
        return Sight(said, revisions.of(records, state))


def moved_since(platform: Platform, access: Access, at: str) -> bool:
    """Tell whether a list of the app may show something newer than ``at`` (UTC ISO text).

    Times have whole seconds, so what happened within that second counts as newer.  What is no
    time tells nothing, so everything may be.
    """
    try:
        before = datetime.fromisoformat(at).astimezone(UTC) - timedelta(seconds=1)
    except (ValueError, OverflowError):
        return True
    at = before.strftime("%Y-%m-%dT%H:%M:%SZ")
    with platform.reading(access) as records, records.searching():
        if news.lately(records, since=at, limit=1):
            return True
        return bool(news.said_lately(records, "", at))
