"""Bugs in which records are found, counted and paged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from plants.planting import plant, replaced
from plants.sight import all_of, of_every_record
from tsuzuri.query.bound import ALWAYS
from tsuzuri.services import related, suggest
from tsuzuri.services.platform import Platform
from tsuzuri.storage.records import Records


@plant("counts")
def counts_count_everything() -> Iterator[None]:
    """The total is asked of the table, the page of the reader's records."""
    count = Records.count

    def total(self: Records, listing: Any, *cap: Any, **more: Any) -> Any:
        return count(all_of(self), listing, *cap, **more)

    with replaced(Records, "count", total):
        yield


@plant("pages of a list")
def pages_are_filtered_late() -> Iterator[None]:
    """A page of the table is read first, and what the reader may not see is dropped from it."""
    page = Records.page

    def late(self: Records, listing: Any, **more: Any) -> Any:
        found = page(all_of(self), listing, **more)
        seen = self.many([row[0] for row in found.rows])
        return replace(found, rows=[row for row in found.rows if row[0] in seen])

    with replaced(Records, "page", late):
        yield


@plant("pages of a list")
def pages_begin_anywhere() -> Iterator[None]:
    """A page may begin after a record the reader does not see, and so tells where it stands."""
    edge = Records._edge

    def anywhere(self: Records, record_id: Any, order: Any) -> Any:
        return edge(all_of(self), record_id, order)

    with replaced(Records, "_edge", anywhere):
        yield


@plant("records by id")
def records_are_fetched_by_id() -> Iterator[None]:
    """The list is narrowed, but whoever knows an id gets the record."""
    one = Records._one

    def fetched(self: Records, record_id: int, condition: Any, *, deleted: bool) -> Any:
        del condition
        return one(self, record_id, ALWAYS, deleted=deleted)

    with replaced(Records, "_one", fetched):
        yield


@plant("related records")
def related_records_are_not_gated() -> Iterator[None]:
    """Related records are read with the rights of the page that shows them."""
    admitted = related._admitted

    def open_(platform: Platform, actor: Any, app: str) -> Any:
        access = admitted(platform, actor, app)
        return access and of_every_record(access)

    with replaced(related, "_admitted", open_):
        yield


@plant("suggestions")
def unseen_records_are_offered() -> Iterator[None]:
    """What is offered while somebody types comes from every record there is."""
    offers = suggest.offers
    admit = Platform.admit

    def admitted(self: Platform, actor: Any, code: str) -> Any:
        return of_every_record(admit(self, actor, code))

    def every(platform: Platform, *given: Any) -> Any:
        with replaced(Platform, "admit", admitted):
            return offers(platform, *given)

    with replaced(suggest, "offers", every):
        yield


@plant("exports")
def exports_ignore_record_rules() -> Iterator[None]:
    """An export walks the table."""
    stream = Records.stream

    def every(self: Records, listing: Any) -> Any:
        return stream(all_of(self), replace(listing, where=ALWAYS))

    with replaced(Records, "stream", every):
        yield
