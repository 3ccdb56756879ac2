"""The sample town as it is loaded: every record would pass the form, and every app works in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tsuzuri import resources
from tsuzuri.access.gate import Access
from tsuzuri.config import Config
from tsuzuri.definitions.model import App
from tsuzuri.fields.base import Field
from tsuzuri.fields.traits import Copied, People, Pointed
from tsuzuri.sample import load
from tsuzuri.sample.model import SampleRecord, SampleTown
from tsuzuri.sample.records import records as town_records
from tsuzuri.sample.town import build_town
from tsuzuri.services import calculate, definitions, listing, records, transfer
from tsuzuri.services.listing import Asked
from tsuzuri.services.platform import Platform
from tsuzuri.services.transfer import Wanted
from tsuzuri.wire import record as wire

TODAY = date(2026, 11, 21)
WHOLE = 9000
SMALL = 700
CODES = [path.stem for path in sorted(resources.APPS.glob("*.json"))]

each_app = pytest.mark.parametrize("code", CODES)


@cache
def the_town() -> SampleTown:
    """Return the town, which is the same however often it is built."""
    return build_town(today=TODAY)


@cache
def the_records(total: int) -> Mapping[str, list[SampleRecord]]:
    """Return its records by app."""
    found: dict[str, list[SampleRecord]] = defaultdict(list)
    for one in town_records(the_town(), total=total):
        found[one.app].append(one)
    return found


@cache
def app_of(code: str) -> App:
    """Return a shipped app."""
    return definitions.check((resources.APPS / f"{code}.json").read_bytes())


@cache
def values_of(code: str) -> list[dict[str, Any]]:
    """Return the values of every record of an app, as the loader stores them."""
    app = app_of(code)
    given = (load._values(app, one.values) for one in the_records(WHOLE)[code])
    return [calculate.values(app, one) for one in given]


def test_the_town_has_nine_thousand_records_of_every_app() -> None:
    found = the_records(WHOLE)
    assert sorted(found) == CODES
    assert sum(map(len, found.values())) == WHOLE


@each_app
def test_every_record_passes_as_it_is(code: str) -> None:
    app = app_of(code)
    required = [one.code for one in app.fields if one.required]
    for values in values_of(code):
        assert wire.load(app, values) == values
        assert list(wire.missing(required, values)) == []


def named(field: Field, values: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    """Yield a field's value, or those of the columns of a table."""
    if field.inner:
        for row in values.get(field.code, ()):
            yield from ((inner, row[inner.code]) for inner in field.inner if inner.code in row)
    elif field.code in values:
        yield field, values[field.code]


@cache
def known(entity: str) -> frozenset[str]:
    """Return the codes of everybody or everything of an entity."""
    town = the_town()
    codes = {
        "user": [one.code for one in town.users],
        "agency": [one.code for one in town.agencies],
        "group": [one.code for one in town.groups],
    }
    return frozenset(codes[entity])


@cache
def keys(code: str, field: str) -> list[Any]:
    """Return what a field of an app says in every record."""
    return [values.get(field) for values in values_of(code)]


@each_app
def test_people_and_other_records_that_a_record_names_are_there(code: str) -> None:
    for values in values_of(code):
        for field in app_of(code).fields:
            for one, value in named(field, values):
                trait = one.trait
                if isinstance(trait, People):
                    assert set(value) <= known(trait.entity), one.code
                elif isinstance(trait, Copied):
                    assert keys(trait.app, trait.key).count(value) == 1, (one.code, value)
                assert not isinstance(trait, Pointed), "ids are given when records are loaded"


@each_app
def test_every_author_is_somebody(code: str) -> None:
    for one in the_records(WHOLE)[code]:
        talkers = {other.author for other in one.comments}
        thankers = {other.author for other in one.acknowledgements}
        assert {one.author} | talkers | thankers <= known("user")


# ---------------------------------------------------------------- every app at work


@dataclass(frozen=True, slots=True)
class Town:
    """A small town in a database."""

    platform: Platform

    def access(self, user: str, code: str) -> Access:
        """Walk in."""
        actor = self.platform.directory.actor(user, ZoneInfo("Asia/Tokyo"))
        assert actor is not None
        return self.platform.admit(actor, code)


@pytest.fixture(scope="module")
def loaded(
    fresh_database: Callable[[], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Town]:
    """Load a small town on each engine."""
    with fresh_database() as url:
        config = Config(
            database=url,
            files=tmp_path_factory.mktemp("files"),
            secret_key="-",
            zone=ZoneInfo("Asia/Tokyo"),
        )
        platform = Platform.open(config)
        load.load_people(platform, the_town(), "a password for everybody")
        load.publish_apps(platform)
        stream = town_records(the_town(), total=SMALL)
        assert load.load_records(platform, the_town(), stream) == SMALL
        yield Town(platform)
        platform.database.close()


def written_by_hand(access: Access, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a record's values a person types."""
    return {code: value for code, value in values.items() if access.may_write(code)}


@each_app
def test_an_app_is_filled_listed_and_exported_by_who_works_with_it(loaded: Town, code: str) -> None:
    app = app_of(code)
    example = the_records(SMALL)[code][-1]
    access = loaded.access(example.author, code)
    values = load._values(app, example.values)
    unique = {one.code for one in app.fields if one.schema.get("unique")}
    given = written_by_hand(access, values) | {code: f"{values[code]}-2" for code in unique}
    saved = records.create(loaded.platform, access, given)
    with loaded.platform.reading(access) as reader:
        kept = reader.get(saved.id).values
    typed = {key: value for key, value in given.items() if not app.by_code[key].inner}
    assert {key: kept[key] for key in typed} == typed

    admin = loaded.access(load.ADMIN, code)
    for place, view in listing.open_views(admin):
        page = listing.listed(loaded.platform, admin, Asked(view=place)).page
        assert all(len(row) == 2 + len(view.columns) for row in page.rows)
    exporting = next(
        access for access in (admin, loaded.access(example.author, code)) if access.may("export")
    )
    blocks = transfer.exported(loaded.platform, exporting, Wanted())
    assert b"".join(blocks).count(b"\n") > 1
