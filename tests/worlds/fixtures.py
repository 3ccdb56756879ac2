"""The town as a fixture: one for each module and engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from worlds.town import World, opened


@pytest.fixture(scope="module")
def world(
    fresh_database: Callable[[], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """Open the town once for a module, on each engine; use an app of your own in it."""
    with fresh_database() as url, opened(url, tmp_path_factory.mktemp("files")) as town:
        yield town
