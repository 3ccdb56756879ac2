"""Alarms: what the audit log holds that somebody should look at, by a few rules with numbers.

The log is watched from where it was left: by ``tsuzuri audit watch``, and when auditors or
administrators look at their pages.  Each entry is judged once, within the hour or the day before
it, so nothing depends on how often somebody watches.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Denied, Invalid, Problem, Unknown, message
from tsuzuri.services.platform import Platform
from tsuzuri.storage import alarms as stored
from tsuzuri.storage import audit
from tsuzuri.storage.alarms import FAILED, Alarm, Seen, Watched
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.identity import new_ids

ERRAND = Errand("the log is watched")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USUAL_DAYS = 28
"""Days over which is known what is usual for somebody."""
FRESH = timedelta(minutes=5)
"""How old the last watch may be before a page watches anew."""
LONGEST = 1000
TAKEN = frozenset({"record.export", "read.records.printed", "people.export", "audit.export"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Counts something within a time; ``about`` is a ``user`` or an ``address``."""

    code: str
    within: timedelta
    about: str = "user"


OPENED_HOUR, OPENED_DAY = Rule("opened_hour", HOUR), Rule("opened_day", DAY)
SEEN_DAY, NIGHT = Rule("seen_day", DAY), Rule("night", DAY)
TAKEN_DAY, UNMASKED_DAY = Rule("taken_day", DAY), Rule("unmasked_day", DAY)
REFUSED_HOUR = Rule("refused_hour", HOUR)
FAILURES_ACCOUNT = Rule("failures_account", HOUR)
FAILURES_ADDRESS = Rule("failures_address", HOUR, "address")
CLONES = Rule("clones", DAY)
RULES: Mapping[str, Rule] = {
    one.code: one
    for one in (
        *(OPENED_HOUR, OPENED_DAY, SEEN_DAY, NIGHT, TAKEN_DAY, UNMASKED_DAY, REFUSED_HOUR),
        *(FAILURES_ACCOUNT, FAILURES_ADDRESS, CLONES),
    )
}

Key = tuple[str, int]


@dataclass(slots=True)
class _Window:
    """Different things within a time before the last of them."""

    within: timedelta
    held: deque[tuple[datetime, tuple[Key, ...]]] = field(default_factory=deque)
    counts: Counter[Key] = field(default_factory=Counter)

    def add(self, at: datetime, keys: tuple[Key, ...]) -> int:
        """Take up what happened at a moment; return how many different things there are now."""
        self.held.append((at, keys))
        self.counts.update(keys)
        while self.held[0][0] <= at - self.within:
            for key in self.held.popleft()[1]:
                self.counts[key] -= 1
                if not self.counts[key]:
                    del self.counts[key]
        return len(self.counts)


def watch(platform: Platform) -> list[Alarm]:
    """Judge what is new in the log; store and return the alarms that are new."""
    with platform.database.read(ERRAND) as connection:
        before = stored.watched_to(connection)
        last, _ = audit.head(connection)
        since = stored.first_at(connection, before.seq)
        if not since:
            watching = None
        else:
            users = stored.people_since(connection, before.seq, last)
            watching = _Watching(platform, _day(platform, since))
            watching.usual = stored.usually(
                connection,
                users,
                since=_days_before(watching.first_day, USUAL_DAYS),
                before=watching.first_day,
            )
            back = (_moment(since) - DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
            for one in stored.stretch(connection, before.seq, last, since=back, users=users):
                watching.take(one, fresh=one.seq > before.seq)
    with platform.database.platform(writing=True) as connection:
        stored.forget(connection, _days_before(platform.today, 2 * USUAL_DAYS))
        to = Watched(last if watching else before.seq, platform.stamp())
        raised = watching.raised.values() if watching else ()
        return stored.keep(connection, raised, watching.counts() if watching else {}, to)


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).astimezone(UTC)


def _day(platform: Platform, stamp: str) -> str:
    return _moment(stamp).astimezone(platform.config.zone).date().isoformat()


def _days_before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


