"""Who acts, as a frozen value that is handed down and never looked up again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from tsuzuri.query.bind import Asker
from tsuzuri.query.period import Moment

TOKYO = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One person at one moment.

    ``agencies`` are the agencies the person belongs to, the first of them the primary one;
    ``above`` the same and every agency over them, so that a rule for an agency "and below"
    is one look-up.
    """

    user: str
    name: str = ""
    agencies: tuple[str, ...] = ()
    above: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    language: str = "ja"
    zone: ZoneInfo = TOKYO

    @property
    def agency(self) -> str:
        """The primary agency's code, or nothing for somebody without one."""
        return self.agencies[0] if self.agencies else ""

    def asking(self, now: datetime) -> Asker:
        """Return what the condition language needs to know about this person at ``now``."""
        return Asker(moment=Moment(now, self.zone), user=self.user, agency=self.agency)

    @property
    def keys(self) -> tuple[str, ...]:
        """Return every name under which a record may list this person among its readers."""
        return (
            "everyone",
            f"user:{self.user}",
            *(f"agency:{code}" for code in self.agencies),
            *(f"below:{code}" for code in sorted(self.above)),
            *(f"group:{code}" for code in sorted(self.groups)),
        )
