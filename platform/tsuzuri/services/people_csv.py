"""People from a file and into one: first what would change, then all of it or nothing.

A file says everything about the people it names, the past and the planned included; it says
nothing about anybody else.  Roles are not in it: those are given one by one, by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, Problem, TsuzuriError, message
from tsuzuri.services import directory, wellformed
from tsuzuri.services.directory import PLURALS, TEXTS, Person
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, people
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.belonging import AGENCY, GROUP, Stay, in_order, ranked
from tsuzuri.storage.database import Connection
from tsuzuri.wire.people import COLUMNS, BadCell, PersonRow, read, written

LARGEST = 5 * 1024 * 1024
"""Bytes of a file; a city of 10,000 people in many places has fewer."""
ADDED, CHANGED, SAME = "added", "changed", "same"
ABOUT = (*TEXTS, "active")
"""What every row of one person must agree in."""


class Moved(TsuzuriError):
    """Somebody changed the list after the preview was shown."""

    def __init__(self) -> None:
        super().__init__(message("確かめたあとで名簿が変わりました。もう一度確かめてください。"))


@dataclass(frozen=True, slots=True)
class Change:
    """What a file does to one person: added, changed or left as they are."""

    sort: str
    before: Person | None
    after: Person

    def entries(self) -> Iterator[Entry]:
        """Yield what the log would say of it."""
        return directory.entries(self.before, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file would do; with problems it may do nothing."""

    changes: Sequence[Change] = ()
    problems: Sequence[BadCell] = ()

    def count(self, sort: str) -> int:
        """Return how many people are added, changed or the same."""
        return sum(one.sort == sort for one in self.changes)

    @property
    def mark(self) -> str:
        """What tells this preview from one that was made of another list or file."""
        said = [
            [one.sort, one.after.code, [[e.action, dict(e.detail)] for e in one.entries()]]
            for one in self.changes
        ]
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass(slots=True)
class _Named:
    """One person of a file while its rows are gathered; each stretch knows its row."""

    first: int
    person: Person
    stays: dict[str, list[Stay]] = field(default_factory=lambda: {AGENCY: [], GROUP: []})
    rows: dict[str, list[int]] = field(default_factory=lambda: {AGENCY: [], GROUP: []})


def preview(platform: Platform, content: bytes) -> Preview:
    """Return what a file would do, without doing it."""
    with platform.database.platform() as connection:
        return _plan(connection, content)


def apply(platform: Platform, actor: Actor, content: bytes, mark: str) -> Preview:
    """Do what ``preview`` told, all of it or nothing.

    Raises ``Invalid`` for a file with problems, ``Moved`` where it would do something else by now.
    """
    with platform.changing(actor) as connection:
        people.touch(connection)
        found = _plan(connection, content)
        if found.problems:
            raise Invalid([Problem(f"/{one.row}/{one.column}", one.why) for one in found.problems])
        if found.mark != mark:
            raise Moved
        for one in found.changes:
            if one.sort != SAME:
                directory.store(platform, connection, one.before, one.after)
        counts = {sort: found.count(sort) for sort in (ADDED, CHANGED)}
        audit.note(connection, Entry(action="people.import", detail=counts))
    return found


