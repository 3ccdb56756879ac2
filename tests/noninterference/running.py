"""One example: two worlds that agree on what somebody may see, and a sequence of steps in both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from noninterference import definitions, routes
from noninterference.acting import Others
from noninterference.channels import ANYTHING, CHANNELS, Channel
from noninterference.comparing import (
    Interference,
    ask,
    compare,
    difference,
    tells_what_rules_say,
)
from noninterference.definitions import Drafts
from noninterference.kinds import FIRST, SECOND
from noninterference.pairs import Drawing, Pair
from noninterference.pool import Pool, Request
from noninterference.rules import Sight
from noninterference.sides import Side
from noninterference.telling import told

ATTACKERS = ("takahashi", "takahashi", "sato", "suzuki", "ito", "mori", "mori")
LENGTH = 7
LONGER = 30
"""Steps of an example; longer ones ask more for the time it takes to fill two worlds."""

SESSION = 3600
"""Seconds after which a session has ended, and people sign in anew."""


LEADING = (201, 302, 303)
REFUSED = 400
"""A request that is refused on both sides changes nothing of what may be seen."""


class Agreed(Exception):
    """The rules themselves now let the person see a difference: the example ends here."""


@dataclass
class Run:
    """One example on two sides."""

    rng: Random
    sides: tuple[Side, Side]
    tally: Counter[str] = field(default_factory=Counter)
    drafts: Drafts = field(init=False)
    pool: Pool = field(init=False)
    others: Others = field(init=False)
    channel: Channel = ANYTHING
    attacker: str = ""
    step: int = 1

    def run(self, steps: int = LENGTH) -> None:
        """Fill both sides and take the steps; raises ``Interference`` at the first difference."""
        self._prepare()
        self._agree()
        self.tally["examples"] += 1
        try:
            # A past of their own: changes nobody but others know of.
            self.act_unseen()
            for _ in range(steps):
                self.step += 1
                self.rng.choice(STEPS)(self)
            self.telling()
        except Agreed:
            return

    def _prepare(self) -> None:
        first, second = self.sides
        if self.channel is ANYTHING and self.rng.randrange(4):
            self.channel = self.rng.choice([*CHANNELS.values()])
        self.attacker = self.rng.choice(self.channel.attackers or ATTACKERS)
        self.drafts = definitions.draw(self.rng, self.channel)
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
        documents = {FIRST: self.drafts.first, SECOND: self.drafts.second}
        self.pool = Pool(self.rng, pair, documents, self.channel)
        self.others = Others(self.rng, drawing, self.sights(), self.pool, self.channel)

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

    def act_unseen(self) -> None:
        """Let others do what the attacker may not see, each side for itself."""
        for side in self.rng.sample(self.sides, self.rng.randint(1, 2)):
            self.tally["unseen deeds"] += 1
            self.others.high(side, self.step)
            self.step += 1
        self._still("unseen")

    def act_seen(self) -> None:
        """Let somebody else do the same on both sides."""
        self.tally["seen deeds"] += 1
        self.others.low(self.sides, self.step)
        self._still("seen")

    def wait(self) -> None:
        """Let time pass on both sides."""
        passing = self.rng.choice([1, 61, 600, 4000, 86_400])
        for side in self.sides:
            side.clock.now += timedelta(seconds=passing)
            if passing >= SESSION:
                side.visitors.clear()
        self.others.sights = self.sights()
        self._still("time")

    def restart(self) -> None:
        """Stop and start the program on both sides."""
        for side in self.sides:
            side.restart()

    def _still(self, after: str) -> None:
        """End the example where the rules now show the attacker a difference."""
        one, other = self.seen()
        if one != other:
            self.tally[f"ended after {after}"] += 1
            raise Agreed

    def telling(self) -> None:
        """Tell people of what was done: the attacker is told, and mailed, the same."""
        self.step += 1
        found = []
        for side in self.sides:
            with side.turn("telling", self.step):
                found.append(told(side, self.attacker))
        self.tally["told"] += bool(found[0]["mails"])
        self.tally["mails"] += len(found[0]["mails"])
        if found[0] != found[1]:
            raise Interference(f"what {self.attacker} is told of\n{difference(*found)}")

    def attack(self) -> None:
        """Ask one thing as the attacker; others may act between two requests of it."""
        near = routes.of(self.channel) if self.rng.randrange(4) else routes.WEIGHTED
        asking = self.rng.choice(near)(self.pool)
        request = next(asking, None)
        while request is not None:
            response = self._ask(request)
            if not self.rng.randrange(5):
                self.act_unseen()
            try:
                request = asking.send(response)
            except StopIteration:
                request = None

    def _ask(self, request: Request) -> Any:
        """Send one request to both sides; where it opened to the attacker what differs, end."""
        self.tally["requests"] += 1
        # Every request has a stream of its own, or two of one step would be given the same ids.
        self.step += 1
        first, second = (
            ask(side, self.attacker, request, ("attacker", self.step)) for side in self.sides
        )
        refused = [one for one in (first, second) if one.status >= REFUSED]
        if len(refused) == 1 and not tells_what_rules_say(refused[0]):
            # Whether something is accepted is decided before it shows anything new.
            compare(request, first, second, ("status",))
        if first.status == second.status in LEADING:
            # Where it leads, such as to a new record's id, is never the rules' doing.
            compare(request, first, second, ("status", "headers"))
        if request.verb != "GET" and min(first.status, second.status) < REFUSED:
            one, other = self.seen()
            if one != other:
                self.tally["ended after a request"] += 1
                raise Agreed
        compare(request, first, second)
        return first.response


STEPS: tuple[Callable[[Run], None], ...] = (
    *(Run.attack,) * 6,
    Run.act_unseen,
    Run.act_seen,
    Run.wait,
    Run.restart,
)
"""What an example is made of; somebody asks more often than others act."""
