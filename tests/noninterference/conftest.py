"""Two sides for all that is tested here: opening them takes as long as a hundred requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from noninterference.sides import Side
from support.postgres import Cluster


@pytest.fixture(scope="module")
def postgres_sides(
    postgres: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Side, Side]]:
    """Open two installations on PostgreSQL."""
    with postgres.database() as one, postgres.database() as other:
        first, second = (tmp_path_factory.mktemp("side") for _ in range(2))
        opened = Side(first, one), Side(second, other)
        yield opened
        for side in opened:
            side.close()


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """Open two installations on SQLite."""
    first, second = (tmp_path_factory.mktemp("side") for _ in range(2))
    opened = (
        Side(first, f"sqlite:///{first / 'records.sqlite'}"),
        Side(second, f"sqlite:///{second / 'records.sqlite'}"),
    )
    yield opened
    for one in opened:
        one.close()
