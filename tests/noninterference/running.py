"""One example: two worlds that agree on what somebody may see, and a sequence of steps in both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from noninterference import definitions
from noninterference.asking import STRATEGIES, Strategy
from noninterference.comparing import ask, compare
from noninterference.definitions import Drafts
from noninterference.kinds import FIRST, SECOND
from noninterference.pairs import Drawing, Pair
from noninterference.pool import Pool, Request
from noninterference.rules import Sight
from noninterference.sides import Side

ATTACKERS = ("takahashi", "takahashi", "sato", "suzuki", "ito", "mori")
STEPS = 6


class Agreed(Exception):
    """The rules themselves now let the person see a difference: the example ends here."""


@dataclass
class Run:
    """One example on two sides."""

    rng: Random
    sides: tuple[Side, Side]
    strategies: Sequence[Strategy] = tuple(STRATEGIES.values())
    tally: Counter[str] = field(default_factory=Counter)
    drafts: Drafts = field(init=False)
    pool: Pool = field(init=False)
    attacker: str = ""
    step: int = 1

    def run(self, steps: int = STEPS) -> None:
        """Fill both sides and take the steps; raises ``Interference`` at the first difference."""
        self._prepare()
        self._agree()
        self.tally["examples"] += 1
        try:
            for _ in range(steps):
                self.step += 1
                self._attack()
        except Agreed:
            self.tally["ended by the rules"] += 1

    def _prepare(self) -> None:
        first, second = self.sides
        self.attacker = self.rng.choice(ATTACKERS)
        self.drafts = definitions.draw(self.rng)
        first.reset(first.empty)
        with first.turn("setup", 0):
            apps = first.publish(self.drafts)
        second.reset(first.copy())
        drawing = Drawing(self.rng, apps, self.sights(), Pair(attacker=self.attacker))
        pair = drawing.run()
        for side, records in zip(self.sides, pair.worlds, strict=True):
            with side.turn("setup", 1):
                side.fill(records)
            with side.turn("attacker", 0):
                side.visitor(self.attacker)
        self.pool = Pool(self.rng, pair, {FIRST: self.drafts.first, SECOND: self.drafts.second})

    def sights(self) -> Mapping[str, Sight]:
        """Return what the attacker may see of each app now."""
        now = self.sides[0].clock.now
        return {one["app"]: Sight(document=one, user=self.attacker, now=now) for one in self.drafts}

    def seen(self) -> Any:
        """Return what the rules let the attacker see in each world."""
        return [side.seen(self.sights()) for side in self.sides]

    def _agree(self) -> None:
        one, other = self.seen()
        assert one == other, "the worlds were drawn wrong: the attacker may see a difference"

    def _attack(self) -> None:
        asking = self.rng.choice(self.strategies)(self.pool)
        request = next(asking, None)
        while request is not None:
            response = self._ask(request)
            try:
                request = asking.send(response)
            except StopIteration:
                request = None

    def _ask(self, request: Request) -> Any:
        """Send one request to both sides; where it opened to the attacker what differs, end."""
        self.tally["requests"] += 1
        first, second = (
            ask(side, self.attacker, request, ("attacker", self.step)) for side in self.sides
        )
        if request.verb != "GET":
            one, other = self.seen()
            if one != other:
                raise Agreed
        compare(request, first, second)
        return first.response