class _Watching:
    """One walk along the log."""

    def __init__(self, platform: Platform, first_day: str) -> None:
        self.platform = platform
        self.limits = platform.config.alarms
        self.first_day = first_day
        self.usual: Mapping[str, tuple[int, int]] = {}
        self.raised: dict[tuple[str, str, str, int], Alarm] = {}
        self._windows: dict[tuple[str, str], _Window] = {}
        self._opened: dict[tuple[str, str], set[Key]] = defaultdict(set)
        self._seen: dict[tuple[str, str], set[Key]] = defaultdict(set)

    def take(self, entry: Seen, *, fresh: bool) -> None:
        """Count an entry; one that was judged before raises nothing anew."""
        at = datetime.fromisoformat(entry.at)
        here = at.astimezone(self.platform.config.zone)
        day = here.date().isoformat()
        for rule, keys in self._told(entry, here, day):
            subject = entry.address if rule.about == "address" else entry.user
            most = self._most(rule, subject)
            if not subject or not most:
                continue
            window = self._windows.setdefault((rule.code, subject), _Window(rule.within))
            count = window.add(at, keys)
            if fresh and count >= most:
                self._raise(rule, subject, day, entry.at, (count, most))

    def _told(
        self, entry: Seen, here: datetime, day: str
    ) -> Iterator[tuple[Rule, tuple[Key, ...]]]:
        """Yield which rules count an entry, and what of it."""
        once = (("", entry.seq),)
        if entry.action.startswith("read."):
            yield from self._reads(entry, here.hour, day)
        if entry.action in FAILED:
            yield FAILURES_ACCOUNT, once
            yield FAILURES_ADDRESS, once
        if entry.action == "passkey.clone":
            yield CLONES, once
        if entry.action == "refuse":
            yield REFUSED_HOUR, once
        if entry.action in TAKEN:
            yield TAKEN_DAY, once
        if entry.action == "record.unmask":
            yield UNMASKED_DAY, once

    def _reads(self, entry: Seen, hour: int, day: str) -> Iterator[tuple[Rule, tuple[Key, ...]]]:
        listed = json.loads(entry.detail).get("records", ()) if not entry.record else ()
        keys = tuple((entry.app, one) for one in listed) or ((entry.app, entry.record),)
        place = (entry.user, day)
        self._seen[place].update(keys)
        yield SEEN_DAY, keys
        if entry.record:
            self._opened[place].update(keys)
            yield OPENED_HOUR, keys
            yield OPENED_DAY, keys
        if self.limits.is_night(hour):
            yield NIGHT, keys

    def _most(self, rule: Rule, subject: str) -> int:
        """Return from how many on a rule speaks up; 0 for never."""
        most: int = self.limits.most(rule.code)
        opened, seen = self.usual.get(subject, (0, 0))
        if rule is OPENED_HOUR:
            # In an hour more than on a usual day.
            return most and max(most, opened)
        if rule in {OPENED_DAY, SEEN_DAY}:
            usual = opened if rule is OPENED_DAY else seen
            return most and max(most, usual * self.limits.times_usual)
        return most

    def _raise(self, rule: Rule, subject: str, day: str, at: str, found: tuple[int, int]) -> None:
        count, most = found
        # Twice as much, and twice that, are alarms of their own: the first may be noticed already.
        step = 0 if rule is NIGHT else (count // most).bit_length() - 1
        key = (rule.code, subject, day, step)
        if key not in self.raised:
            self.raised[key] = Alarm(
                id=new_ids.new(),
                rule=rule.code,
                subject=subject,
                day=day,
                step=step,
                count=count,
                most=most,
                at=at,
            )

    def counts(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """Return how much people opened and saw on each day that was walked whole."""
        return {
            (user, day): (len(self._opened.get((user, day), ())), len(seen))
            for (user, day), seen in self._seen.items()
            if day >= self.first_day
        }


def waiting(platform: Platform, actor: Actor) -> list[Alarm]:
    """Return the alarms nobody took note of, the log being watched first if it was not lately."""
    _may_look(actor)
    with platform.database.platform() as connection:
        at = stored.watched_to(connection).at
    if not at or not timedelta(0) <= platform.clock() - _moment(at) < FRESH:
        watch(platform)
    return unnoticed(platform)


def unnoticed(platform: Platform) -> list[Alarm]:
    """Return the alarms nobody took note of, for who runs the machine."""
    with platform.database.platform() as connection:
        return stored.unnoticed(connection)


def noticed(platform: Platform, actor: Actor) -> list[Alarm]:
    """Return the alarms that somebody took note of, the latest first."""
    _may_look(actor)
    with platform.database.platform() as connection:
        return stored.noticed(connection)


def alarm(platform: Platform, actor: Actor, number: int) -> Alarm:
    """Return one alarm; ``Unknown`` for a number that none has."""
    _may_look(actor)
    with platform.database.platform() as connection:
        found = stored.get(connection, number)
    if found is None:
        raise Unknown
    return found


def notice(platform: Platform, actor: Actor, number: int, said: str) -> None:
    """Take note of an alarm with a sentence about it.

    Raises ``Invalid`` without one, about oneself, and where somebody else was quicker.
    """
    found = alarm(platform, actor, number)
    said = said.strip()
    if RULES[found.rule].about == "user" and found.subject == actor.user:
        others = message("自分についての知らせは、ほかの人が確認してください。")
        raise Invalid([Problem("/reason", others)])
    if not said or len(said) > LONGEST:
        length = message("1文字以上{limit}文字以下で入力してください。", limit=LONGEST)
        raise Invalid([Problem("/reason", length)])
    with platform.changing(actor) as connection:
        if not stored.notice(connection, number, by=actor.user, at=platform.stamp(), said=said):
            raise Invalid([Problem("/reason", message("ほかの人が先に確認しました。"))])
        detail = {"alarm": number, "rule": found.rule}
        audit.note(connection, Entry(action="alarm.notice", detail=detail, reason=said))


def _may_look(actor: Actor) -> None:
    if not (actor.audits or actor.administers):
        raise Denied
