"""Two characters in every text somebody may see: a common word, an uncommon one, a rare one."""

from __future__ import annotations

from collections.abc import Callable

from bench.data import APP, Dataset
from bench.raw import Raw, Reader, driver
from bench.timing import Result, Work, compared, timed
from tsuzuri.access.actors import Actor
from tsuzuri.services import people
from tsuzuri.services import search as searching
from tsuzuri.storage import codec, search

WORDS = {"common": "訪問", "uncommon": "転園", "rare": "虐待", "absent": "鯨飲"}
SIZE = 50


def measure(data: Dataset, rounds: int, say: Callable[[Result], None]) -> None:
    """Measure the search box in one app and in all of them."""
    with driver(data) as raw:
        for who, login in data.actors.items():
            actor = people.actor(data.platform, login)
            assert actor is not None
            reader = Reader.of(raw, data.platform.admit(actor, APP))
            for name, word in WORDS.items():
                works = {
                    "ours": _ours(data, actor, word, APP),
                    "raw": _by_hand(raw, reader, word),
                }
                say(compared((data.engine, f"search {name} {word}", who), works, rounds))
                every = timed({"ours": _ours(data, actor, word, "")}, rounds)["ours"]
                operation = f"search {name} {word}, every app"
                say(
                    Result(
                        engine=data.engine,
                        operation=operation,
                        who=who,
                        ours=every.median,
                        note=f"least {every.least:.2f}",
                    )
                )


def _ours(data: Dataset, actor: Actor, word: str, app: str) -> Work:
    return lambda: searching.search(data.platform, actor, word, app=app, size=SIZE)


def _by_hand(raw: Raw, reader: Reader, word: str) -> Work:
    """Return the newest records with the word in a field of the reader's, with one long text."""
    app = reader.access.app
    searched = [one for one in app.stored if codec.is_searched(one) and one.guard is None]
    numbers = ", ".join(str(one.number) for one in searched)
    name, table = f"search_{app.number}", reader.table
    body = app.by_code["body"].number
    columns = f"r.id, r.revision, r.created_at, r.created_by, r.f{body}"
    seen = f"r.deleted_at IS NULL AND {reader.seen(own=False)}"
    if raw.dialect == "sqlite":
        statement = (
            f"SELECT DISTINCT {columns} FROM {name} s JOIN {table} r ON r.id = s.rowid / 1024"
            f" WHERE s.{name} MATCH '{search.phrase(word)}' AND s.rowid % 1024 IN ({numbers})"
            f" AND {seen} ORDER BY s.rowid DESC LIMIT {SIZE + 1}"
        ).replace(f"s.{name} MATCH", f"{name} MATCH")
    else:
        held = f"s.field IN ({numbers}) AND strpos(s.folded, '{word}') > 0"
        if word == WORDS["common"]:
            hits = f"r.id IN (SELECT s.record FROM {name} s WHERE {held})"
            statement = (
                f"SELECT {columns} FROM {table} r WHERE {seen} AND {hits}"
                f" ORDER BY r.id DESC LIMIT {SIZE + 1}"
            )
        else:
            # Left to itself the planner walks the records; a common table expression fences it.
            hits = f"SELECT DISTINCT s.record FROM {name} s WHERE {held}"
            hits += f" AND s.grams @> ARRAY{search.wanted(word)}"
            statement = (
                f"WITH h AS MATERIALIZED ({hits}) SELECT {columns} FROM h JOIN {table} r"
                f" ON r.id = h.record WHERE {seen} ORDER BY r.id DESC LIMIT {SIZE + 1}"
            )
    return lambda: raw.rows(statement)
