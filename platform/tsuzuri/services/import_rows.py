"""Rows of a file become records: everything that one record's form checks, for many at once.

What a row names is looked up once per value and what the database must tell is asked once per
batch, so that ten thousand rows cost little more than storing them.  Nothing stops at the
first mistake: every bad cell is noted with its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tsuzuri.errors import Invalid, Message, Problem, message
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Files, People, Pointed
from tsuzuri.query.bound import ALWAYS, NEVER
from tsuzuri.services import initial, lookups, records, references
from tsuzuri.services.desk import Desk
from tsuzuri.services.import_problems import (
    NO_ADDING,
    NO_EDITING,
    NO_NUMBER,
    NOT_FOUND,
    OVERTAKEN,
    Problems,
    beginning,
)
from tsuzuri.services.transfer import RECORD_MARK
from tsuzuri.storage import revisions
from tsuzuri.storage.identity import MAX_ID, bulk_ids
from tsuzuri.storage.imports import Bad, Tally, meeting, owners
from tsuzuri.storage.records import load_whole
from tsuzuri.storage.seen import Seen
from tsuzuri.storage.unique import TAKEN
from tsuzuri.storage.writing import RecordState, chunks
from tsuzuri.wire import record as wire
from tsuzuri.wire.csv import ID, REVISION, unshield
from tsuzuri.wire.csv_reading import Header, Refused

_Values = Mapping[str, Any]

MEMO = 10_000


@dataclass(slots=True)
class _Row:
    """One row on its way: ``tidy`` what its cells mean, ``broken`` the fields that are bad."""

    number: int
    cells: Sequence[str]
    tidy: dict[str, Any] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    id: int | None = None
    revision: int | None = None
    bad: bool = False
    # Nobody can tell which record the row is about.
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that a row would make; ``before`` is None where it is new."""

    row: int
    before: RecordState | None
    after: RecordState


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the records that a batch names.

    ``open`` holds, for each field that may be written on some records only, those records;
    ``marks`` what the person's own file would say of a record's revision.
    """

    seen: Mapping[int, RecordState]
    whole: Mapping[int, RecordState]
    editable: frozenset[int]
    open: Mapping[str, frozenset[int]]
    marks: Mapping[int, int]


class Intake:
    """Turns rows into drafts at one person's desk, batch after batch, and keeps the count."""

    def __init__(self, desk: Desk, header: Header, seen: Seen, match: str = "") -> None:
        self.problems = Problems()
        self.total = self.added = self.changed = 0
        self._desk = desk
        self._records = desk.records()
        self._header = header
        self._seen = seen
        access = desk.access
        self._match = next((one for one in access.app.fields if one.code == match), None)
        self._initial = initial.values(desk.app, access.actor, desk.platform.clock())
        self._required = [
            one.code for one in access.app.fields if one.required and access.may_write(one.code)
        ]
        self._conditional = {
            one.code: access.writable[one.code]
            for one in header.taken
            if access.writable[one.code] != ALWAYS
        }
        self._naming = [one for one in desk.app.stored if any(map(_names, (one, *one.inner)))]
        self._unique = [one for one in desk.app.stored if one.schema.get("unique")]
        self._without_column: set[str] = set()
        self._named: dict[Any, tuple[Problem, ...]] = {}
        self._sources: dict[tuple[str, Any], Any] = {}
        for problem in header.problems:
            self.problems.add(Bad(1, problem.place + 1, problem.name, "", problem.why))

    @property
    def tally(self) -> Tally:
        """What has come of the rows so far."""
        return Tally(self.total, self.added, self.changed, self.problems.count)

    def take(self, batch: Sequence[tuple[int, list[str]]]) -> list[Draft]:
        """Return what a batch of (row, cells) makes; rows with problems make nothing."""
        rows = [self._read(number, cells) for number, cells in batch]
        self._identify(rows)
        self._look_up(rows)
        known = self._known({row.id for row in rows if row.id is not None and not row.lost})
        drafts = [draft for row in rows if not row.lost for draft in self._drafted(row, known)]
        kept = self._without_doubles(drafts, {row.number: row for row in rows})
        self.total += len(rows)
        self.added += sum(draft.before is None for draft in kept)
        self.changed += sum(draft.before is not None for draft in kept)
        return kept

    def _complain(self, row: _Row, code: str, why: Message) -> None:
        """Note a problem of a row at the cell of ``code``, or at the row where it has none."""
        row.bad = True
        place = self._header.places.get(code)
        if place is not None:
            row.broken.add(code)
            value = beginning(row.cells[place])
            self.problems.add(Bad(row.number, place + 1, self._header.names[place], value, why))
            return
        own = self._desk.access.app.by_code.get(code)
        name = own.title(self._desk.access.actor.language) if own else ""
        self.problems.add(Bad(row.number, 0, name, "", why))

    def _read(self, number: int, cells: list[str]) -> _Row:
        """Read the cells of a row, each by its own field."""
        row = _Row(number, cells)
        wanted = len(self._header.names)
        if len(cells) < wanted or any(cells[wanted:]):
            sentence = message(
                "列の数({count})が見出し({wanted})と違います。", count=len(cells), wanted=wanted
            )
            self._complain(row, "", sentence)
            row.lost = True
            return row
        tidy = row.tidy
        for one in self._header.taken:
            cell = cells[one.place]
            value = one.read(cell) if cell else None
            if type(value) is Refused:
                for why in value.reasons:
                    self._complain(row, one.code, why)
            else:
                tidy[one.code] = value
        if any(cells[place].strip() for place in self._header.nameless):
            self._complain(row, "", message("見出しのない列に値があります。"))
        row.id = self._number(row, ID)
        row.revision = self._number(row, REVISION)
        return row

    def _number(self, row: _Row, code: str) -> int | None:
        place = self._header.places.get(code)
        if place is None:
            return None
        text = unshield(row.cells[place]).strip().removeprefix(RECORD_MARK)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and 0 < int(text[:17]) <= MAX_ID):
            self._complain(row, code, NO_NUMBER)
            row.lost = True
            return None
        return int(text)

    def _identify(self, rows: Sequence[_Row]) -> None:
        """Find the records that rows without a number name by their key; none comes twice."""
        if self._match is not None:
            code = self._match.code
            nameless = [row for row in rows if row.id is None and row.tidy.get(code) is not None]
            keys = dict.fromkeys(row.tidy[code] for row in nameless)
            owned = owners(self._records, self._match, keys) if keys else {}
            mine = self._records.many(list(owned.values())) if owned else {}
            for row in nameless:
                owner = owned.get(row.tidy[code])
                # A key of a record the person cannot see is only a value that is taken.
                row.id = owner if owner in mine else None
        for row in rows:
            if row.id is not None:
                first = self._seen.before(ID, row.id, row=row.number)
                if first is not None:
                    self._complain(row, ID, message("{row}行目と同じレコードです。", row=first))
                    row.lost = True

    def _known(self, ids: Iterable[int]) -> _Known:
        """Return what the batch must know of existing records, locked if this is a write."""
        wanted = sorted(ids)
        if not wanted:
            return _Known({}, {}, frozenset(), {}, {})
        seen: dict[int, RecordState] = {}
        whole: dict[int, RecordState] = {}
        for part in chunks(wanted):
            whole.update(load_whole(self._desk.connection, self._desk.app, part, lock=True))
            seen.update(self._records.many(part))
        return _Known(
            seen,
            whole,
            meeting(self._records, wanted, self._desk.access.rows["edit"]),
            {
                code: meeting(self._records, wanted, condition)
                for code, condition in self._conditional.items()
            },
            revisions.many(self._records, list(seen.values())),
        )

    def _drafted(self, row: _Row, known: _Known) -> Iterator[Draft]:
        """Yield what the row makes: a new record, a changed one, or nothing."""
        if row.id is None:
            before, tidy = None, row.tidy
            if not self._desk.access.may("add"):
                self._complain(row, "", NO_ADDING)
            values = self._values(row, tidy, start=self._initial, before={})
        else:
            before = known.whole.get(row.id)
            tidy = self._differing(row, known)
            if before is None or row.id not in known.seen or not (tidy or row.bad):
                return
            values = self._values(row, tidy, start=before.values, before=before.values)
        if not row.bad:
            yield Draft(row.number, before, self._state(before, values))

    def _differing(self, row: _Row, known: _Known) -> dict[str, Any]:
        """Return what the row changes of its record, compared with what its reader sees there.

        A hidden value reads as empty, and an empty cell leaves it alone.
        """
        number = row.id or 0
        shown = known.seen.get(number)
        if shown is None:
            self._complain(row, ID, NOT_FOUND)
            return {}
        tidy = {code: new for code, new in row.tidy.items() if new != shown.values.get(code)}
        if not tidy:
            return {}
        if number not in known.editable:
            self._complain(row, ID, NO_EDITING)
        if row.revision is not None and row.revision != known.marks[number]:
            self._complain(row, REVISION, OVERTAKEN)
        closed = [
            code for code in tidy.keys() & known.open.keys() if number not in known.open[code]
        ]
        for code in closed:
            self._complain(row, code, records.read_only(code).message)
        # What is hidden is compared with no guess: else a right one would make one problem less.
        return {code: new for code, new in tidy.items() if code not in closed}

    def _values(
        self,
        row: _Row,
        tidy: Mapping[str, Any],
        start: Mapping[str, Any],
        before: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        """Return the whole values of a record, with everything wrong with them noted."""
        values = records.merged(start, tidy)
        try:
            values = lookups.fill(
                self._desk, values, before=before, given=tidy, source_of=self._source
            )
        except Invalid as error:
            self._note(row, error.problems)
        values = records.finished(self._desk.app, values, before=before)
        for code in self._required:
            if code not in values and code not in row.broken:
                self._lacking(row, code)
        for one in self._naming:
            self._note(row, self._unknown_names(one, values.get(one.code), before.get(one.code)))
        return values

    def _lacking(self, row: _Row, code: str) -> None:
        """Note a required value that is missing; a missing column is one problem, not thousands."""
        if code in self._header.places:
            self._complain(row, code, wire.REQUIRED)
        elif code not in self._without_column:
            self._without_column.add(code)
            self._complain(row, code, message("必須のフィールドですが、列がありません。"))

    def _note(self, row: _Row, problems: Iterable[Problem]) -> None:
        for problem in problems:
            token = problem.pointer.split("/")[1] if problem.pointer else ""
            code = token.replace("~1", "/").replace("~0", "~")
            self._complain(row, code, problem.message)

    def _unknown_names(self, one: Field, value: Any, was: Any) -> tuple[Problem, ...]:
        """Return what is wrong with the people, files and records that a value names."""
        if value is None or value == was:
            return ()
        key = None
        if was is None and one.slot in {Slot.LIST, Slot.TEXT}:
            key = (one.code, tuple(value) if isinstance(value, list) else value)
            if key in self._named:
                return self._named[key]
        desk = self._desk
        found = tuple(
            references.problems(desk.platform, desk.access, {one.code: value}, {one.code: was})
        )
        if key is not None:
            if len(self._named) >= MEMO:
                self._named.clear()
            self._named[key] = found
        return found

    def _source(self, one: Field, key: Any) -> Mapping[str, Any]:
        """Return the record that a look-up names, from what ``_look_up`` asked."""
        place = (one.code, key)
        if place not in self._sources:
            self._sources.update(self._looked_up(one, [key]))
        return lookups.only(one, key, found=self._sources[place])

    def _look_up(self, rows: Sequence[_Row]) -> None:
        """Ask for every record that the look-ups of a batch name, all at once."""
        if len(self._sources) >= MEMO:
            self._sources.clear()
        for one, _ in lookups.copied_fields(self._desk.app):
            keys = {row.tidy.get(one.code) for row in rows}
            new = [key for key in keys if key is not None and (one.code, key) not in self._sources]
            for part in chunks(new):
                self._sources.update(self._looked_up(one, part))

    def _looked_up(self, one: Field, keys: Sequence[Any]) -> dict[tuple[str, Any], Any]:
        found = lookups.sources(self._desk, one, keys=keys)
        return {(one.code, key): found.get(key, ()) for key in keys}

    def _state(self, before: RecordState | None, values: Mapping[str, Any]) -> RecordState:
        if before is not None:
            return self._desk.following(before, values=values)
        actor, now = self._desk.access.actor, self._desk.platform.stamp()
        return RecordState(
            id=bulk_ids.new(),
            revision=1,
            created_at=now,
            created_by=actor.user,
            created_agency=actor.agency,
            updated_at=now,
            updated_by=actor.user,
            values=values,
        )

    def _without_doubles(self, drafts: list[Draft], rows: Mapping[int, _Row]) -> list[Draft]:
        """Return the drafts whose unique values nobody else has, in the file or in the app."""
        for one in self._unique:
            holding = {
                draft.row: draft.after.values[one.code]
                for draft in drafts
                if one.code in draft.after.values
            }
            taken = owners(self._records, one, set(holding.values())) if holding else {}
            for draft in drafts:
                value = holding.get(draft.row)
                if value is None:
                    continue
                first = self._seen.before(one.code, value, row=draft.row)
                if first is not None:
                    why = message("{row}行目と同じ値です。", row=first)
                    self._complain(rows[draft.row], one.code, why)
                elif taken.get(value, draft.after.id) != draft.after.id:
                    self._complain(rows[draft.row], one.code, TAKEN)
        return [draft for draft in drafts if not rows[draft.row].bad]


def _names(one: Field) -> bool:
    """Tell whether a field names people, files or records."""
    return isinstance(one.trait, People | Files | Pointed)


def out_of_reach(desk: Desk, drafts: Sequence[Draft]) -> Iterator[Bad]:
    """Yield the rows whose record, now written, its writer would not see any more."""
    view = desk.access.rows["view"]
    if view in {ALWAYS, NEVER} or not drafts:
        return
    reached = meeting(desk.records(), [draft.after.id for draft in drafts], view)
    for draft in drafts:
        if draft.after.id not in reached:
            yield Bad(draft.row, 0, "", "", records.OUT_OF_REACH)
