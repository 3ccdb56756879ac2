"""Finding records by words: newest first, a page at a time, nothing missed.

Two ways lead to the same answer, and which is cheap depends on who asks and for what:

* somebody with few records, for a word that many records hold: read those records, newest
  first, and look for the words in them;
* everybody else: the newest entries of the index, checked one batch after another, until
  the page is full or the index has no more.

Only fields the reader may see are asked, and guarded ones only where their guard holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import column, func, literal_column, select, table, text

from tsuzuri.fields.base import Field
from tsuzuri.storage import codec, search, starts
from tsuzuri.storage.records import Listing, Records
from tsuzuri.storage.visible import Way
from tsuzuri.storage.writing import RecordState

BATCH = 400
"""Index entries checked at once: a few pages' worth."""
FIRST = 64
"""And the first time: about a page, where most records hold the word."""
NEWEST = 2000
"""Entries PostgreSQL looks at one by one before it asks the index for every hit."""


@dataclass(frozen=True, slots=True)
class FoundRecords:
    """Records with the first field that holds the first word; ``more`` beyond the page."""

    records: list[tuple[RecordState, Field]]
    more: bool


def find(records: Records, words: Sequence[str], size: int) -> FoundRecords:
    """Return up to ``size`` of the newest records that hold every one of ``words``."""
    fields = [one for one in records.access.app.fields if codec.is_searched(one)]
    if not fields or records.visible.way is Way.NONE:
        return FoundRecords([], more=False)
    with records.searching():
        found = _searched(records, fields, words, size=size)
    records.handed_out([state.id for state, _ in found.records])
    return found


def _searched(
    records: Records, fields: Sequence[Field], words: Sequence[str], *, size: int
) -> FoundRecords:
    word = max(words, key=len)
    own = records.visible.way is Way.FEW and starts.is_common(
        records.connection, records.tables, word
    )
    batches = _own(records) if own else _indexed(records, fields, word)
    found: list[tuple[RecordState, Field]] = []
    looked_at: set[int] = set()
    for batch in batches:
        # The entries of one record may stand in two batches.
        ids = [one for one in batch if one not in looked_at]
        looked_at.update(ids)
        states = records.many(ids)
        for record_id in ids:
            field = _first_hit(states.get(record_id), fields, words)
            if field is not None:
                found.append((states[record_id], field))
                if len(found) > size:
                    return FoundRecords(found[:size], more=True)
    return FoundRecords(found, more=False)


def _first_hit(
    state: RecordState | None, fields: Sequence[Field], words: Sequence[str]
) -> Field | None:
    """Return the first field that holds the first word, if every word is somewhere."""
    if state is None:
        return None
    texts: dict[Field, str] = {}
    places = []
    for word in words:
        place = next((one for one in fields if word in _text(state, one, texts)), None)
        if place is None:
            return None
        places.append(place)
    return places[0]


def _text(state: RecordState, field: Field, known: dict[Field, str]) -> str:
    """Return the folded text of a field, worked out when it is first asked for."""
    if field not in known:
        known[field] = codec.folded(field, state.values.get(field.code))
    return known[field]


def _own(records: Records) -> Iterator[list[int]]:
    """Yield the reader's own records, newest first."""
    after: int | None = None
    size = FIRST
    while True:
        page = records.page(Listing(size=size, after=after))
        ids = [row[0] for row in page.rows]
        yield ids
        if not page.later:
            return
        after, size = ids[-1], BATCH


def _indexed(records: Records, fields: Sequence[Field], word: str) -> Iterator[list[int]]:
    """Yield records whose visible fields hold a word, newest first.

    A batch may be empty: a hit that is not shown in the end takes no more statements than none.
    """
    numbers = [one.number for one in fields]
    walk = _sqlite if records.compiler.dialect == "sqlite" else _postgresql
    yield from walk(records, numbers, word)


def _sqlite(records: Records, numbers: Sequence[int], word: str) -> Iterator[list[int]]:
    """Walk FTS5 backwards by row id, which is record and field in one."""
    below, size = 2**63 - 1, FIRST
    record, hits = search.walk(records.tables, word)
    allowed = (literal_column("rowid") % search.FIELDS).in_(numbers)
    hits = hits.where(allowed, records.visible.listed(record)).order_by(text("rowid DESC"))
    while True:
        statement = hits.where(literal_column("rowid") < below).limit(size)
        rows = records.connection.execute(statement).scalars().all()
        yield list(dict.fromkeys(row // search.FIELDS for row in rows))
        if len(rows) < size:
            return
        below, size = rows[-1], min(size * 4, BATCH * 4)


def _postgresql(records: Records, numbers: Sequence[int], word: str) -> Iterator[list[int]]:
    """Look at the newest entries one by one; a rare word is left to the GIN index."""
    entry = table(
        records.tables.search_name,
        column("record"),
        column("field"),
        column("folded"),
    )
    newest = (
        select(entry.c.record, entry.c.field, entry.c.folded)
        .order_by(entry.c.record.desc())
        .limit(NEWEST)
        .subquery()
    )
    common = (
        select(newest.c.record)
        .where(
            newest.c.field.in_(numbers),
            func.strpos(newest.c.folded, word) > 0,
            records.visible.listed(newest.c.record),
        )
        .distinct()
        .order_by(newest.c.record.desc())
    )
    seen = list(records.connection.execute(common).scalars())
    for start in range(0, max(1, len(seen)), FIRST):
        yield seen[start : start + FIRST]
    looked_at = select(func.count(), func.min(newest.c.record))
    count, oldest = records.connection.execute(looked_at).one()
    if count < NEWEST:
        # That were all there are.
        return
    indexed = search.entries(records.tables)
    below = oldest + 1
    while True:
        rows = records.connection.execute(
            select(indexed.c.record)
            .where(
                search.matches(indexed, word),
                records.visible.listed(indexed.c.record),
                indexed.c.field.in_(numbers),
                indexed.c.record < below,
            )
            .distinct()
            .order_by(indexed.c.record.desc())
            .limit(BATCH)
        ).scalars()
        ids = list(rows)
        yield ids
        if len(ids) < BATCH:
            return
        below = ids[-1]