def _plan(connection: Connection, content: bytes) -> Preview:
    if len(content) > LARGEST:
        sentence = message("ファイルが大きすぎます({limit}MBまで)。", limit=LARGEST // 1024 // 1024)
        return Preview(problems=(BadCell(0, "", "", sentence),))
    sheet = read(content)
    problems = list(sheet.problems)
    gathered = _gathered(sheet.rows, problems)
    before = directory.load(connection)
    known = directory.known_codes(connection)
    changes = []
    for named in gathered.values():
        change = _change(named, before.get(named.person.code))
        problems += _faults(named, change, known)
        changes.append(change)
    problems += _nobody_left(before, changes, gathered)
    problems.sort(key=lambda one: one.row)
    return Preview(changes=tuple(changes), problems=tuple(problems))


def _gathered(rows: Mapping[int, PersonRow], problems: list[BadCell]) -> dict[str, _Named]:
    """Gather the rows of each person; what does not agree becomes a problem."""
    found: dict[str, _Named] = {}
    for number, row in rows.items():
        about = {name: getattr(row, name) for name in ABOUT}
        named = found.setdefault(row.code, _Named(number, Person(code=row.code, **about)))
        for name in ABOUT:
            if getattr(named.person, name) != about[name]:
                sentence = message("{row}行目の同じ人と違います。", row=named.first)
                problems.append(BadCell(number, COLUMNS[name], str(about[name]), sentence))
        for entity, plural in PLURALS.items():
            for code in getattr(row, plural):
                stay = Stay(code=code, starts_on=row.starts_on, ends_on=row.ends_on)
                named.stays[entity].append(stay)
                named.rows[entity].append(number)
    return found


def _change(named: _Named, before: Person | None) -> Change:
    agencies, groups = ranked(named.stays[AGENCY]), tuple(in_order(named.stays[GROUP]))
    if before is None:
        return Change(ADDED, None, replace(named.person, agencies=agencies, groups=groups))
    about = {name: getattr(named.person, name) for name in ABOUT}
    after = replace(before, **about, agencies=agencies, groups=groups)
    # The same order in other numbers is the same.
    if ranked(in_order(before.agencies)) == agencies:
        after = replace(after, agencies=before.agencies)
    if in_order(before.groups) == list(groups):
        after = replace(after, groups=before.groups)
    return Change(SAME if after == before else CHANGED, before, after)


def _faults(named: _Named, change: Change, known: directory.Known) -> Iterator[BadCell]:
    """Yield what is wrong with a person, at the row and column that says so."""
    after = replace(
        change.after, agencies=tuple(named.stays[AGENCY]), groups=tuple(named.stays[GROUP])
    )
    found = list(directory.faults(after, known))
    if change.before is None:
        found += wellformed.code(after.code, "/code")
    for one in found:
        name, _, rest = one.pointer.strip("/").partition("/")
        row, column = named.first, name
        if rest:
            place, _, part = rest.partition("/")
            entity = next(entity for entity, plural in PLURALS.items() if plural == name)
            row = named.rows[entity][int(place)]
            column = name if part == "code" else part
        value = getattr(after, column, "") if not rest else ""
        yield BadCell(row, COLUMNS.get(column, ""), str(value), one.message)


def _nobody_left(
    before: Mapping[str, Person], changes: Sequence[Change], gathered: Mapping[str, _Named]
) -> Iterator[BadCell]:
    """Yield a problem where the file would close the account of the last administrator."""
    after = {**before, **{one.after.code: one.after for one in changes}}
    if any(one.looks_after for one in after.values()):
        return
    for code, one in before.items():
        if one.looks_after:
            row = gathered[code].first
            yield BadCell(row, COLUMNS["active"], "", directory.NOBODY_LEFT)


def exported(platform: Platform, actor: Actor) -> str:
    """Return everybody as a file that comes back unchanged; the log says who took it."""
    with platform.changing(actor) as connection:
        everybody = directory.load(connection)
        audit.note(connection, Entry(action="people.export", detail={"count": len(everybody)}))
    return written(row for one in everybody.values() for row in _rows(one))


def _rows(person: Person) -> Iterator[PersonRow]:
    """Yield the rows of one person: agencies that follow each other for the same days share one."""
    about = PersonRow(code=person.code, **{name: getattr(person, name) for name in ABOUT})
    rows: list[PersonRow] = []
    for stay in in_order(person.agencies):
        days = (stay.starts_on, stay.ends_on)
        if rows and (rows[-1].starts_on, rows[-1].ends_on) == days:
            rows[-1] = replace(rows[-1], agencies=(*rows[-1].agencies, stay.code))
        else:
            row = replace(about, starts_on=stay.starts_on, ends_on=stay.ends_on)
            rows.append(replace(row, agencies=(stay.code,)))
    for stay in in_order(person.groups):
        _join(rows, about, stay)
    yield from rows or [about]


def _join(rows: list[PersonRow], about: PersonRow, stay: Stay) -> None:
    for place, row in enumerate(rows):
        if (row.starts_on, row.ends_on) == (stay.starts_on, stay.ends_on):
            rows[place] = replace(row, groups=(*row.groups, stay.code))
            return
    rows.append(replace(about, groups=(stay.code,), starts_on=stay.starts_on, ends_on=stay.ends_on))


def told(change: Change) -> Iterator[Message]:
    """Yield in words what happens to a person."""
    for entry in change.entries():
        detail = entry.detail
        if entry.action == "user.change":
            names = "、".join(COLUMNS[name] for name in detail["fields"])
            yield message("{names}を変更", names=names)
        elif entry.action in TOLD:
            code = detail.get(AGENCY) or detail.get(GROUP) or ""
            days = f"{detail.get('starts_on', '')}〜{detail.get('ends_on', '')}"
            yield message(TOLD[entry.action].text, code=code, days=days)


TOLD: Mapping[str, Message] = {
    "user.deactivate": message("利用を停止"),
    "user.activate": message("利用を再開"),
    "membership.add": message("「{code}」に追加({days})"),
    "membership.change": message("「{code}」の期間を変更({days})"),
    "membership.remove": message("「{code}」から外す"),
}
