"""The guard proof: every planted bug that a second world can show is found.

A comparison that finds nothing proves nothing until it has found what is known to be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest

from noninterference.comparing import Interference
from noninterference.running import LONGER, Run
from noninterference.sides import Side
from plants import PLANTS, Plant
from worlds.examples import PATIENCE

MOST = 1000
"""Examples within which every bug must be found."""

QUICK = (
    "hidden-fields-stay",
    "masks-are-read",
    "counts-count-everything",
    "hidden-fields-can-be-asked",
    "trash-is-for-everybody",
    "tiles-tell-how-many-records",
)
"""Bugs that take seconds to find: the ordinary run finds these, the long run all."""

ELSEWHERE: Mapping[str, str] = {
    "values-are-pasted": "what is pasted is an attack on the database, not on what is hidden in it",
    "search-text-is-syntax": "odd texts fail outright, in both worlds alike",
    "names-lead-on": "a name nobody would think of; the catalogue knows it",
    "field-names-are-tidied": "the same",
    "orders-take-expressions": "the same",
}
"""Bugs that the catalogue of attacks finds (``tests/attacks``), and why two worlds do not."""


def found_after(plant: Plant, sides: tuple[Side, Side], most: int) -> int:
    """Return the number of examples until a bug was found; 0 if it was not."""
    with plant.apply():
        for seed in range(most):
            try:
                Run(Random(seed), sides).run(LONGER)
            except Interference:
                return seed + 1
    return 0


@pytest.mark.timeout(PATIENCE * 2)
@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_found(sides: tuple[Side, Side], name: str) -> None:
    assert found_after(PLANTS[name], sides, 60), PLANTS[name].says


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
def test_every_planted_bug_is_found(
    sides: tuple[Side, Side], capsys: pytest.CaptureFixture[str]
) -> None:
    missed = []
    for name, plant in PLANTS.items():
        if name not in ELSEWHERE:
            after = found_after(plant, sides, MOST)
            missed += [] if after else [name]
            with capsys.disabled():
                print(f"{name:45} {plant.channel:30} {after or 'not found'}", flush=True)  # noqa: T201  the table is what the run is for
    assert not missed


def test_what_is_found_elsewhere_is_known() -> None:
    assert {*ELSEWHERE} <= {*PLANTS}
