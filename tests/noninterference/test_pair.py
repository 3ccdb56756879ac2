"""Who may see the same is answered the same, whatever lies hidden."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noninterference.running import Run
from noninterference.sides import Side
from worlds.examples import PATIENCE, examples

pytestmark = pytest.mark.timeout(PATIENCE)


@settings(examples(150), derandomize=True)
@given(rng=st.randoms(use_true_random=False))
def test_two_worlds_that_agree_answer_alike(sides: tuple[Side, Side], rng: Random) -> None:
    Run(rng, sides, tally=Counter()).run()
