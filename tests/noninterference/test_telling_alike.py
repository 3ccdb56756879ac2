"""Who may see the same is told the same: notices, reminders and what is urgent, in two worlds.

What the rules of an app ask, and whom they name, is drawn from all fields, also those hidden from
whoever is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from noninterference.definitions import NAMING, PRINCIPALS, Drafts, condition
from noninterference.kinds import EVERY
from noninterference.running import Agreed, Run
from noninterference.sides import Side
from tsuzuri.errors import Unknown
from tsuzuri.services import inbox, noticing, opening, readership, urgency
from worlds.examples import FACTOR, PATIENCE

pytestmark = pytest.mark.timeout(PATIENCE * 8)

STEPS = 6
ON = ("added", "edited", "commented")


def _notify(rng: Random, document: Any) -> dict[str, Any]:
    """Draw what an app tells, with conditions and people of any field."""
    codes = [code for code in document["record"]["properties"] if code in EVERY]
    named = [one for code in codes for one in NAMING.get(code, ())]

    def to() -> Sequence[str]:
        return rng.choice([["everyone"], rng.sample([*PRINCIPALS, *named, *named], 2)])

    def when() -> str:
        return condition(rng, codes) if rng.randrange(4) else ""

    found: dict[str, Any] = {
        "rules": [
            {"on": rng.sample(ON, rng.randint(1, 3)), "to": to(), "when": when()} for _ in "12"
        ],
        "reminders": [
            {
                "code": "day",
                "title": "その日です",
                "field": "day" if "day" in codes else "$created",
                "days": rng.randrange(3),
                "at": "09:00",
                "to": to(),
                "when": when(),
            }
        ],
    }
    urgent = condition(rng, codes)
    return {**found, "urgent": {"when": urgent, "to": to()}} if urgent else found


class Telling(Run):
    """One example in which nobody asks for a page, but for what they are told."""

    def tell(self) -> None:
        """Fill both sides and take the steps; compares what the attacker is told after each."""
        self._prepare()
        drafts = Drafts(*(dict(one, notify=_notify(self.rng, one)) for one in self.drafts))
        for side in self.sides:
            with side.turn("setup", 2):
                side.publish(drafts)
                noticing.run_all(side.platform)
        self._agree()
        self.tally["examples"] += 1
        try:
            for _ in range(STEPS):
                self.step += 1
                self.rng.choice((Run.act_unseen, Run.act_seen, Run.act_seen, Run.wait))(self)
                self._same()
        except Agreed:
            return

    def _same(self) -> None:
        self.step += 1
        one, other = (self._told(side) for side in self.sides)
        self.tally["notices"] += len(one[0])
        self.tally["urgent"] += len(one[1])
        assert one == other

    def _told(self, side: Side) -> tuple[Any, ...]:
        """Return everything the attacker is told, but for ids, which are drawn."""
        with side.turn("attacker", self.step):
            noticing.run_all(side.platform)
            actor = side.platform.directory.actor(self.attacker, side.platform.config.zone)
            assert actor is not None
            listed = inbox.page(side.platform, actor, "all")[0]
            notices = [one.notice for one in listed]
            urgent = [one.record for _, one in inbox.urgent(side.platform, actor)]
            waiting = {one.record: self._waiting(side, actor, one.app) for one in notices}
            return (
                Counter(replace(one, id=0, about=0) for one in notices),
                sorted(urgent),
                inbox.unread(side.platform, actor),
                waiting,
            )

    def _waiting(self, side: Side, actor: Any, number: int) -> Any:
        """Return who has not opened the urgent records of an app, as the attacker may know."""
        code = next(code for code, app in side.platform.apps.items() if app.number == number)
        access = side.platform.admit(actor, code)
        found = {}
        for kept in self.pool.pair.every():
            if kept.app == code:
                try:
                    state = opening.opened(side.platform, access, kept.id).state
                except Unknown:
                    continue
                readers = readership.of_record(side.platform, access, state)
                found[kept.id] = urgency.waiting(side.platform, access, state, readers)
        return found


def _run(sides: tuple[Side, Side], examples: int, capsys: pytest.CaptureFixture[str]) -> None:
    tally: Counter[str] = Counter()
    for seed in range(examples):
        try:
            Telling(Random(seed), sides, tally=tally).tell()
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
    with capsys.disabled():
        print(f"\n{dict(tally)}")  # noqa: T201  the figures are what the run is for
    assert tally["notices"]
    assert tally["urgent"]


def test_two_worlds_tell_alike(
    sides: tuple[Side, Side], capsys: pytest.CaptureFixture[str]
) -> None:
    _run(sides, max(1, round(60 * FACTOR)), capsys)


def test_they_do_on_postgresql(
    postgres_sides: tuple[Side, Side], capsys: pytest.CaptureFixture[str]
) -> None:
    _run(postgres_sides, max(1, round(10 * FACTOR)), capsys)
