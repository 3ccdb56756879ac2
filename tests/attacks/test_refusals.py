"""Group I: what refusals, conflicts, imports and forms give away or let through."""

from __future__ import annotations

import httpx

from attacks.cases import case
from attacks.oracles import Request, alike, same, silent, stored
from attacks.serving import Site, Town
from attacks.visiting import Visitor
from attacks.world import CASE, CASE_RULES, record_id

A1 = f"/apps/case/records/{record_id('A1')}"
A2 = f"/apps/case/records/{record_id('A2')}"
FORBIDDEN = {
    "f__address": "written",
    "f__risk": "1",
    "f__birthday": "R8.1.1",
    "f__seal": "true",
    "f__schools__0__school": "written",
    "f__verdict": "written",
    "f__$creator": "viewer_a",
    "f__$created": "2020-01-01",
    "f__$id": "1",
    "f__case_no": "written",
    "access": "everyone",
}


def everything(site: Site, *rows: str) -> list[dict[str, object]]:
    """Return records as they are stored."""
    return [stored(site, "case", record_id(row)) for row in rows]


@case("I02", guard="unique-values-are-anybodys-to-try")
def test_a_value_that_is_taken_answers_as_one_that_is_free(fresh: Town) -> None:
    for user in ("writer_a", "worker_a"):
        visitor = fresh.visitor(user)
        taken, free = (
            visitor.fill("/apps/case/new", f__name="new", f__unit="A", f__case_no=number)
            for number in ("ZQX-no-B1", "ZQX-no-F1")
        )
        assert taken.status_code == free.status_code == 303
        silent(taken)


@case("I03", "I14", guard="imports-change-whatever-they-name")
def test_a_file_changes_nothing_that_its_sender_does_not_see(fresh: Town) -> None:
    site, worker = fresh.here, fresh.visitor("worker_a")
    before = everything(site, "A1", "B1", "A2", "X1")
    rows = [f"#{record_id(row)},by file" for row in ("A1", "B1", "A2", "X1")]
    report = imported(worker, ["レコード番号,name", *rows])
    silent(report)
    assert everything(site, "A1", "B1", "A2", "X1") == before
    one, other = (
        imported(worker, ["レコード番号,name", f"#{number},by file"])
        for number in (record_id("B1"), record_id("B1") + 7)
    )
    words = (str(record_id("B1")), str(record_id("B1") + 7), str(one.url.path), str(other.url.path))
    assert same(one, *words)[0] == same(other, *words)[0]
    assert told(one, *words) == told(other, *words)


def imported(visitor: Visitor, lines: list[str], **form: str) -> httpx.Response:
    """Send a file and ask for it to be written; return what the page of the job says."""
    visitor.get("/apps/case/import")
    file = {"file": ("rows.csv", "\r\n".join(lines).encode(), "text/csv")}
    sent = visitor.post("/apps/case/import", form, files=file)
    assert sent.status_code == 303, sent.text
    page = sent.headers["location"]
    visitor.get(page)
    visitor.post(page, {"do": "start"})
    return visitor.get(page)


def told(answer: httpx.Response, *words: str) -> str:
    """Return the main part of a page without what the caller typed."""
    text = str(same(answer, *words)[2])
    return text[text.index("<main") : text.index("</main")]


@case("I05", guard="field-rules-are-forgotten")
def test_a_form_writes_no_field_that_it_does_not_hold(fresh: Town) -> None:
    site, writer = fresh.here, fresh.visitor("writer_a")
    before = everything(site, "A1", "B1")
    answer = writer.fill(A1 + "/edit", **FORBIDDEN, f__owner="owner anew")
    assert answer.status_code in {303, 422}
    after = everything(site, "A1", "B1")
    changed = {key for key in before[0] if before[0][key] != after[0].get(key)}
    assert changed <= {"owner", "$revision"}
    assert before[1] == after[1]
    made = writer.fill("/apps/case/new", **FORBIDDEN, f__name="new", f__unit="A")
    assert made.status_code == 303
    number = int(made.headers["location"].split("?")[0].rsplit("/", 1)[1])
    new = stored(site, "case", number)
    assert not {"address", "risk", "seal", "schools", "case_no"} & {*new}
    assert "written" not in str(new)


