"""Who would read a record as it stands in a form, and who reads one that is stored.

The rules are asked as they are of stored records, by the same compiler, of a record that is
written nowhere (``storage.supposed``).  Whoever asks is told of people and agencies they may know
of alone; what depends on fields that they may not know is called uncertain and never worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from tsuzuri.access import partly
from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid
from tsuzuri.fields.base import Field
from tsuzuri.services import initial, lookups, opening, records
from tsuzuri.services.desk import Desk
from tsuzuri.services.platform import Platform
from tsuzuri.storage import reads, revisions
from tsuzuri.storage.database import Connection
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.people import Directory
from tsuzuri.storage.records import Records
from tsuzuri.storage.supposing import Supposed, Supposing
from tsuzuri.storage.writing import RecordState
from tsuzuri.wire import record as wire

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One agency and those of its people who read; ``""`` is no agency.

    ``shared``: the record is shared with it by name, so it is told of even with no reader.
    """

    agency: str
    people: tuple[str, ...]
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Readership:
    """Who reads a record, as far as the one who asks may know.

    ``groups`` are read in as groups, with how many of the readers belong to each.  ``uncertain``:
    it also depends on fields that the asker may not know; ``changing``: on the time.  ``silent``
    are agencies it is shared with where nobody works today; ``missing`` those that the form
    expects to read and that would not.
    """

    parties: tuple[Party, ...]
    groups: tuple[tuple[str, int], ...] = ()
    uncertain: bool = False
    changing: bool = False
    silent: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Return everybody who reads, each once."""
        return tuple(one for party in self.parties for one in party.people)

    @property
    def agencies(self) -> tuple[str, ...]:
        """Return the agencies of which somebody reads."""
        return tuple(one.agency for one in self.parties if one.agency and one.people)


def of_draft(platform: Platform, access: Access, given: Given) -> Readership:
    """Return who would read a new record; what cannot be saved yet counts as empty.

    Raises ``Denied`` without the right to add.
    """
    quiet = quietly(platform, access)
    if not quiet.may("add"):
        raise Denied
    writable = opening.new_writable(quiet)
    with platform.reading(quiet) as reading:
        desk = Desk(platform, quiet, reading.connection)
        start = initial.values(desk.app, quiet.actor, platform.clock())
        values = drafted(desk, {}, start, readable(quiet, given, writable))
        now, actor = platform.stamp(), quiet.actor
        state = RecordState(
            id=new_ids.new(),
            revision=1,
            created_at=now,
            created_by=actor.user,
            created_agency=actor.agency,
            updated_at=now,
            updated_by=actor.user,
            values=values,
        )
        # All of it follows from what the writer typed, and from what they may look up.
        known = partly.asked_by_rules(desk.app)
        return _readership(platform, quiet, reading.connection, state, known)


def of_change(platform: Platform, access: Access, record: int, given: Given) -> Readership:
    """Return who would read a record once ``given`` is saved in it.

    Raises ``Unknown`` for a record that cannot be seen, ``Denied`` without the right to edit.
    """
    quiet = quietly(platform, access)
    found = opening.opened(platform, quiet, record)
    if "edit" not in found.allowed:
        raise Denied
    with platform.reading(quiet) as reading:
        desk = Desk(platform, quiet, reading.connection)
        before = found.state.values
        values = drafted(desk, before, before, readable(quiet, given, found.writable))
        now, user = platform.stamp(), quiet.actor.user
        state = replace(found.state, values=values, updated_at=now, updated_by=user)
        known = _known(quiet, revisions.open_fields(reading, [record])[record], state)
        return _readership(platform, quiet, reading.connection, state, known)


def of_record(platform: Platform, access: Access, state: RecordState) -> Readership | None:
    """Return who reads a record that ``access`` has opened as ``state``.

    None where the person may not know with whom it is shared.
    """
    scoped = frozenset(one.code for one in scopes(access))
    if not scoped:
        return None
    quiet = quietly(platform, access)
    with platform.reading(quiet) as reading:
        known = _known(quiet, revisions.open_fields(reading, [state.id])[state.id], state)
        if not scoped <= known:
            return None
        return _readership(platform, quiet, reading.connection, state, known)


def readers(platform: Platform, records: Records, record_id: int) -> Supposed:
    """Return who reads a record, as far as whose ``records`` these are may know."""
    access, state = records.access, records.get(record_id)
    known = _known(access, revisions.open_fields(records, [record_id])[record_id], state)
    return _supposed(platform, access, records.connection, state, known)


def read_by(platform: Platform, access: Access, record: int) -> frozenset[str]:
    """Return the agencies for which somebody opened a record, the asker's own among them.

    For who may know with whom it is shared (``of_record``), of agencies they may know.
    """
    with platform.database.read(access) as connection:
        found = reads.agencies(connection, access.whole.number, record)
    return (found | set(access.actor.agencies)) & platform.directory_for(
        access.actor
    ).agencies.keys()


def scopes(access: Access) -> list[Field]:
    """Return the fields that say with whom a record is shared, as far as the person knows them."""
    return [one for one in partly.scopes(access.whole) if one.code in access.app.by_code]


def asked(access: Access) -> frozenset[str]:
    """Return the codes of the fields that decide who reads, or that bring along what does."""
    app = access.whole
    found = set(partly.asked_by_rules(app))
    for code in tuple(found):
        found.update(app.relies.get(code, ()))
    for field, trait in lookups.copied_fields(app):
        if not found.isdisjoint(trait.copy.values()):
            found.add(field.code)
    return frozenset(found)


def quietly(platform: Platform, access: Access) -> Access:
    """Admit the person anew without their ledger: nothing of what is read here is handed out."""
    actor = access.actor
    return platform.admit(
        replace(actor, origin=replace(actor.origin, ledger=None)), access.app.code
    )


def readable(access: Access, given: Given, writable: frozenset[str]) -> dict[str, Any]:
    """Return what of ``given`` can be read and may be written here."""
    found: dict[str, Any] = {}
    for code, value in given.items():
        if code in writable:
            try:
                found.update(wire.load(access.app, {code: value}))
            except Invalid:
                continue
    return found


def drafted(desk: Desk, before: Given, start: Given, tidy: Given) -> dict[str, Any]:
    """Return the values that saving would store, as far as what is typed allows."""
    values = records.merged(start, tidy)
    # A key that names nothing brings nothing along.
    with suppress(Invalid):
        values = lookups.fill(desk, values, before=before, given=tidy)
    return records.finished(desk.app, values, before=before)


def _known(access: Access, opened: Iterable[Field], state: RecordState) -> frozenset[str]:
    """Return the codes of what the person knows of a record: open fields, and who wrote it."""
    own = (code for code in access.app.by_code if code.startswith("$"))
    return frozenset((*own, *(one.code for one in opened))) - state.masked


def known(platform: Platform, access: Access, state: RecordState) -> frozenset[str]:
    """Return the codes of what the person knows of a record that they have opened."""
    quiet = quietly(platform, access)
    with platform.reading(quiet) as reading:
        opened = revisions.open_fields(reading, [state.id])[state.id]
    return _known(quiet, opened, state)


def _readership(
    platform: Platform,
    access: Access,
    connection: Connection,
    state: RecordState,
    known: frozenset[str],
) -> Readership:
    app = access.whole
    directory = platform.directory_for(access.actor)
    found = _supposed(platform, access, connection, state, known)
    everybody = _everybody(platform, directory)
    shared = _shared(directory, app, state, known)
    return Readership(
        parties=tuple(_parties(directory, found, shared)),
        groups=tuple(_groups(directory, found)),
        uncertain=found.uncertain,
        changing=partly.asks_the_clock(app),
        silent=tuple(code for code in shared if not any(code in one.agencies for one in everybody)),
        missing=tuple(_missing(directory, app, found)),
    )


def _supposed(
    platform: Platform,
    access: Access,
    connection: Connection,
    state: RecordState,
    known: frozenset[str],
) -> Supposed:
    everybody = _everybody(platform, platform.directory_for(access.actor))
    return Supposing(connection, access.whole, state, known, platform.clock()).readers(everybody)


def _everybody(platform: Platform, directory: Directory) -> list[Actor]:
    acting = (directory.actor(code, platform.config.zone) for code in directory.users)
    return [one for one in acting if one is not None]


def _shared(
    directory: Directory, app: App, state: RecordState, known: frozenset[str]
) -> tuple[str, ...]:
    """Return the agencies that the record is shared with by name, in the order of their codes."""
    named = {
        code
        for one in partly.scopes(app)
        if one.code in known
        for code in state.values.get(one.code) or ()
    }
    return tuple(sorted(named & directory.agencies.keys()))


def _parties(directory: Directory, found: Supposed, shared: Sequence[str]) -> Iterator[Party]:
    """Yield the readers by agency: those it is shared with first, people without one last."""
    people: dict[str, list[str]] = {code: [] for code in (*shared, *sorted(directory.agencies), "")}
    for actor in found.readers:
        people[_reads_as(actor, found.names)].append(actor.user)
    for agency, users in people.items():
        if users or agency in shared:
            yield Party(agency=agency, people=tuple(users), shared=agency in shared)


def _reads_as(actor: Actor, names: frozenset[str]) -> str:
    """Return the agency as whose member somebody reads: one that is named, or the primary one."""
    named = (code for code in actor.agencies if f"agency:{code}" in names)
    return next(named, actor.agency)


def _groups(directory: Directory, found: Supposed) -> Iterator[tuple[str, int]]:
    for code in sorted(directory.groups):
        members = sum(code in actor.groups for actor in found.readers)
        if members and f"group:{code}" in found.names:
            yield code, members


def _missing(directory: Directory, app: App, found: Supposed) -> Iterator[str]:
    """Yield the agencies that ought to read and of which, or below which, nobody does."""
    expected = (code for one in partly.scopes(app) for code in one.schema.get("expects", ()))
    for code in dict.fromkeys(expected):
        if code in directory.agencies and not any(code in one.above for one in found.readers):
            yield code
