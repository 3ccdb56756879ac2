"""W0 for attacks: shared by those that only look, fresh for those that change something."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest

from attacks import world
from attacks.serving import Town, site

FreshTown = Callable[[], AbstractContextManager[Town]]


@pytest.fixture(scope="session")
def fresh_towns(tmp_path_factory: pytest.TempPathFactory) -> FreshTown:
    """Give towns that nobody has touched: files copied from two that are built once."""
    templates = tmp_path_factory.mktemp("w0")
    for number in (0, 1):
        folder = templates / str(number)
        folder.mkdir()
        world.build(_url(folder), folder / "files", number)
    numbers = count()

    @contextmanager
    def town() -> Iterator[Town]:
        home = tmp_path_factory.mktemp(f"town{next(numbers)}")
        with ExitStack() as stack:
            sites = []
            for number in ("0", "1"):
                shutil.copytree(templates / number, home / number)
                sites.append(
                    stack.enter_context(site(_url(home / number), home / number / "files"))
                )
            yield Town(*sites)
        shutil.rmtree(home)

    return town


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'records.sqlite'}"


@pytest.fixture
def fresh(fresh_towns: FreshTown) -> Iterator[Town]:
    """Give a town of its own to an attack that changes something."""
    with fresh_towns() as town:
        yield town


@pytest.fixture(scope="module")
def town(
    fresh_database: Callable[[], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Town]:
    """Give a town that attacks only look at, on each engine."""
    with ExitStack() as stack:
        sites = []
        for number in (0, 1):
            url = stack.enter_context(fresh_database())
            folder = tmp_path_factory.mktemp("files")
            world.build(url, folder, number)
            sites.append(stack.enter_context(site(url, folder)))
        yield Town(*sites)
