"""The sample town つづり市: everything about it that is not a record."""

from __future__ import annotations

from datetime import date

from .children import people_the_town
from .model import SampleTown
from .people import agencies, groups, users

DEFAULT_SEED = 26


def build_town(*, today: date, seed: int = DEFAULT_SEED) -> SampleTown:
    """Build the town as it stands on a day; the same day and seed give the same town.

    The people who work there are always the same, because guides name their logins; the seed
    picks the households and children.
    """
    households, children = people_the_town(seed, today)
    return SampleTown(
        name="つづり市",
        name_en="Tsuzuri City",
        today=today,
        seed=seed,
        agencies=agencies(),
        groups=groups(),
        users=users(),
        households=households,
        children=children,
    )
