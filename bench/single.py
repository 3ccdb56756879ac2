"""One record: opening it, and creating it with history, readers and search entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from sqlalchemy import event

from bench.data import APP, Dataset
from bench.raw import Raw, Reader, driver
from bench.timing import Result, Work, compared
from tsuzuri.access.gate import Access
from tsuzuri.services import opening, people, records
from tsuzuri.services.platform import Platform
from tsuzuri.storage.search import FIELDS

WRITERS = ("all", "big")
DAYS_BACK = -(1 << 41)
"""Ids are times, so copies of rows go some days back, where nothing looks for the newest."""
BODY = (
    "家庭訪問。母と本人に会う。玄関先で十五分ほど話した。本人は表情が明るく、昨日の給食の話を"
    "してくれた。母は仕事の時間が変わり、朝の支度が難しいと話す。部屋の様子は見ていない。"
) * 3


def measure(data: Dataset, rounds: int, say: Callable[[Result], None]) -> None:
    """Measure opening for every actor, creating for those who write here."""
    with driver(data) as raw:
        for who, login in data.actors.items():
            actor = people.actor(data.platform, login)
            assert actor is not None
            access = data.platform.admit(actor, APP)
            reader = Reader.of(raw, access)
            if who != "none":
                say(_open(data, raw, reader, who, rounds))
            if who in WRITERS:
                say(_create(data, raw, access, who, rounds))


def _open(data: Dataset, raw: Raw, reader: Reader, who: str, rounds: int) -> Result:
    """Open one record with all the reader's fields, and learn what may be done with it."""
    access, table = reader.access, reader.table
    seen = f"r.deleted_at IS NULL AND {reader.seen(own=who not in WRITERS)}"
    record = raw.rows(f"SELECT r.id FROM {table} r WHERE {seen} LIMIT 1")[0][0]
    columns = ", ".join(reader.column(one) for one in access.app.stored)
    statement = f"SELECT r.*, {columns} FROM {table} r WHERE r.id = ? AND {seen}"
    works: dict[str, Work] = {
        "ours": lambda: opening.opened(
            data.platform, data.platform.admit(access.actor, APP), record
        ),
        "raw": lambda: raw.rows(statement, (record,)),
    }
    return compared((data.engine, "open", who), works, rounds)


def _create(data: Dataset, raw: Raw, access: Access, who: str, rounds: int) -> Result:
    case = raw.rows(
        f"SELECT f1 FROM rec_{access.whole.number} WHERE created_agency = ? LIMIT 1",
        (access.actor.agency,),
    )[0][0]
    given = _given(case, data)
    with _heard(data.platform) as heard:
        records.create(data.platform, access, given)
    replay = Replay(raw, heard)
    works: dict[str, Work] = {
        "ours": lambda: records.create(
            data.platform, data.platform.admit(access.actor, APP), given
        ),
        "raw": replay.run,
    }
    return compared((data.engine, f"create ({len(replay.statements)} inserts)", who), works, rounds)


def _given(case: str, data: Dataset) -> dict[str, Any]:
    return {
        "case": case,
        "happened_at": f"{data.today}T01:00:00Z",
        "method": "家庭訪問",
        "staff": ["admin"],
        "met": ["本人", "母"],
        "safety_check": "目視で確認",
        "child_state": "少し気になる",
        "signs": ["表情が乏しい"],
        "body": BODY,
        "next_action": "来週もう一度訪問する",
        "scope": ["A01", "B05"],
        "importance": "通常",
    }


Heard = list[tuple[str, Any, bool]]


@contextmanager
def _heard(platform: Platform) -> Iterator[Heard]:
    """Listen to the inserts that the program sends its driver."""
    heard: Heard = []

    def listen(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, many: Any) -> None:
        if statement.startswith("INSERT"):
            heard.append((statement, values, bool(many)))

    event.listen(platform.database.engine, "before_cursor_execute", listen)
    try:
        yield heard
    finally:
        event.remove(platform.database.engine, "before_cursor_execute", listen)


class Replay:
    """The same rows again through the bare driver, under ids of their own."""

    def __init__(self, raw: Raw, heard: Heard) -> None:
        self.raw = raw
        self.statements = [
            (statement, values if many else [values]) for statement, values, many in heard
        ]
        self.record = next(
            values[0][0] for statement, values in self.statements if "INTO rec_" in statement
        )
        self._steps = count(1)

    def run(self) -> None:
        """Insert everything in one transaction, as the program does."""
        step = next(self._steps) * DAYS_BACK
        cursor = self.raw.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self.raw.dialect == "sqlite" else "BEGIN")
        for statement, rows in self.statements:
            moved = [self._moved(row, step) for row in rows]
            if len(moved) == 1:
                cursor.execute(statement, moved[0])
            else:
                cursor.executemany(statement, moved)
        cursor.execute("COMMIT")
        cursor.close()

    def _moved(self, row: Any, step: int) -> Any:
        if isinstance(row, dict):
            return {name: self._one(value, step) for name, value in row.items()}
        return self._several(row, step)

    def _several(self, row: Sequence[Any], step: int) -> tuple[Any, ...]:
        return tuple(self._one(value, step) for value in row)

    def _one(self, value: Any, step: int) -> Any:
        """Return an id moved by ``step``; the index of words counts records by a thousand."""
        if not isinstance(value, int) or value < 1 << 40:
            return value
        if self.record * FIELDS <= value < (self.record + 1) * FIELDS:
            return value + step * FIELDS
        return value + step
