"""Whatever is sent to whatever address: no failure of the server, no traceback, no hang.

The requests follow from the route map, so a new route is fuzzed by existing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.sending import Campaign, Sent
from tsuzuri.services import history
from tsuzuri.wire import record as wire
from worlds.fixtures import world
from worlds.routes import laid_out
from worlds.town import World

__all__ = ["world"]

EXAMPLES = 30 * int(os.environ.get("TSUZURI_EXAMPLES", "1"))
MANY = int(os.environ.get("TSUZURI_REQUESTS", "100000"))
SEED = int(os.environ.get("TSUZURI_SEED", "1"))
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
"""Of werkzeug: a file of a form that breaks off is closed when it is collected."""

FOUND = json.loads(Path(__file__).with_name("found.json").read_text(encoding="utf-8"))["requests"]
AGAIN = 200
"""Batches after which everything is laid out anew: by then somebody may have deleted it."""


@pytest.fixture(scope="module")
def campaign(world: World) -> Iterator[Campaign]:
    found = Campaign(laid_out(world))
    yield found
    found.close()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(random=st.randoms(use_true_random=False))
def test_no_request_makes_any_route_fail(campaign: Campaign, random: Random) -> None:
    campaign.batch(random)


@pytest.mark.parametrize("found", FOUND, ids=lambda one: str(one["why"]))
def test_what_once_made_a_route_fail_does_so_no_more(
    campaign: Campaign, found: dict[str, Any]
) -> None:
    for user in ("mori", ""):
        sent = Sent(
            user=user,
            method=found["method"],
            path=found["path"].format(**campaign.place.values),
            query=found.get("query", ""),
            headers=found["headers"],
            body=found["body"].encode(),
            kind=found["kind"],
        )
        campaign.send(campaign.place.client(user), sent)


def test_the_record_that_was_there_is_whole_afterwards(campaign: Campaign, world: World) -> None:
    """Requests may have changed it, as its people may; then every change is in its history."""
    place = campaign.place
    access = world.entering("mori", world.platform.apps[place.app.code])
    kept = world.seen("mori", access.whole)
    for record in kept:
        with world.platform.reading(access) as reading:
            state = reading.get(record)
        entries = history.changes(world.platform, access, record)
        assert [one.revision for one in entries] == list(range(state.revision, 0, -1))
        assert wire.load(access.app, state.values) == state.values


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_hundred_thousand_requests(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    random, started = Random(SEED), time.monotonic()
    found = Campaign(laid_out(world), patient=True)
    batches = 0
    try:
        while found.statuses.total() < MANY:
            found.batch(random)
            batches += 1
            if batches % AGAIN == 0:
                found.place = laid_out(world)
                found.renew()
    finally:
        found.close()
        with capsys.disabled():
            print("\n" + found.told(time.monotonic() - started))  # noqa: T201  the figures
    assert not found.failures, (len(found.failures), "\n\n".join(found.failures[:20]))
    asked = {name.split(" ", 1)[1] for name in found.routes}
    assert asked == {rule.rule for rule in found.place.rules()}
