"""How many random examples a property tries; ``TSUZURI_EXAMPLES=20`` tries twenty times as many.

``TSUZURI_SHRINK=1`` looks for the smallest failing example, which takes minutes on a database;
examples are small enough to be read as they are.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

FACTOR = float(os.environ.get("TSUZURI_EXAMPLES", "1"))
SHRINKING = (Phase.shrink,) if os.environ.get("TSUZURI_SHRINK") else ()
PATIENCE = 120 * max(1.0, FACTOR) + 600 * len(SHRINKING)
"""Seconds one property may take."""


def examples(count: int) -> settings:
    """Return the settings of a property that tries ``count`` examples in an ordinary run.

    A database is slow and shared by the examples of a module, so neither time nor size of one
    example is a failure; each example undoes what it wrote.
    """
    return settings(
        max_examples=max(1, round(count * FACTOR)),
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, *SHRINKING),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
