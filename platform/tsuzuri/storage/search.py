"""The search index: folded text, cut into bigrams by us, one entry per record and field.

Because each field has its own entry, a hit in a field the reader may not see never counts,
and a change of rules needs no new index.

SQLite: a contentless FTS5 table.  Every character becomes four letters of base 36, so every
bigram is one plain token of eight and no tokenizer can lose a symbol; a phrase of bigrams is
exactly a substring, and a single character is a prefix.  The entry of field K of record R is
row ``R * 1024 + K``, so entries come back in the order of records.

PostgreSQL: a table with the folded text and the set of its characters and bigrams as
integers under a GIN index; what the index finds is checked against the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Text,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from tsuzuri.fields.base import Field
from tsuzuri.storage import rows, words
from tsuzuri.storage.app_tables import AppTables

FIELDS = 1024
"""Room for field numbers beside a 53-bit record id in a 63-bit row id."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class _Letters(dict[str, str]):
    """A character as four letters of base 36, which hold every code point; made when first met.

    A plain look-up is half the cost of a call, and an import makes millions.
    """

    def __missing__(self, character: str) -> str:
        number, letters = ord(character), ""
        for _ in range(4):
            number, digit = divmod(number, 36)
            letters = _DIGITS[digit] + letters
        self[character] = letters
        return letters


_letters = _Letters().__getitem__


def tokens(folded: str) -> str:
    """Return the FTS5 text of ``folded``: every bigram, and the last character alone."""
    letters = [*map(_letters, folded)]
    pairs = map(str.__add__, letters, islice(letters, 1, None))
    return " ".join([*pairs, letters[-1]]) if letters else ""


def phrase(folded: str) -> str:
    """Return the FTS5 query of a substring: a phrase of bigrams, or a prefix."""
    if len(folded) == 1:
        return f"{_letters(folded)}*"
    letters = list(map(_letters, folded))
    return '"' + " ".join(map(str.__add__, letters, letters[1:])) + '"'


def grams(folded: str) -> list[int]:
    """Return the characters and bigrams of ``folded`` as 32-bit integers, without doubles.

    Two bigrams may share an integer; the check against the text tells them apart.
    """
    points = [ord(character) for character in folded]
    found = set(points)
    found.update(
        -1 - ((first * 65_599 + second) & 0x7FFFFFFE) for first, second in pairwise(points)
    )
    return sorted(found)


def wanted(folded: str) -> list[int]:
    """Return what an entry must hold to contain ``folded``: its bigrams, or its one character."""
    found = grams(folded)
    return found if len(folded) == 1 else [gram for gram in found if gram < 0]


def holds(where: ColumnElement[Any], folded: str, dialect: str) -> ColumnElement[bool]:
    """Return "this folded text contains that", without patterns to escape."""
    find = func.instr if dialect == "sqlite" else func.strpos
    return find(where, folded) > 0


def contains(tables: AppTables, dialect: str, number: int, folded: str) -> ColumnElement[bool]:
    """Return the condition that field ``number`` of a record contains ``folded``."""
    record = tables.records.c.id
    if dialect == "sqlite":
        return (record * FIELDS + number).in_(_hits(tables, folded))
    entry = entries(tables).alias()
    mine = (entry.c.record == record, entry.c.field == number)
    return exists(select(literal(1)).where(*mine, matches(entry, folded)))


def asked_of_each(
    tables: AppTables, dialect: str, field: Field, folded: str
) -> ColumnElement[bool]:
    """Return the same for a word that so many records hold that each is asked for itself."""
    if dialect == "sqlite":
        column: Any = tables.column(field)
        asked = getattr(func, words.FUNCTION)(words.key(field), column, folded)
        # SQLite asks subqueries last, in the order they stand: first whether it may be seen.
        once = select(literal(1)).subquery()
        return select(asked).select_from(once).correlate(tables.records).scalar_subquery() == 1
    entry = entries(tables).alias()
    one = select(literal(1)).where(
        entry.c.record == tables.records.c.id,
        entry.c.field == field.number,
        func.strpos(entry.c.folded, folded) > 0,
    )
    # A scalar subquery cannot be turned into a join over the whole table.
    return one.limit(1).scalar_subquery().is_not(None)


def _hits(tables: AppTables, folded: str) -> Any:
    """Return SQLite's entries that hold ``folded``, as a statement to narrow further."""
    name = tables.search_name
    found = text(f"{name} MATCH :phrase").bindparams(
        bindparam("phrase", phrase(folded), unique=True)
    )
    rowid = literal_column("rowid", BigInteger)
    return select(rowid).select_from(table(name)).where(found)


