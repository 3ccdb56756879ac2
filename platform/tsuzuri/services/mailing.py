"""Sending what waits in the outbox, one mail for each, whoever else sends at the same time.

Three steps, each kept before the next begins: a sender claims a mail; when all but the final dot
is with the server it notes that the end is about to be said; when the server has answered it notes
how.  A sender that is killed before the second note left the server half a mail, which the server
throws away: it is sent anew.  One that is killed after it said the end almost surely: it is never
sent twice, and counted as unknown.

The gate is asked again for each mail: whoever left, or does not see the record any more, gets none.
"""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import SystemRandom

from tsuzuri.errors import Message
from tsuzuri.services import inbox, letters, outbox, wellformed
from tsuzuri.services.platform import Platform
from tsuzuri.services.smtp import Down, Later, Line, Lost, Refused
from tsuzuri.storage import mails, notices
from tsuzuri.storage.mails import Mail, Standing
from tsuzuri.storage.people import User

log = logging.getLogger(__name__)

DAILY = "daily mail"
LEASE = timedelta(minutes=10)
"""After so long somebody else may take over a mail whose end was not said."""
ENDING = timedelta(minutes=20)
"""After so long nobody waits any more for a sender that was about to say the end."""
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=2)
"""How long a mail waits after its first failure, and at most: twice as long each time."""
GIVE_UP = timedelta(days=3)
KEPT = timedelta(days=30)
STEP = 3.0
"""Seconds between two looks of a server."""
_dice = SystemRandom()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A mail that is to be sent now: to whom, and what it says."""

    to: User
    said: Message
    urgent: bool = False


def run(platform: Platform) -> int:
    """Send what is due; return how many mails the server took."""
    smtp = platform.config.smtp
    if smtp is None:
        return 0
    _begin_day(platform, smtp.hour)
    with platform.database.platform() as connection:
        if not mails.anything(connection, platform.stamp()):
            return 0
    with platform.database.platform(writing=True) as connection:
        mails.take_back(connection, platform.stamp())
    sent = 0
    with Line(smtp) as line:
        while (mail := _claimed(platform)) is not None:
            try:
                sent += _deal(platform, line, mail)
            except Down as error:
                _put_off(platform, mail, str(error), everything=True)
                break
    return sent


def standing(platform: Platform) -> Standing:
    """Return how the sending stands."""
    with platform.database.platform() as connection:
        return mails.standing(connection)


def refused(platform: Platform) -> list[str]:
    """Return whose address did not take a mail lately."""
    with platform.database.platform() as connection:
        return mails.refused(connection)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _after(platform: Platform, time: timedelta) -> str:
    return _stamp(platform.clock() + time)


def _begin_day(platform: Platform, hour: int) -> None:
    """Once a day, at the hour, make the daily mails and remove old ones; one process does."""
    now = platform.clock().astimezone(platform.config.zone)
    if now.hour < hour:
        return
    today = now.toordinal()
    with platform.database.platform() as connection:
        was = notices.dealt_with(connection, DAILY)
    if was >= today:
        return
    with platform.database.platform(writing=True) as connection:
        if notices.move(connection, DAILY, was=was, to=today):
            mails.gather(connection, platform.stamp())
            mails.remove(connection, _after(platform, -KEPT))


def _claimed(platform: Platform) -> Mail | None:
    with platform.database.platform(writing=True) as connection:
        word = secrets.token_hex(8)
        until = _after(platform, LEASE)
        return mails.claim(connection, word, now=platform.stamp(), until=until)


def _deal(platform: Platform, line: Line, mail: Mail) -> int:
    """Deal with one mail; return how many were sent.  Raises ``Down``."""
    wanted = _wanted(platform, mail)
    if wanted is None:
        _settle(platform, mail, "dropped")
        return 0
    waits = None if wanted.urgent else _quiet(platform, mail.user)
    if waits is not None:
        with platform.database.platform(writing=True) as connection:
            mails.put_off(connection, mail, _stamp(waits))
        return 0
    if any(wellformed.mail(wanted.to.mail, "")):
        _settle(platform, mail, "refused", mails.UNFIT)
        return 0
    try:
        letter = letters.letter(
            platform, line.settings.sender, mail, to=wanted.to, said=wanted.said
        )
        if not line.send(letter, wanted.to.mail, lambda: _end(platform, mail)):
            return 0
    except ValueError:
        _settle(platform, mail, "refused", mails.UNFIT)
    except Refused as error:
        _settle(platform, mail, "refused", str(error))
    except Later as error:
        _put_off(platform, mail, str(error))
    except Lost as error:
        _settle(platform, mail, "unknown", str(error))
    else:
        _settle(platform, mail, "sent")
        return 1
    return 0


def _quiet(platform: Platform, user: str) -> datetime | None:
    """Return until when somebody is not to be disturbed; None if they may be."""
    with platform.database.platform() as connection:
        begins, ends = mails.quiet(connection, user)
    now = platform.clock().astimezone(platform.config.zone)
    if (now.hour - begins) % 24 >= (ends - begins) % 24:
        return None
    until = now.replace(hour=ends, minute=0, second=0, microsecond=0)
    return until if until > now else until + timedelta(days=1)


def _wanted(platform: Platform, mail: Mail) -> Wanted | None:
    """Ask the gate and the recipient's wishes once more."""
    to = platform.directory.users.get(mail.user)
    actor = platform.directory.actor(mail.user, platform.config.zone)
    if to is None or actor is None or not to.mail:
        return None
    with platform.database.platform() as connection:
        numbers = [mail.notice] if mail.notice else mails.gathered(connection, mail.id)
        chosen = mails.ways(connection, [mail.user])[mail.user]
    there = [
        one
        for one in inbox.still_unread(platform, actor, numbers)
        if outbox.way_of(one.kind, chosen) != "none"
    ]
    if not there:
        return None
    if mail.notice:
        return Wanted(to, letters.NEW, urgent=there[0].kind == outbox.URGENT)
    return Wanted(to, letters.unread(inbox.unread(platform, actor), inbox.MOST))


