"""Reminding people of days that stand in records: each of them once, whatever the clock does.

A row remembers up to which moment reminders were written.  A pass writes those that came due
since: of three days without a server nothing is lost.  That a record's day was told of is known
by the notice itself, which is written once, so a pass that was killed, or that begins anew
because the clock was set back, tells nobody twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from tsuzuri.definitions.model import App
from tsuzuri.definitions.notify import Reminder
from tsuzuri.fields.base import Field
from tsuzuri.fields.moments import stamp
from tsuzuri.services import outbox
from tsuzuri.services.addressees import Addressees, Asked
from tsuzuri.services.platform import Platform
from tsuzuri.storage import notices
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.identity import MAX_ID, new_ids
from tsuzuri.storage.notices import Notice, Span

log = logging.getLogger(__name__)

NAME = "reminders"
EVERY = 30.0
"""Seconds from one pass of a server to the next."""
BATCH = 500
"""Notices written in one transaction."""
ERRAND = Errand("records whose day has come")


def run(platform: Platform) -> None:
    """Write every reminder that came due since the last pass."""
    now = int(platform.clock().timestamp())
    with platform.database.platform() as connection:
        since = notices.dealt_with(connection, NAME)
    if since == now:
        return
    # The first pass reminds of nothing past; nor does one after the clock was set back.
    if 0 < since < now and not _remind(platform, since, now):
        return
    with platform.database.platform(writing=True) as connection:
        notices.move(connection, NAME, was=since, to=now)


def _remind(platform: Platform, since: int, now: int) -> bool:
    """Write what came due; False if a part has to be tried again by the next pass.

    Whatever goes wrong with one reminder, the others do not wait.
    """
    asked = [
        (app, due)
        for app in platform.apps.values()
        for reminder in (app.notify.reminders if app.notify else ())
        for due in _due(reminder, platform.config.zone, since, now)
    ]
    addressees = Addressees(platform) if asked else None
    whole = True
    for app, due in asked:
        try:
            _write(platform, list(_told(platform, addressees, app, due)) if addressees else [])
        except Exception as error:  # noqa: BLE001  the next pass tries it again
            whole = False
            names = (app.code, due.reminder.code, type(error).__name__)
            log.error("reminder %s/%s failed: %s", *names)  # noqa: TRY400  the error's words may hold what a record says
    return whole


def _write(platform: Platform, told: list[Notice]) -> None:
    for start in range(0, len(told), BATCH):
        # Each part for itself: nobody waits for a long transaction, and what a kill leaves
        # written is not written again.
        with platform.database.platform(writing=True) as connection:
            outbox.tell(platform, connection, told[start : start + BATCH])


@dataclass(frozen=True, slots=True)
class _Due:
    """A reminder that came due at ``moment``, of what stands at ``day`` in its field."""

    reminder: Reminder
    day: date
    moment: datetime

    @property
    def about(self) -> int:
        """Return the number by which it is known that a record's day was told of."""
        told = f"{self.reminder.code} {self.day.isoformat()}".encode()
        return int.from_bytes(blake2b(told, digest_size=8).digest()) & MAX_ID


def _due(reminder: Reminder, zone: ZoneInfo, since: int, now: int) -> Iterator[_Due]:
    """Yield what came due after ``since``, until ``now``."""
    clock = time.fromisoformat(reminder.at)
    day = datetime.fromtimestamp(since, zone).date()
    while (moment := datetime.combine(day, clock, zone)).timestamp() <= now:
        if moment.timestamp() > since:
            yield _Due(reminder, day - timedelta(days=reminder.days), moment)
        day += timedelta(days=1)


def _told(platform: Platform, addressees: Addressees, app: App, due: _Due) -> Iterator[Notice]:
    """Yield whom a reminder tells of which records."""
    reminder = due.reminder
    span = _span(app.field(reminder.field), due.day, platform.config.zone)
    with platform.database.read(ERRAND) as connection:
        records = notices.within(connection, app, span)
    if not records:
        return
    for access, found in addressees.of(app, records, Asked(reminder.to, reminder.when, span)):
        for record in found:
            yield Notice(
                id=new_ids.new(),
                user=access.actor.user,
                app=app.number,
                record=record,
                kind="reminder",
                rule=reminder.code,
                about=due.about,
                by="",
                at=stamp(due.moment),
            )


def _span(field: Field, day: date, zone: ZoneInfo) -> Span:
    """Return which values of a field mean a day where the installation stands."""
    following = day + timedelta(days=1)
    if field.schema.get("format", field.kind.shape.get("format")) == "date":
        return Span(field.code, day.isoformat(), following.isoformat())
    begin, end = (datetime.combine(one, time(), zone) for one in (day, following))
    return Span(field.code, stamp(begin), stamp(end))
