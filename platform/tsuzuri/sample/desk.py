"""What every form needs: a way to speak, the head of a record, and the answers under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from .bank import Reader
from .comments import Replies, Talk
from .days import age_text
from .model import SampleRecord, Values
from .world import Now, World

CORE_KINDS = frozenset(("COORD", "JISO", "MCH", "WELF", "EDU"))
"""The agencies that work the assessments and the ledger."""


class Desk:
    """Where the forms of one run are filled in; each app has a class built on this."""

    def __init__(self, world: World, reader: Reader) -> None:
        self.world = world
        self.draw = world.draw
        self.reader = reader
        self._replies = Replies(world, reader)

    def speaker(self, now: Now) -> Callable[[str], str]:
        """A function that draws a sentence about this child from a section."""
        flags, slots, say = now.flags, now.slots, self.reader.say
        return lambda name: say(name, flags, slots=slots)

    def head(self, now: Now, day: date) -> Values:
        """The looked-up case with the values that it copies."""
        child = now.child
        values: Values = {"case": child.case_no}
        if child.name:
            values["child_name"] = child.name
        values["age_text"] = age_text(child.birth, day)
        return values

    def core_team(self, now: Now) -> list[str]:
        """Those of the case team who work with assessments."""
        kinds = self.world.kinds
        return [agency for agency in now.team if kinds[agency] in CORE_KINDS]

    def role_of(self, agency: str, now: Now) -> str:
        """What an agency of this kind takes on."""
        section = f"role.{self.world.kinds[agency]}"
        if not self.reader.has(section):
            section = "role.NPO"
        return self.reader.say(section, now.flags, slots=now.slots)

    def saved(
        self, app: str, author: str, *, at: datetime, entry: tuple[Values, Sequence[str], float]
    ) -> SampleRecord:
        """The record, with what those who may read it wrote back."""
        values, readers, growth = entry
        talk = Talk(author, at, readers, 0, {"C": "本児", "G": "保護者", "NX": "来週"}, growth, 0)
        thanks = self._replies.thanks(talk)
        return SampleRecord(app, author, at, values, (), thanks)

    def minute(self, low: int, high: int) -> int:
        """A time of day, in minutes, to the nearest five."""
        return low + 5 * int(self.draw() * ((high - low) // 5))
