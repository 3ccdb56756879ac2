"""A question that asks too much is given up in words, and is in nobody's way meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text

from support.entering import enter
from tsuzuri.errors import Slow
from tsuzuri.factory import create_app
from tsuzuri.storage import patience
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.database import Carrier, Connection, Database
from worlds.town import ERRAND, World

ENDLESS = {
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n) "
    "select max(i) from n",
    "postgresql": "select pg_sleep(30)",
}
LONG = {
    "sqlite": ENDLESS["sqlite"].replace("from n) ", "from n where i < 3000000) "),
    "postgresql": "select pg_sleep(0.7)",
}


@pytest.fixture
def database(world: World) -> Iterator[Database]:
    found = Database(world.platform.config.database, pool_size=3, seconds=0.4)
    yield found
    found.close()


@contextmanager
def reading(database: Database, carrier: Carrier) -> Iterator[Connection]:
    with database.read(carrier) as connection:
        yield connection


def test_a_question_of_a_person_is_given_up(world: World, database: Database) -> None:
    access = world.entering("mori", world.publish({"a": {"kind": "text"}}))
    for _ in range(2):
        started = time.monotonic()
        with pytest.raises(Slow), reading(database, access) as connection:
            connection.execute(text(ENDLESS[database.dialect]))
        assert 0.3 < time.monotonic() - started < 3
        # The connection is as good as new.
        with reading(database, access) as connection:
            assert connection.scalar(text("select 1")) == 1


def test_work_of_the_program_takes_as_long_as_it_takes(database: Database) -> None:
    started = time.monotonic()
    with reading(database, ERRAND) as connection:
        connection.execute(text(LONG[database.dialect])).fetchall()
    with database.write(ERRAND) as connection:
        connection.execute(text(LONG[database.dialect])).fetchall()
    assert time.monotonic() - started > 0.5


def test_each_statement_has_its_own_time(world: World, database: Database) -> None:
    access = world.entering("mori", world.publish({"a": {"kind": "text"}}))
    with reading(database, access) as connection:
        for _ in range(3):
            time.sleep(0.2)
            assert connection.scalar(text("select 1")) == 1


def test_nobody_waits_for_it(world: World, database: Database) -> None:
    app = world.publish({"a": {"kind": "text"}})
    access = world.entering("mori", app)
    given_up: list[float] = []

    def ask() -> None:
        with pytest.raises(Slow), reading(database, access) as connection:
            connection.execute(text(ENDLESS[database.dialect]))
        given_up.append(time.monotonic())

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        waited = []
        for _ in range(3):
            started = time.monotonic()
            world.put(app, {"a": "x"})
            assert world.seen("mori", app)
            waited.append(time.monotonic() - started)
    finally:
        thread.join()
    assert given_up
    assert min(waited) < 0.3


def test_what_a_page_of_the_program_asks_is_given_up_too(database: Database) -> None:
    started = time.monotonic()
    with pytest.raises(Slow), database.platform() as connection:
        connection.execute(text(ENDLESS[database.dialect]))
    assert time.monotonic() - started < 3
    with database.platform(writing=True) as connection:
        connection.execute(text(LONG[database.dialect])).fetchall()


SEARCHED = {
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n) "
    "select i from n where i < 5 or i > 900000000",
    "postgresql": "select pg_sleep(case when i < 5 then 0 else 30 end), i "
    "from generate_series(1, 9) i",
}
"""Statements that give a few rows and then look for the next one in vain."""


def test_rows_that_come_one_by_one_are_not_waited_for_for_ever(
    world: World, database: Database
) -> None:
    access = world.entering("mori", world.publish({"a": {"kind": "text"}}))
    started = time.monotonic()
    with pytest.raises(Slow), reading(database, access) as connection:
        for _row in patience.streamed(connection, text(SEARCHED[database.dialect]), 2):
            pass
    assert time.monotonic() - started < 3


def test_whoever_reads_rows_slowly_gets_them_all(world: World, database: Database) -> None:
    app = world.publish({"a": {"kind": "text"}})
    for number in range(8):
        world.put(app, {"a": str(number)})
    access = world.entering("mori", app)
    with reading(database, access) as connection:
        statement = select(tables_of(app).records.c.id)
        seen = 0
        for _row in patience.streamed(connection, statement, 2):
            # What else is asked meanwhile has its own time and takes none of this.
            assert connection.scalar(text("select 1")) == 1
            time.sleep(0.15)
            seen += 1
    assert seen == 8


def test_a_page_says_what_to_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.publish({"a": {"kind": "text"}, "b": {"kind": "multiline"}})
    world.put(app, *({"a": f"題{n}", "b": "本文" * 50} for n in range(600)))
    flask = create_app(world.platform.config, world.platform)
    client = flask.test_client()
    enter(client, world.platform, "mori")
    query = " or ".join(f'b like "無い語{n}"' for n in range(30))
    path = f"/api/apps/{app.code}/records"
    monkeypatch.setattr(world.platform.database, "seconds", 0.001)
    answer = client.get(path, query_string={"query": query})
    assert answer.status_code == 503
    assert "条件を減らすか" in answer.get_json()["message"]
    monkeypatch.setattr(world.platform.database, "seconds", 30.0)
    assert client.get(path, query_string={"query": query}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit 501",
        "limit 1000000000",
        "limit 9223372036854775808",
        "limit -1",
        "limit NaN",
        "offset 10001",
        "offset -1",
        "offset 9223372036854775808",
        "(" * 51 + 'a = "x"' + ")" * 51,
        " or ".join(['a = "x"'] * 501),
        "a in (" + ", ".join(['"x"'] * 1001) + ")",
        'a = "' + "x" * 10_001 + '"',
    ],
)
def test_what_asks_beyond_the_limits_is_refused_at_once(world: World, query: str) -> None:
    app = world.publish({"a": {"kind": "text"}})
    client = create_app(world.platform.config, world.platform).test_client()
    enter(client, world.platform, "mori")
    started = time.thread_time()
    answer = client.get(f"/api/apps/{app.code}/records", query_string={"query": query})
    assert answer.status_code == 400
    assert answer.get_json()["message"]
    assert time.thread_time() - started < 2
