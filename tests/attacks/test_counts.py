"""Group B: counts, totals, pages and ids as hints at what is unseen."""

from __future__ import annotations

import re
from urllib.parse import quote

from attacks.cases import case
from attacks.oracles import alike, as_missing, silent
from attacks.serving import Town
from attacks.world import record_id

LIST = "/apps/case/"
A1 = f"/apps/case/records/{record_id('A1')}"


@case("B01", guard="counts-count-everything")
def test_a_total_counts_what_the_reader_sees(town: Town) -> None:
    for path in (LIST, LIST + "?exact=1", LIST + "?view=all&size=20", "/apps/contact/?exact=1"):
        assert "件" in alike(town, "viewer_a", path).text


@case("B02", guard="pages-are-filtered-late")
def test_pages_are_full_however_many_unseen_records_lie_between(town: Town) -> None:
    seen: list[str] = []
    for offset in (0, 2, 4):
        query = quote(f"order by $id asc limit 2 offset {offset}")
        answer = alike(town, "viewer_a", f"/api/apps/case/records?query={query}&field=name")
        names = [one["name"] for one in answer.json()["records"]]
        assert len(names) == (2 if offset < 4 else 1)
        seen += names
    assert seen == [f"name of A{number}" for number in range(1, 6)]


@case("B03", guard="pages-begin-anywhere")
def test_a_page_after_an_unseen_record_is_a_page_after_none(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for form in (LIST + "?after={}", LIST + "?before={}", "/apps/contact/?after={}"):
        record = record_id("B3") if "case" in form else record_id("A1") + 110 * 1_000_000
        silent(as_missing(viewer, form, record))


@case("B03", guard="records-are-fetched-by-id")
def test_an_unseen_record_is_a_missing_one(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for row in ("B1", "X1"):
        for part in ("", "/edit", "/history", "/print", "/delete", "/unmask/address"):
            answer = as_missing(viewer, "/apps/case/records/{}" + part, record_id(row))
            assert silent(answer).status_code in {403, 404}
        assert as_missing(viewer, "/apps/case/records/{}", record_id(row)).status_code == 404


@case("B09", guard="unseen-records-are-offered")
def test_choices_hold_nothing_that_only_unseen_records_have(town: Town) -> None:
    silent(alike(town, "viewer_a", LIST + "?f.0.field=owner&f.0.op==&_filter=add"))
    for path in ("/apps/contact/new", "/apps/contact/lookup/case", "/apps/contact/lookup/case?q=n"):
        answer = silent(alike(town, "writer_a", path))
        assert answer.status_code == 200
    assert "name of A5" in answer.text


@case("B10", guard="counts-count-everything")
def test_no_page_says_how_much_is_not_shown(town: Town) -> None:
    for path in (LIST, A1, A1 + "/print", "/apps/contact/", "/search?q=name", "/"):
        text = alike(town, "viewer_a", path).text
        assert not re.search(r"件は表示|非表示|見えない", text)
    first, second = (
        one.visitor("viewer_a").get("/apps/case/export.csv").content
        for one in (town.here, town.there)
    )
    assert first == second
