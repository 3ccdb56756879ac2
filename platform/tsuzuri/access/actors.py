"""Who acts, as a frozen value that is handed down and never looked up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from tsuzuri.query.bind import Asker
from tsuzuri.query.period import Moment

TOKYO = ZoneInfo("Asia/Tokyo")


class Ledger(Protocol):
    """Takes note of what somebody is shown, as it is read; whoever answers them keeps it."""

    def saw(self, app: str, records: tuple[int, ...], *, whole: bool) -> None:
        """Note records of an app that were handed out; ``whole``: opened, not in a list."""

    def note(self, entry: Any) -> None:
        """Note something else that is to stand in the log: a search, a refusal, an export."""

    def taken(self, besides: Sequence[Any]) -> Sequence[Any]:
        """Hand over what was noted, as entries of the audit log, and forget it.

        ``besides`` are entries that stand in the log anyway: changing a record says that it was
        read.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """From where somebody acts, for the audit log; no rule ever asks it.

    ``session`` names a session without giving it away; ``door`` is ``web``, ``api``, ``cli`` or
    ``job``; ``viewed_by`` is who really sits there while an admin looks as somebody else.
    """

    door: str = "job"
    address: str = ""
    session: str = ""
    viewed_by: str = ""
    ledger: Ledger | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody acting through a token is held to: one app, and some actions in it."""

    app: str
    actions: frozenset[str]

    def within(self, app: str) -> frozenset[str]:
        """Return the actions that are left in ``app``; none in any other."""
        return self.actions if app == self.app else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One person at one moment.

    ``agencies`` are the agencies the person belongs to, the first of them the primary one;
    ``above`` the same and every agency over them, so that a rule for an agency "and below"
    is one look-up.  Two actors from different places are one person to every rule.
    """

    user: str
    name: str = ""
    agencies: tuple[str, ...] = ()
    above: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    language: str = "ja"
    zone: ZoneInfo = TOKYO
    # Looks after people and definitions; reads no record by that.
    administers: bool = False
    # Reads the audit log; reads no record by that.
    audits: bool = False
    # Takes away from what the rules give, in every app; None takes nothing away.
    scope: Scope | None = None
    # Who really sits there while looking as this person; nothing is shown that they may not
    # read as well (``tsuzuri.access.onlooking``), and nothing can be changed.
    onlooker: Actor | None = None
    origin: Origin = field(default=Origin(), compare=False, repr=False)

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
