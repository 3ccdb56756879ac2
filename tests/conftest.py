"""Fixtures that every part of the suite shares, and the door that keeps it on this machine."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from playwright.sync_api import Browser, ViewportSize

from support import browser as chromium
from support import closed
from support import postgres as postgresql
from support.requirements import absent

FreshDatabase = Callable[[], AbstractContextManager[str]]


def pytest_configure() -> None:
    """Close the door before any test is even imported."""
    closed.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a program by what it asks for, so that no test can forget its marker."""
    for item in items:
        asked = getattr(item, "fixturenames", ())
        if "postgres" in asked:
            item.add_marker("postgresql")
        if "browser" in asked:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.Cluster]:
    """Run a private PostgreSQL as long as this process tests."""
    programs = postgresql.programs()
    if programs is None:
        absent("PostgreSQL (Debian's package postgresql)")
    with postgresql.running(programs) as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres: postgresql.Cluster) -> Iterator[str]:
    """Give an empty PostgreSQL database to a test that is about PostgreSQL alone."""
    with postgres.database() as url:
        yield url


@pytest.fixture(
    scope="session",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def fresh_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> FreshDatabase:
    """Make empty databases, once on each engine: a module's world takes one for itself."""
    if request.param == "postgresql":
        cluster: postgresql.Cluster = request.getfixturevalue("postgres")
        return cluster.database

    @contextmanager
    def file() -> Iterator[str]:
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'records.sqlite'}"

    return file


@pytest.fixture
def database_url(fresh_database: FreshDatabase) -> Iterator[str]:
    """Give one test an empty database, once on each engine."""
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run a real Chromium as long as this process tests."""
    executable = chromium.program()
    if executable is None:
        absent("Chromium (Debian's package chromium)")
    with chromium.running(executable) as running:
        yield running


@pytest.fixture(params=chromium.VIEWPORTS)
def viewport(request: pytest.FixtureRequest) -> ViewportSize:
    """Run a test at each size that people use."""
    return chromium.VIEWPORTS[request.param]
