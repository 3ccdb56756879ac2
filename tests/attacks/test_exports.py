"""Group G: files, paper and the source of pages."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import deque

from attacks.cases import case
from attacks.oracles import alike, canaries, silent
from attacks.serving import Town
from attacks.visiting import Visitor
from attacks.world import record_id

A1 = f"/apps/case/records/{record_id('A1')}"
FORMULAS = ("=HYPERLINK(1)", "@SUM(1)", "+1+1", "-1+1", "\t=1", "＝1+1", "＋1", "－1", "＠1", "'=1")
RUNS = re.compile(r"[=+\-@\t\r＝＋－＠]")
PAGES = 60
"""Pages one crawl looks at: all of this small world's."""


def exported(visitor: Visitor, query: str = "") -> list[list[str]]:
    """Return the rows of an export."""
    answer = visitor.get(f"/apps/case/export.csv{query}")
    assert answer.status_code == 200
    return [*csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))]


@case("G01", guard="hidden-fields-stay")
def test_an_export_has_no_hidden_column(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for query in (
        "",
        "?fields=*",
        "?fields=address",
        "?fields=name,address,risk,reporter,birthday",
    ):
        for form in ("", "&form=machine", "&encoding=cp932"):
            address = f"/apps/case/export.csv{query or '?view=all'}{form}"
            silent(alike(town, "viewer_a", address))
    head = exported(viewer)[0]
    assert "name" in head
    assert not {"address", "risk", "reporter", "birthday", "school", "seal"} & {*head}


@case("G02", guard="exports-ignore-record-rules")
def test_an_export_has_no_unseen_row(town: Town) -> None:
    rows = exported(town.visitor("viewer_a"))
    assert len(rows) == 1 + 5
    for path in ("/apps/case/export.csv?view=0", "/apps/contact/export.csv"):
        silent(alike(town, "viewer_a", path))


@case("G03", guard="cells-are-not-shielded")
def test_no_cell_of_an_export_runs_in_a_spreadsheet(fresh: Town) -> None:
    worker = fresh.visitor("worker_a")
    for text in FORMULAS:
        answer = worker.fill("/apps/case/new", f__name=text, f__owner=text, f__unit="A")
        assert answer.status_code == 303
    for visitor in (worker, fresh.visitor("chief_a")):
        for query in ("", "?form=machine", "?view=0"):
            cells = [cell for row in exported(visitor, query) for cell in row]
            assert sum(cell.startswith("'") for cell in cells) >= len(FORMULAS)
            assert not [cell for cell in cells if RUNS.match(cell)]


@case("G04", guard="hidden-fields-stay")
def test_paper_shows_what_the_page_shows(town: Town) -> None:
    answer = silent(alike(town, "viewer_a", A1 + "/print"))
    assert "memo of A1" in answer.text
    for path in (A1 + ".pdf", A1 + "/pdf", "/apps/case/print"):
        assert town.visitor("viewer_a").get(path).status_code == 404


@case("G06", guard="hidden-fields-stay")
def test_the_source_of_no_page_holds_what_the_page_does_not_show(town: Town) -> None:
    for user in ("viewer_a", "viewer_nofield", "writer_a"):
        for headers in ({}, {"HX-Request": "true"}):
            pages = crawled(town.visitor(user), headers)
            assert len(pages) > 8
            leaking = {path: found for path, found in pages.items() if found}
            assert not leaking, f"{user}: {leaking}"


def crawled(visitor: Visitor, headers: dict[str, str]) -> dict[str, list[str]]:
    """Follow every link by GET, each once; return the canaries of each page."""
    seen: dict[str, list[str]] = {}
    waiting = deque(["/", "/apps/case/", "/apps/contact/", "/search?q=name"])
    while waiting and len(seen) < PAGES:
        path = waiting.popleft()
        if path in seen:
            continue
        answer = visitor.get(path, headers=headers)
        seen[path] = canaries(answer)
        links = re.findall(r'(?:href|hx-get|src|action|data-[a-z]+)="(/[^"#]*)"', answer.text)
        waiting.extend(one for one in map(html.unescape, links) if not one.startswith("/static"))
    return seen
