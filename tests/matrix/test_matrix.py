"""Action by route by role: every cell is expected, and comes out as the gate decides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import FreshDatabase
from matrix.asking import cells, routes
from matrix.place import Place, laid_out
from matrix.roles import roles
from matrix.table import FILE, SHOWN, gate_part, written
from tsuzuri import resources

CODES = sorted(path.stem for path in resources.APPS.glob("*.json"))


@pytest.fixture(scope="module")
def place(
    fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    with fresh_database() as url, laid_out(url, tmp_path_factory.mktemp("files")) as found:
        yield found


def test_every_route_has_an_expectation(place: Place) -> None:
    silent = []
    for route in routes(place):
        try:
            _ = route.said
        except KeyError:
            silent.append(route.name)
    assert not silent, "say in tests/matrix/asking.py what to ask of these"


def test_what_the_gate_gives_each_role_is_what_was_reviewed(place: Place) -> None:
    assert gate_part(place) in FILE.read_text(encoding="utf-8")


@pytest.mark.timeout(600)
def test_every_route_answers_as_the_gate_decides_and_as_was_reviewed(place: Place) -> None:
    if place.platform.database.dialect != "sqlite":
        pytest.skip("every app is asked on PostgreSQL by the long form")
    assert written(place) == FILE.read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.parametrize("code", sorted(set(CODES) - set(SHOWN)))
def test_every_route_of_every_app_answers_as_the_gate_decides(place: Place, code: str) -> None:
    assert len(list(cells(place, code, roles()))) > 400
