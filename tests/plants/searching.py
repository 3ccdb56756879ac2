"""Bugs of full-text search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from plants.planting import plant, replaced
from plants.sight import of_every_field, whole
from tsuzuri.services import search as searching
from tsuzuri.storage import finding, search
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.records import load_whole
from tsuzuri.web import shown
from worlds.town import ERRAND


@plant("search hits")
def search_reads_hidden_fields() -> Iterator[None]:
    """The index is asked without the reader's fields; the result page hides what it can."""
    find = finding.find

    def everywhere(records: Any, words: Any, size: int) -> Any:
        return find(whole(records), words, size)

    with replaced(finding, "find", everywhere):
        yield


@plant("search snippets")
def hits_are_titled_by_the_whole_record() -> Iterator[None]:
    """A hit's title is made of the stored record, not of what the reader knows of it."""
    title_of = shown.title_of

    def telling(access: Any, state: Any, scene: Any) -> str:
        from tsuzuri.web.gate import platform  # noqa: PLC0415  needs a request

        with platform().database.read(ERRAND) as connection:
            known = load_whole(connection, access.whole, [state.id])[state.id]
        return title_of(of_every_field(access), known, scene)

    with replaced(shown, "title_of", telling):
        yield


@plant("order of hits")
def hits_are_ranked_by_statistics() -> Iterator[None]:
    """Relevance is reckoned from all documents, those of others too."""
    found_by = searching.search

    def ranked(platform: Any, actor: Any, text: str, **more: Any) -> Any:
        found = found_by(platform, actor, text, **more)
        total = 0
        for app in platform.apps.values():
            with platform.database.read(ERRAND) as connection:
                count = select(func.count()).select_from(tables_of(app).records)
                total += connection.execute(count).scalar_one()
        hits = sorted(found.hits, key=lambda hit: (hit.record.id // 1_000_000 * total) % 101)
        return replace(found, hits=hits)

    with replaced(searching, "search", ranked):
        yield


@plant("search after a change")
def searches_are_remembered() -> Iterator[None]:
    """What was found once is found again for a while, whatever became of it."""
    found_by = searching.search
    known: dict[Any, Any] = {}

    def remembered(platform: Any, actor: Any, text: str, **more: Any) -> Any:
        asked = (actor.user, text, *sorted(more.items()))
        if asked not in known:
            known[asked] = found_by(platform, actor, text, **more)
        return known[asked]

    with replaced(searching, "search", remembered):
        yield


@plant("search text")
def search_text_is_syntax() -> Iterator[None]:
    """What is typed goes to the index as it is, operators and column names included."""

    def raw(folded: str) -> str:
        return folded

    with replaced(search, "phrase", raw):
        yield
