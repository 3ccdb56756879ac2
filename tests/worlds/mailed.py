"""Fixtures of a town whose notices go out by mail, into a mail server of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.sink import Sink, listening
from worlds.postman import emptied, mailing_world, smtp_at, wish
from worlds.town import NOW, World


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as found:
        yield found


@pytest.fixture
def town(world: World, sink: Sink) -> World:
    """Return a town with a mail server, in which mori wants each notice at once."""
    world.clock.now = NOW
    found = mailing_world(world, smtp_at(sink.port))
    emptied(found)
    wish(found, "mori", "at_once")
    return found