def _end(platform: Platform, mail: Mail) -> bool:
    with platform.database.platform(writing=True) as connection:
        return mails.end(connection, mail, until=_after(platform, ENDING))


def _settle(platform: Platform, mail: Mail, state: str, error: str = "") -> None:
    with platform.database.platform(writing=True) as connection:
        mails.settle(connection, mail, state, platform.stamp(), error=error)


def _put_off(platform: Platform, mail: Mail, error: str, *, everything: bool = False) -> None:
    """Try a mail again later, or give it up; with it everything, where no server is there."""
    now, due = platform.stamp(), _after(platform, pause(mail.tries))
    with platform.database.platform(writing=True) as connection:
        mails.failed(connection, mail, error, now)
        if mail.made_at < _after(platform, -GIVE_UP):
            mails.settle(connection, mail, "refused", now)
        else:
            mails.put_off(connection, mail, due)
        if everything:
            mails.put_all_off(connection, now, due)


def pause(tries: int) -> timedelta:
    """Return how long to wait after another failure: no two mails come back at one moment."""
    longer: timedelta = min(FIRST * 2 ** min(tries, 20), LONGEST)
    return longer * _dice.uniform(0.75, 1.25)


class Mailer:
    """The thread of a server that sends mails."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailer", daemon=True)

    def start(self) -> None:
        """Begin to send, if there is anything to send with."""
        if self._platform.config.smtp is not None:
            self._thread.start()

    def stop(self, *, wait: float = 0.0) -> None:
        """End after what is at hand, and give the thread ``wait`` seconds for it."""
        self._stopped.set()
        if wait and self._thread.is_alive():
            self._thread.join(wait)

    def _run(self) -> None:
        while not self._stopped.wait(STEP):
            try:
                run(self._platform)
            except Exception:
                # The database may be away for a while; what waits is in it.
                log.exception("mailer")
