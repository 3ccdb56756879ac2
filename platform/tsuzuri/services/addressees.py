"""Whom an app's rules tell of which records, each under their own rights.

Nothing is asked of the whole app: the condition of a rule and the fields that name people are
those that the addressee knows (``access.seeing``).  So that somebody is told of a record says
nothing which its page does not say to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access, admit
from tsuzuri.access.rules import who_matches
from tsuzuri.access.seeing import as_seen
from tsuzuri.definitions.model import App, Principal
from tsuzuri.query.bound import ALWAYS, NEVER, Condition, Test, all_of
from tsuzuri.services.platform import Platform
from tsuzuri.storage import notices
from tsuzuri.storage.notices import Span


@dataclass(frozen=True, slots=True)
class Asked:
    """One of ``to`` is told of a record that meets ``when``, with a field that lies in ``day``."""

    to: tuple[Principal, ...]
    when: str = ""
    day: Span | None = None


class Addressees:
    """Everybody who may be told of something, as they are at one moment.

    People of one agency mostly ask the database the same; each question is asked once.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._now = platform.clock()
        directory = platform.directory
        acting = (directory.actor(code, platform.config.zone) for code in sorted(directory.users))
        self._everybody = [one for one in acting if one is not None]
        self._met: dict[tuple[int, Condition, tuple[int, ...]], list[int]] = {}

    def of(
        self, app: App, records: Sequence[int], asked: Asked
    ) -> Iterator[tuple[Access, list[int]]]:
        """Yield who is told, with those of ``records`` of which they are."""
        for actor in self._everybody:
            access = admit(actor, app, self._now)
            condition = addressed(access, asked)
            if condition != NEVER:
                met = self.meeting(access, records, condition)
                if met:
                    yield access, met

    def meeting(self, access: Access, records: Sequence[int], condition: Condition) -> list[int]:
        """Return those of ``records`` that are there and meet a condition, in their order."""
        key = (access.whole.number, condition, tuple(records))
        if key not in self._met:
            with self._platform.reading(access) as reading, reading.searching():
                found = notices.living(reading, records, condition)
            self._met[key] = [one for one in records if one in found]
        return self._met[key]

    def actor(self, user: str) -> Actor | None:
        """Return one of those who may be told of something."""
        return next((one for one in self._everybody if one.user == user), None)


def addressed(access: Access, asked: Asked) -> Condition:
    """Return on which records somebody is told, as they may ask it."""
    who = who_matches(access.app, asked.to, access.actor)
    if who == NEVER:
        return NEVER
    parts = (access.rows["view"], who, as_seen(access, asked.when), _on_day(access, asked.day))
    return all_of(parts)


def _on_day(access: Access, day: Span | None) -> Condition:
    """Return "the field lies in the span", for who may know the field."""
    if day is None:
        return ALWAYS
    field = access.app.by_code.get(day.field)
    if field is None:
        return NEVER
    return all_of((Test(field, ">=", (day.first,)), Test(field, "<", (day.end,))))