def walk(tables: AppTables, folded: str) -> tuple[Any, Any]:
    """Return SQLite's entries that hold ``folded``, and what names the record of each."""
    rowid: Any = literal_column("rowid", BigInteger)
    return rowid.op("/")(FIELDS), _hits(tables, folded)


def holding(tables: AppTables, dialect: str, number: int, folded: str) -> Any:
    """Return the ids of the records whose field ``number`` contains ``folded``."""
    if dialect == "sqlite":
        rowid: Any = literal_column("rowid", BigInteger)
        hits = _hits(tables, folded).where(rowid.op("%")(FIELDS) == number)
        return hits.with_only_columns(rowid.op("/")(FIELDS).label("record"))
    entry = entries(tables).alias()
    return select(entry.c.record).where(entry.c.field == number, matches(entry, folded))


NEWEST = 1000
"""Entries that tell whether a word is common."""


def count_hits(connection: Connection, tables: AppTables, folded: str, most: int) -> int:
    """Return how many entries hold ``folded``, up to ``most``.

    On PostgreSQL the newest entries are asked first, because the index collects every entry
    of a word before it gives the first.
    """
    if connection.dialect.name == "sqlite":
        some = _hits(tables, folded).limit(most).subquery()
    else:
        entry = entries(tables)
        newest = select(entry.c.folded).order_by(entry.c.record.desc()).limit(NEWEST).subquery()
        held = select(func.count()).where(func.strpos(newest.c.folded, folded) > 0)
        if connection.execute(held.select_from(newest)).scalar_one() * 100 >= NEWEST:
            return most
        some = select(literal(1)).where(matches(entry, folded)).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def entries(tables: AppTables) -> Any:
    """Return PostgreSQL's search table as something to select from."""
    return table(
        tables.search_name,
        column("record", BigInteger),
        column("field", Integer),
        column("folded", Text),
        column("grams", ARRAY(Integer)),
    )


def matches(entry: Any, folded: str) -> ColumnElement[bool]:
    """Return "this entry contains that": the index first, then the text itself."""
    keys = cast(wanted(folded), ARRAY(Integer))
    return and_(entry.c.grams.contains(keys), func.strpos(entry.c.folded, folded) > 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """The folded text of one field of one record."""

    record: int
    field: int
    folded: str


def create(connection: Connection, tables: AppTables) -> None:
    """Make the index of an app if it is not there."""
    name = tables.search_name
    if connection.dialect.name == "sqlite":
        # Single characters have an index of their own.  Without it SQLite 3.40 joins the lists of
        # every bigram that begins so, and now and then calls a list with removals in it malformed.
        connection.exec_driver_sql(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5("
            "grams, content='', columnsize=0, tokenize='ascii', prefix='4')"
        )
        return
    connection.exec_driver_sql(
        f"CREATE TABLE IF NOT EXISTS {name} (record bigint NOT NULL, field integer NOT NULL,"
        ' folded text COLLATE "C" NOT NULL, grams integer[] NOT NULL,'
        " PRIMARY KEY (record, field))"
    )
    connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS ix_{name} ON {name} USING gin (grams)")


def add(connection: Connection, tables: AppTables, added: Iterable[Entry]) -> None:
    """Index texts; entries that are already there must be removed first."""
    name = tables.search_name
    if connection.dialect.name == "sqlite":
        texts = [(one.record * FIELDS + one.field, tokens(one.folded)) for one in added]
        rows.put(connection, name, ("rowid", "grams"), texts)
        return
    entries = [(one.record, one.field, one.folded, rows.array(grams(one.folded))) for one in added]
    rows.put(connection, name, ("record", "field", "folded", "grams"), entries)


def remove(connection: Connection, tables: AppTables, removed: Sequence[Entry]) -> None:
    """Take texts out; a contentless index must be told what it held."""
    name = tables.search_name
    if not removed:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            f"INSERT INTO {name}({name}, rowid, grams) VALUES ('delete', ?, ?)",  # noqa: S608  a name of ours
            [(one.record * FIELDS + one.field, tokens(one.folded)) for one in removed],
        )
    else:
        connection.exec_driver_sql(
            f"DELETE FROM {name} WHERE record = %s AND field = %s",  # noqa: S608  a name of ours
            [(one.record, one.field) for one in removed],
        )
