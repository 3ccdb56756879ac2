"""A page of a list and its count: 100 records of 10 columns, with filter, order and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bench.data import APP, Dataset
from bench.raw import Raw, Reader, driver
from bench.timing import Result, Work, compared, milliseconds
from tsuzuri.access.gate import Access
from tsuzuri.query.bind import bind_order, bind_text
from tsuzuri.query.parse import parse
from tsuzuri.services import people
from tsuzuri.storage.records import COUNT_CAP, Listing

COLUMNS = (
    "happened_at", "child_name", "method", "child_state", "signs", "importance", "next_action",
    "case", "scope", "review",
)  # fmt: skip
SIZE = 100
DEEP = 50
CASES = {
    "newest": "",
    "child_state in 2 of 5": 'child_state in ("とても気になる", "至急対応が必要")',
    "child_state in 1, rare": 'child_state in ("至急対応が必要")',
    "a month": 'happened_at >= "{month}" and happened_at < "{today}"',
    "body like 訪問": 'body like "訪問"',
    "review (guarded)": 'review in ("確認済み")',
}


def listing_of(access: Access, where: str) -> Listing:
    """Return the list of the visit log that is measured."""
    columns = tuple(access.app.by_code[code] for code in COLUMNS if code in access.app.by_code)
    return Listing(
        where=bind_text(access.app, where, access.asker),
        order=bind_order(access.app, parse("order by happened_at desc").order),
        columns=columns,
        size=SIZE,
    )


def measure(data: Dataset, rounds: int, say: Callable[[Result], None]) -> None:
    """Measure every list of every actor."""
    with driver(data) as raw:
        for who, login in data.actors.items():
            actor = people.actor(data.platform, login)
            assert actor is not None
            access = data.platform.admit(actor, APP)
            reader = Reader.of(raw, access)
            for name, where in _cases(data, access):
                one = _List(data, raw, reader, listing_of(access, where), where)
                for result in one.results(name, who, rounds):
                    say(result)


def _cases(data: Dataset, access: Access) -> Iterator[tuple[str, str]]:
    month = data.today.replace(year=data.today.year - 1)
    later = month.replace(day=min(28, month.day), month=month.month % 12 + 1)
    later = later.replace(year=month.year + (month.month == 12))
    times = {"month": f"{month}T00:00:00Z", "today": f"{later}T00:00:00Z"}
    for name, where in CASES.items():
        if "review" not in where or "review" in access.app.by_code:
            yield name, where.format(**times)


class _List:
    """One list of one reader, asked of the program and of the driver."""

    def __init__(
        self, data: Dataset, raw: Raw, reader: Reader, listing: Listing, where: str
    ) -> None:
        self.data, self.raw, self.reader, self.listing = data, raw, reader, listing
        self.where = where

    def results(self, name: str, who: str, rounds: int) -> Iterator[Result]:
        engine = self.data.engine
        yield compared((engine, f"list: {name}", who), self._pages(self.listing, ""), rounds)
        yield compared((engine, f"count: {name}", who), self._counts(), rounds)
        edge = self._deep() if name == "newest" else None
        if edge is not None:
            deep = replace(self.listing, after=edge)
            pages = self._pages(deep, self._beyond(edge))
            yield compared((engine, f"list: page {DEEP + 1}", who), pages, rounds)

    def _deep(self) -> int | None:
        """Return the last record of a page far down the list, or None where it is short."""
        rows = self.raw.rows(
            f"SELECT r.id FROM {self.reader.table} r WHERE r.deleted_at IS NULL"
            f" AND {self.reader.seen(own=False)} ORDER BY {self._order()}"
            f" LIMIT 1 OFFSET {DEEP * SIZE}"
        )
        return int(rows[0][0]) if rows else None

    def _beyond(self, edge: int) -> str:
        key = self.reader.column(self.listing.order[0].field)
        value = self.raw.rows(f"SELECT {key} FROM {self.reader.table} r WHERE id = ?", (edge,))
        return f" AND ({key}, r.id) < ('{value[0][0]}', {edge})"

    def _order(self) -> str:
        key = self.reader.column(self.listing.order[0].field)
        last = "" if self.raw.dialect == "sqlite" else " NULLS LAST"
        return f"{key} DESC{last}, r.id DESC"

    def _ours(self, listing: Listing) -> Work:
        platform, access = self.data.platform, self.reader.access

        def ours() -> object:
            with platform.reading(access) as records:
                return records.page(listing)

        return ours

    def _pages(self, listing: Listing, beyond: str) -> dict[str, Work]:
        columns = ", ".join(self.reader.column(one) for one in listing.columns)
        plus = "+" if self.raw.dialect == "sqlite" else ""
        ways = [
            f"SELECT r.id, r.revision, {columns} FROM {self.reader.table} r"
            f" WHERE r.deleted_at IS NULL AND {self.reader.seen(own=own)}{beyond}"
            f"{self._filter(few=own)} ORDER BY {plus if own else ''}{self._order()}"
            f" LIMIT {SIZE + 1}"
            for own in (False, True)
        ]
        return {"ours": self._ours(listing), "raw": self._best(ways)}

    def _counts(self) -> dict[str, Work]:
        platform, access, listing = self.data.platform, self.reader.access, self.listing

        def ours() -> object:
            with platform.reading(access) as records:
                return records.count(listing)

        ways = [
            f"SELECT count(*) FROM (SELECT 1 FROM {self.reader.table} r"
            f" WHERE r.deleted_at IS NULL AND {self.reader.seen(own=own)}"
            f"{self._filter(few=few)} LIMIT {COUNT_CAP + 1}) c"
            for own in (False, True)
            for few in (False, True)
        ]
        return {"ours": ours, "raw": self._best(ways)}

    def _best(self, ways: list[str]) -> Work:
        """Return the quickest of some ways to write a statement, each tried warm."""
        tried = {}
        for way in dict.fromkeys(ways):
            self.raw.rows(way)
            tried[way] = min(milliseconds(lambda way=way: self.raw.rows(way)) for _ in range(2))
        best = min(tried, key=lambda way: tried[way])
        return lambda: self.raw.rows(best)

    def _filter(self, *, few: bool) -> str:
        """Return the filter in SQL; ``few`` begins with what the filter's index finds."""
        where = self.where
        if not where:
            return ""
        app = self.reader.access.app
        code, operator, rest = where.split(" ", 2)
        field = app.by_code[code]
        if operator == "like":
            return self._like(field.number, few=few)
        if " and " in where:
            column = self.reader.column(field)
            low, high = where.split('"')[1::2]
            return f" AND {column} >= '{low}' AND {column} < '{high}'"
        return f" AND {self.reader.column(field)} {operator} {rest.replace(chr(34), chr(39))}"

    def _like(self, number: int, *, few: bool) -> str:
        """Return "the body contains 訪問" by the index of words, or asked of each text."""
        name = f"search_{self.reader.access.whole.number}"
        if self.raw.dialect == "sqlite":
            if not few:
                # Nothing beats plain instr() on a word this common, while it need not be folded.
                return f" AND instr(r.f{number}, '訪問') > 0"
            from tsuzuri.storage.search import phrase  # noqa: PLC0415  only here

            hits = f"SELECT rowid / 1024 FROM {name} WHERE {name} MATCH '{phrase('訪問')}'"
            return f" AND r.id IN ({hits} AND rowid % 1024 = {number})"
        if not few:
            return f" AND strpos(r.f{number}, '訪問') > 0"
        entry = f"s.record = r.id AND s.field = {number} AND strpos(s.folded, '訪問') > 0"
        return f" AND EXISTS (SELECT 1 FROM {name} s WHERE {entry})"
