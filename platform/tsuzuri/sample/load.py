"""Puts the sample town into an installation: people, apps, and records with their talk.

Records are written in bulk through the same writer that single records go through, each as
of the moment and in the name the story gives it.  They skip the judging of forms, because a
test judges them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any

from tsuzuri import resources
from tsuzuri.definitions import strict_json
from tsuzuri.definitions.model import App, Status
from tsuzuri.sample.model import SampleRecord, SampleTown
from tsuzuri.services import calculate, definitions, people
from tsuzuri.services.bulk import BulkWriter
from tsuzuri.services.platform import Platform
from tsuzuri.storage.identity import EPOCH_MS, RANDOM_BITS
from tsuzuri.storage.people import Agency, Group, User
from tsuzuri.storage.threads import Comment, Thanks
from tsuzuri.storage.writing import RecordState, with_row_ids

BATCH = 2000
SHOWN_LOGINS = ("admin", "hoiku", "gakko")
ADMIN = SHOWN_LOGINS[0]

# Codes of columns are unique within an app, and the story's own words are not.
RENAMED: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("case-record", "family"): {"note": "family_note"},
    ("meeting-minutes", "info"): {"org": "info_org"},
    ("meeting-minutes", "roles"): {"org": "role_org"},
}


def load_people(platform: Platform, town: SampleTown, password: str) -> None:
    """Store the town's agencies, groups and users; everybody has the same password."""
    agencies = [
        Agency(
            code=one.code,
            name=one.name,
            name_en=one.name_en,
            kind=one.kind,
            parent=one.parent or "",
            phone=one.phone,
        )
        for one in town.agencies
    ]
    groups = [Group(code=one.code, name=one.name, name_en=one.name_en) for one in town.groups]
    users = [
        User(
            code=one.code,
            name=one.name,
            kana=one.kana,
            agencies=(one.agency,),
            groups=one.groups,
            administers=one.role == "sysadmin",
            audits=one.role == "auditor",
        )
        for one in town.users
    ]
    people.put_everybody(platform, agencies, groups, users)
    people.set_shared_password(platform, [one.code for one in users], password)


def publish_apps(platform: Platform) -> dict[str, App]:
    """Publish every app that ships."""
    found = {}
    for file in sorted(resources.APPS.glob("*.json")):
        document = strict_json.loads(file.read_bytes())
        found[document["app"]] = definitions.publish(platform, document, by=ADMIN)
    return found


def load_records(
    platform: Platform,
    town: SampleTown,
    records: Iterable[SampleRecord],
    progress: Callable[[int], None] | None = None,
) -> int:
    """Store ``records`` in batches; return how many."""
    apps = platform.apps
    story = _Story(
        {one.code: one.agency for one in town.users},
        {one.code: one.groups for one in town.users},
        _Ids(town.seed),
    )
    stream = iter(records)
    done = 0
    while batch := list(islice(stream, BATCH)):
        with platform.database.write(BulkWriter.ERRAND) as connection:
            for code, mine in _by_app(batch):
                _store(BulkWriter(platform, connection, apps[code]), mine, story)
        done += len(batch)
        if progress is not None:
            progress(done)
    return done


def _by_app(batch: list[SampleRecord]) -> Iterator[tuple[str, list[SampleRecord]]]:
    found: dict[str, list[SampleRecord]] = {}
    for one in batch:
        found.setdefault(one.app, []).append(one)
    yield from found.items()


class _Ids:
    """Ids as of each record's own moment, rising, and the same for the same town."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311  a made-up town must be the same each time
        self._last = 0

    def at(self, moment: datetime) -> int:
        fresh = (int(moment.timestamp() * 1000) - EPOCH_MS) << RANDOM_BITS
        fresh |= self._random.getrandbits(RANDOM_BITS)
        self._last = max(fresh, self._last + 1 + self._random.getrandbits(16))
        return self._last


@dataclass(frozen=True, slots=True)
class _Story:
    """What the whole town shares while its records are stored."""

    agency_of: Mapping[str, str]
    groups_of: Mapping[str, tuple[str, ...]]
    ids: _Ids

    def turn(self, status: Status, author: str) -> list[str]:
        """Return whose turn it is with a record of ``author``: somebody near where there is one."""
        if status.is_creators:
            return [author]
        wanted = {who.code for who in status.who if who.sort == "group"}
        fit = [code for code, groups in self.groups_of.items() if wanted.intersection(groups)]
        here = self.agency_of[author]
        return sorted(fit, key=lambda code: self.agency_of[code] != here)[:1]


def _store(writer: BulkWriter, records: list[SampleRecord], story: _Story) -> None:
    """Store records of one app with what was said under them."""
    states = [_state(writer.app, one, story) for one in records]
    writer.create(states)
    for record, state in zip(records, states, strict=True):
        comments = [
            Comment(
                id=story.ids.at(one.at),
                author=one.author,
                agency=story.agency_of[one.author],
                at=stamp(one.at),
                body=one.body,
            )
            for one in record.comments
        ]
        thanks = {
            (one.author, one.phrase): Thanks(
                user=one.author,
                agency=story.agency_of[one.author],
                at=stamp(one.at),
                phrase=one.phrase,
            )
            for one in record.acknowledgements
        }
        writer.say(state.id, comments, list(thanks.values()))
    writer.finish()


def _state(app: App, record: SampleRecord, story: _Story) -> RecordState:
    at = stamp(record.at)
    return RecordState(
        id=story.ids.at(record.at),
        revision=1,
        created_at=at,
        created_by=record.author,
        created_agency=story.agency_of[record.author],
        updated_at=at,
        updated_by=record.author,
        values=calculate.values(app, {**_values(app, record.values), **_turn(app, record, story)}),
    )


def _turn(app: App, record: SampleRecord, story: _Story) -> dict[str, Any]:
    """Return whose turn it is on a record, as the story leaves it."""
    process = app.process
    if process is None:
        return {}
    code = record.values.get(process.status)
    status = process.at(None if code is None else str(code))
    if status is None or not status.rule:
        return {}
    return {process.assignee: story.turn(status, record.author)}


def _values(app: App, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the story's values with the codes of the app, tidied; rows get their ids."""
    values = dict(given)
    for field in app.fields:
        if field.code not in values:
            continue
        if field.inner:
            names = RENAMED.get((app.code, field.code), {})
            rows = [{names.get(k, k): v for k, v in row.items()} for row in values[field.code]]
            values[field.code] = rows
        tidy = field.kind.normal(field, values[field.code])
        values[field.code] = with_row_ids(tidy, frozenset()) if field.inner else tidy
    return values


def stamp(moment: datetime) -> str:
    """Return a moment as records store it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
