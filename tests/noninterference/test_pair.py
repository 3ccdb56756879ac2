"""Who may see the same is answered the same, whatever lies hidden.

``TSUZURI_EXAMPLES=20`` tries twenty times as many; the long run begins at a seed of its own, which
it prints: ``TSUZURI_SEED`` takes it up again.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noninterference import definitions
from noninterference.running import LENGTH, LONGER, Run
from noninterference.sides import Side
from tsuzuri.services.definitions import check_document
from worlds.examples import FACTOR, PATIENCE, examples

pytestmark = pytest.mark.timeout(PATIENCE * 8)

LONG = 5000
CUT_SHORT = 0.1
"""How many of the examples may end early because the rules came to show a difference."""


def _judge(tally: Counter[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Print what was tried, and see that nearly all of it was tried to its end."""
    ended = {what: count for what, count in tally.items() if what.startswith("ended")}
    with capsys.disabled():
        print(f"\n{dict(tally)}")  # noqa: T201  the figures are what the run is for
    assert sum(ended.values()) < max(2, CUT_SHORT * tally["examples"])


def test_two_worlds_that_agree_answer_alike(
    sides: tuple[Side, Side], capsys: pytest.CaptureFixture[str]
) -> None:
    tally: Counter[str] = Counter()

    @settings(examples(260), derandomize=True)
    @given(rng=st.randoms(use_true_random=False))
    def alike(rng: Random) -> None:
        Run(rng, sides, tally=tally).run()

    alike()
    _judge(tally, capsys)


def test_they_do_on_postgresql(
    postgres_sides: tuple[Side, Side], capsys: pytest.CaptureFixture[str]
) -> None:
    tally: Counter[str] = Counter()
    for seed in range(max(1, round(40 * FACTOR))):
        Run(Random(seed), postgres_sides, tally=tally).run()
    _judge(tally, capsys)


@pytest.mark.long
@pytest.mark.timeout(12 * 3600)
def test_they_do_in_a_long_run(
    sides: tuple[Side, Side], capsys: pytest.CaptureFixture[str]
) -> None:
    first = int(os.environ.get("TSUZURI_SEED") or time.time())
    tally: Counter[str] = Counter()
    begun = time.monotonic()
    for seed in range(first, first + round(LONG * FACTOR)):
        try:
            Run(Random(seed), sides, tally=tally).run(LONGER if seed % 4 == 0 else LENGTH)
        except BaseException as error:
            error.add_note(f"TSUZURI_SEED={seed}")
            raise
    tally["seconds"] = round(time.monotonic() - begun)
    _judge(tally, capsys)
    assert tally["examples"] == round(LONG * FACTOR)


def test_what_is_drawn_can_be_published() -> None:
    for seed in range(60):
        for document in definitions.draw(Random(seed)):
            check_document(document)