@case("I09", guard="references-may-name-the-unseen")
def test_a_reference_to_an_unseen_record_is_one_to_nothing(fresh: Town) -> None:
    writer = fresh.visitor("writer_a")
    numbers = [str(record_id("B1")), str(record_id("B1") + 7)]
    unseen, missing = (writer.fill(A1 + "/edit", f__parent_case=one) for one in numbers)
    assert unseen.status_code == missing.status_code == 422
    assert same(unseen, *numbers) == same(missing, *numbers)


@case("I10", guard="guesses-are-judged")
def test_a_guess_at_a_closed_field_is_neither_right_nor_wrong(fresh: Town) -> None:
    site, writer = fresh.here, fresh.visitor("writer_a")
    before = everything(site, "A1")
    for guess in ("ZQX-plan-A1", "ZQX-plan-A1-twin", "wrong", ""):
        answer = alike(fresh, "writer_a", guessing(guess))
        assert answer.status_code == 303
        assert "●" not in writer.get(A1 + "/history").text
    assert everything(site, "A1") == before


def guessing(word: str) -> Request:
    """Return the request that sends a word for the closed field."""
    return lambda one: one.fill(A1 + "/edit", f__plan=word)


@case("I11", guard="conflicts-show-everything")
def test_a_conflict_shows_the_fields_that_both_may_see(fresh: Town) -> None:
    worker, writer = fresh.visitor("worker_a"), fresh.visitor("writer_a")
    opened = writer.get(A1 + "/edit")
    changed = {"f__owner": "theirs", "f__address": "ZQX-address-now"}
    assert worker.fill(A1 + "/edit", **changed).status_code == 303
    answer = writer.submit(opened, f__owner="mine")
    assert answer.status_code == 409
    assert "theirs" in silent(answer).text


@case("I12", guard="hidden-fields-stay")
def test_a_form_shown_again_holds_nothing_hidden(fresh: Town) -> None:
    answer = alike(
        fresh, "writer_a", lambda one: one.fill(A1 + "/edit", f__kana="abc", f__name="again")
    )
    assert answer.status_code == 422
    assert "again" in silent(answer).text


@case("I13", guard="field-rules-are-forgotten")
def test_a_new_form_takes_nothing_from_what_it_may_not(fresh: Town) -> None:
    for query in (
        f"copy={record_id('B1')}",
        f"copy={record_id('A1')}",
        "f.address=ZQX-typed",
        "default.address=ZQX-typed",
        f"f.parent_case={record_id('B1')}",
    ):
        silent(alike(fresh, "writer_a", f"/apps/case/new?{query}"))
    lookup = "/apps/contact/new?f.case=ZQX-no-B1&_fill=1"
    silent(alike(fresh, "writer_a", lookup), typed="ZQX-no-B1")


@case("I16", guard=("hidden-fields-stay", "hidden-fields-can-be-asked"))
def test_a_field_that_comes_back_comes_back_hidden(fresh: Town) -> None:
    site, viewer = fresh.here, fresh.visitor("viewer_a")
    without = {code: one for code, one in CASE.items() if code != "address"}
    rules = {
        **CASE_RULES,
        "field": [
            {**rule, "fields": [one for one in rule["fields"] if one != "address"] or ["name"]}
            for rule in CASE_RULES["field"]
            if rule["fields"] != ["address"]
        ],
    }
    paths = (A1, "/search?q=ZQX-address-A1", "/apps/case/export.csv")
    for properties, access in ((without, rules), (CASE, CASE_RULES)):
        site.world.publish(properties, access, code="case", by="chief_a")
        for path in paths:
            assert silent(viewer.get(path), typed="ZQX-address-A1").status_code == 200
        asked = viewer.get('/api/apps/case/records?query=address = "ZQX-address-A1"')
        assert asked.status_code == 400
    assert "ZQX-address-A1" in fresh.visitor("worker_a").get(A1).text
