"""Group C: full-text search and what it offers while one types."""

from __future__ import annotations

import time
from urllib.parse import quote

from attacks.cases import case
from attacks.oracles import alike, silent
from attacks.serving import Site, Town
from attacks.world import CASE, CASE_RULES, HIDDEN, record_id

SYNTAX = ("address:ZQX*", '"a" NEAR b', "*", "' OR 1", "(((((", "a AND", '"', "-", "^a", "a\0b")
PATIENCE = 2.0
"""Seconds a search may take at most, on a machine that does other things too."""


@case("C01", guard="search-reads-hidden-fields")
def test_a_word_in_a_hidden_field_is_found_nowhere(town: Town) -> None:
    for word in ("ZQX-address-A1", "ZQX", "ZQX-owner-B1", "ZQX-no-B2", "ZQX-contact", "ZQX-school"):
        for path in (
            f"/search?q={word}",
            f"/search?app=case&q={word}",
            f"/search?app=secret&q={word}",
        ):
            silent(alike(town, "viewer_a", path), typed=word)


@case("C03", guard="hits-are-titled-by-the-whole-record")
def test_a_hit_shows_nothing_but_what_its_reader_knows(town: Town) -> None:
    for words in ("name A1", "memo", "owner of A2", "name ZQX"):
        answer = silent(alike(town, "viewer_a", f"/search?q={quote(words)}"), typed="ZQX")
        assert "records/" in answer.text or "ZQX" in words


@case("C04", guard="unseen-records-are-offered")
def test_nothing_unseen_is_offered_while_somebody_types(town: Town) -> None:
    for typed in ("ZQX-n", "ZQX", "name", "of", "ZQ-"):
        for path in (
            f"/apps/contact/lookup/case?q={typed}",
            f"/apps/case/lookup/parent_case?q={typed}",
        ):
            silent(alike(town, "writer_a", path), typed=typed)


@case("C05", guard="hits-are-ranked-by-statistics")
def test_the_order_of_hits_depends_on_what_is_seen(town: Town) -> None:
    for words in ("name", "of", "memo of", "contact"):
        assert alike(town, "viewer_a", f"/search?q={quote(words)}").text.count("records/") > 1


@case("C06", guard="searches-are-remembered")
def test_a_record_that_moves_away_is_found_no_more(fresh: Town) -> None:
    viewer, worker, site = fresh.visitor("viewer_a"), fresh.visitor("worker_a"), fresh.here
    assert _hits(site, "memo of A1") == 1
    moved = worker.fill(f"/apps/case/records/{record_id('A1')}/edit", f__unit="B")
    assert moved.status_code == 303
    assert _hits(site, "memo of A1") == 0
    assert viewer.get(f"/apps/case/records/{record_id('A1')}").status_code == 404


@case("C06", guard="searches-are-remembered")
def test_a_field_hidden_just_now_is_found_no_more(fresh: Town) -> None:
    site = fresh.here
    assert _hits(site, "owner of A2") == 1
    rules = [{"fields": ["owner"], "who": ["everyone"], "allow": "none"}, *CASE_RULES["field"]]
    site.world.publish(CASE, {**CASE_RULES, "field": rules}, code="case", by="chief_a")
    assert _hits(site, "owner of A2") == 0
    worker = fresh.visitor("worker_a")
    deleting = f"/apps/case/records/{record_id('A2')}/delete"
    assert _hits(site, "memo of A2") == 1
    assert worker.fill(deleting, "delete", reason="twice").status_code == 303
    assert _hits(site, "memo of A2") == 0


def _hits(site: Site, words: str) -> int:
    answer = silent(site.visitor("viewer_a").get(f"/search?app=case&q={quote(words)}"))
    assert answer.status_code == 200
    return answer.text.count("/apps/case/records/")


@case("C08", guard="search-text-is-syntax")
def test_what_is_typed_into_search_is_text(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for typed in (*SYNTAX, *(f"{field}:ZQX" for field in HIDDEN), "x" * 100_000):
        began = time.monotonic()
        answer = viewer.http.get(f"/search?q={quote(typed)}") if len(typed) < 6000 else None
        if answer is not None:
            assert answer.status_code in {200, 400}, typed
            assert silent(answer, typed="ZQX").status_code < 500
            alike(town, "viewer_a", f"/search?q={quote(typed)}")
        assert time.monotonic() - began < PATIENCE
