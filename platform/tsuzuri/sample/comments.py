"""What colleagues write back: comments and one-tap thanks under a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .bank import Reader
from .days import utc
from .model import SampleAcknowledgement, SampleComment
from .world import World

PHRASES = ("確認しました", "ありがとうございます", "助かります")

_VOICES = {
    "COORD": "city", "MCH": "health", "HC": "health", "WELF": "welfare", "EDU": "edu",
    "SCHOOL": "school", "HIGH": "school", "NURSERY": "nursery", "CLUB": "club", "JISO": "jiso",
    "MED": "med", "POLICE": "police", "SHAKYO": "npo", "NPO": "npo", "CWC": "cwc",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Talk:
    """The record that is being answered."""

    author: str
    at: datetime
    scope: Sequence[str]
    state: int
    slots: dict[str, str]
    growth: float
    flags: int


class Replies:
    """Lets the readers of a record answer it, and nobody else."""

    def __init__(self, world: World, reader: Reader) -> None:
        self._world = world
        self._reader = reader
        # Nothing is written after the day on which the town is looked at.
        self._until = utc(world.town.today, 23 * 60 + 50)

    def to(self, talk: Talk) -> tuple[tuple[SampleComment, ...], tuple[SampleAcknowledgement, ...]]:
        """The comments and acknowledgements under one record, in time order."""
        draw, growth = self._world.draw, talk.growth
        comments: tuple[SampleComment, ...] = ()
        thanks: tuple[SampleAcknowledgement, ...] = ()
        if draw() < 0.12 + 0.2 * growth + 0.12 * talk.state:
            comments = self._comments(talk)
        if draw() < 0.28 + 0.32 * growth:
            thanks = self.thanks(talk)
        return comments, thanks

    def _reader_of(self, talk: Talk, taken: set[str]) -> tuple[str, str] | None:
        own = self._world.users[talk.author].agency
        agency = self._world.pick(talk.scope)
        if agency == own and self._world.draw() < 0.75:
            # Colleagues talk across the corridor; what is written goes to the others.
            agency = self._world.pick(talk.scope)
        user = self._world.pick(self._world.staff[agency])
        if user == talk.author or user in taken:
            return None
        taken.add(user)
        return agency, user

    def _moment(self, after: datetime, growth: float) -> datetime | None:
        draw = self._world.draw
        hours = 20 - 14 * growth
        found = after + timedelta(minutes=int(4 + draw() * draw() * hours * 60))
        hour = (found.hour + 9) % 24
        if hour >= 20 or hour < 7:
            found += timedelta(hours=12)
        return found if found <= self._until else None

    def _comments(self, talk: Talk) -> tuple[SampleComment, ...]:
        found: list[SampleComment] = []
        taken: set[str] = set()
        at: datetime | None = talk.at
        for _ in range(1 if self._world.draw() < 0.7 else 2):
            who = self._reader_of(talk, taken)
            at = self._moment(at, talk.growth) if at else None
            if who is None or at is None:
                continue
            voice = _VOICES.get(self._world.kinds[who[0]], "city")
            tone = "worry" if talk.state else "ok"
            body = self._reader.say(f"cm.{voice}.{tone}", talk.flags, slots=talk.slots)
            found.append(SampleComment(who[1], at, body))
        return tuple(found)

    def thanks(self, talk: Talk) -> tuple[SampleAcknowledgement, ...]:
        """One-tap words from readers of a record."""
        found: list[SampleAcknowledgement] = []
        taken: set[str] = set()
        for _ in range(1 + int(self._world.draw() * 2.6)):
            who = self._reader_of(talk, taken)
            at = self._moment(talk.at, talk.growth)
            if who and at:
                found.append(SampleAcknowledgement(who[1], at, self._world.pick(PHRASES)))
        found.sort(key=lambda entry: entry.at)
        return tuple(found)
