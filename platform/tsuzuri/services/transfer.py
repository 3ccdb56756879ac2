"""Records out as CSV: every readable column of the records a person may export.

The file is written while the records are read, so that its size costs no memory.  What CP932
cannot hold is looked for first, in full, because a name must never change on its way unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import View
from tsuzuri.errors import Denied, Unknown
from tsuzuri.fields.base import Field, Scene, Slot
from tsuzuri.fields.traits import Derived, System
from tsuzuri.query.bind import bind_order, bind_text
from tsuzuri.query.bound import all_of
from tsuzuri.query.parse import parse
from tsuzuri.services import listing
from tsuzuri.services.platform import Platform
from tsuzuri.storage import revisions
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.records import MASKED, Listing
from tsuzuri.wire import csv

ENCODINGS = ("utf-8", "cp932")
LOST_SHOWN = 1000
RECORD_MARK = "#"
"""Stands before a record's number, or a spreadsheet would round its fifteen digits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What somebody wants: which records and columns, in which form.

    ``view`` None is every readable column of every record; ``where`` narrows it further and
    ``sort`` replaces its order, as on a list; ``replace`` puts 〓 where CP932 has no character.
    """

    view: int | None = None
    where: str = ""
    sort: str = ""
    encoding: str = "utf-8"
    machine: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """A character that CP932 would change: where it stands, and what would stand there.

    ``record`` 0 is the header.
    """

    record: int
    column: str
    character: str
    becomes: str

    @property
    def point(self) -> str:
        """The character's number, for whoever cannot see it."""
        return f"U+{ord(self.character):04X}"


@dataclass(frozen=True, slots=True)
class Losses:
    """The first characters that would change, and how many there are."""

    found: tuple[Lost, ...]
    count: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """A file that is ready to be written: what to read, and how each column is made of it."""

    listing: Listing
    columns: tuple[csv.Column, ...]
    pick: Callable[[Sequence[Any]], Sequence[Any]]


def losses(platform: Platform, access: Access, wanted: Wanted) -> Losses:
    """Return what CP932 would change of a file; nothing for UTF-8, which holds everything.

    Raises what ``exported`` raises.
    """
    if not access.may("export"):
        raise Denied
    if wanted.encoding != "cp932":
        return Losses((), 0)
    plan = _plan(platform, access, wanted)
    found = [*_lost(plan, 0, [one.label for one in plan.columns])]
    count = len(found)
    with platform.reading(access) as records, records.searching():
        for row in records.stream(plan.listing):
            cells = csv.cells(plan.columns, plan.pick(row), MASKED)
            for lost in _lost(plan, row[0], cells):
                count += 1
                if count <= LOST_SHOWN:
                    found.append(lost)
    return Losses(tuple(found), count)


def _lost(plan: _Plan, record: int, cells: Sequence[str]) -> Iterator[Lost]:
    if not csv.changed_in_cp932("\n".join(cells)):
        return
    for column, cell in zip(plan.columns, cells, strict=True):
        for character, becomes in csv.changed_in_cp932(cell):
            yield Lost(record, column.label, character, becomes)


def exported(platform: Platform, access: Access, wanted: Wanted) -> Iterator[bytes]:
    """Yield a file in blocks.

    Raises ``Denied`` without the right to export, ``Unknown`` for a view that is not there and
    ``QueryError`` for what cannot be asked, all before the first block.  A character that
    CP932 cannot hold and nobody chose to replace breaks the file off.
    """
    if not access.may("export"):
        raise Denied
    plan = _plan(platform, access, wanted)
    ledger = access.actor.origin.ledger
    if ledger is not None:
        fields = [one.code for one in plan.listing.columns]
        asked = Entry(action="record.export", app=access.app.code, detail={"fields": fields})
        ledger.note(asked)
    return _noted(platform, access, _blocks(platform, access, wanted, plan))


def _noted(platform: Platform, access: Access, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the blocks; what was handed out is in the log however the sending ends.

    That it began stands there before the first block; which records, when the last one is sent
    or the reader hangs up.
    """
    try:
        yield from blocks
    finally:
        if access.actor.origin.ledger is not None:
            with platform.changing(access.actor):
                pass


def _blocks(platform: Platform, access: Access, wanted: Wanted, plan: _Plan) -> Iterator[bytes]:
    first = "\ufeff"
    with platform.reading(access) as records:
        rows = map(plan.pick, revisions.marked(records, records.stream(plan.listing)))
        for text in csv.written(plan.columns, rows, MASKED):
            if wanted.encoding == "cp932":
                yield csv.to_cp932(text, replace=wanted.replace)
            else:
                # Without the mark in front, spreadsheets take UTF-8 for something else.
                yield (first + text).encode()
                first = ""


def _plan(platform: Platform, access: Access, wanted: Wanted) -> _Plan:
    view = None if wanted.view is None else _view(access, wanted.view)
    scene = platform.scene(access.actor)
    fields = access.app.fields if view is None else listing.columns(access, view)
    read: list[Field] = []
    columns = [*_numbers(access, scene, wanted)]
    places = [0, 1]
    names = csv.Names(access.app)
    for field in dict.fromkeys(fields):
        source = _source(access, field)
        if source is None or field.code == csv.ID:
            continue
        if source not in read:
            read.append(source)
        places.append(2 + read.index(source))
        label = field.code if wanted.machine else names.label(field.code, scene.language)
        columns.append(_column(field, label, scene, machine=wanted.machine))
    asked = (wanted.where, view.where if view is not None else "")
    conditions = [bind_text(access.app, text, access.asker) for text in asked]
    conditions.append(access.rows["export"])
    order = wanted.sort or (view.sort if view is not None else "") or f"{csv.ID} asc"
    return _Plan(
        Listing(
            where=all_of(conditions),
            order=bind_order(access.app, parse(f"order by {order}").order),
            columns=tuple(read),
        ),
        tuple(columns),
        itemgetter(*places),
    )


def _view(access: Access, place: int) -> View:
    """Return an open view; one that is hidden and one that never was are ``Unknown`` alike."""
    found = dict(listing.open_views(access)).get(place)
    if found is None:
        raise Unknown
    return found


def _numbers(access: Access, scene: Scene, wanted: Wanted) -> Iterator[csv.Column]:
    """Yield the columns by which the file finds its records again."""
    names = csv.Names(access.app)
    mark = "" if wanted.machine else RECORD_MARK
    label = str if wanted.machine else partial(names.label, language=scene.language)
    yield csv.Column(label(csv.ID), lambda number: f"{mark}{number}")
    yield csv.Column(label(csv.REVISION), str)


def _source(access: Access, field: Field) -> Field | None:
    """Return the field whose value a column is made of; None for what has no value to write."""
    trait = field.trait
    if isinstance(trait, Derived):
        # What is worked out on the day of reading follows another field.
        return access.app.by_code.get(trait.of) if field.guard is None else field
    if field.table is not None:
        return None
    return field if field.slot is not Slot.NONE or isinstance(trait, System) else None


def _column(field: Field, label: str, scene: Scene, *, machine: bool) -> csv.Column:
    trait = field.trait
    if isinstance(trait, Derived):
        return csv.Column(label, lambda wire: trait.tell(wire, scene.today, scene.language))
    return csv.column(field, label, scene, machine=machine)


def views(access: Access) -> list[tuple[int, View]]:
    """Return the views whose columns and records can be written."""
    return listing.open_views(access)
