"""Group D: related records, calculated fields, what refers to a record, and pickers."""

from __future__ import annotations

from urllib.parse import quote

from attacks.cases import case
from attacks.oracles import alike, as_unknown, silent, stored
from attacks.serving import Town
from attacks.world import record_id

A1 = f"/apps/case/records/{record_id('A1')}"


@case("D03", guard="related-records-are-not-gated")
def test_related_records_are_those_the_reader_sees(town: Town) -> None:
    answer = silent(alike(town, "viewer_a", A1))
    assert "contact 1" in answer.text
    silent(alike(town, "viewer_a", A1 + "/print"))


@case("D05", "D06", guard="calculated-fields-keep-their-own-rule")
def test_what_is_worked_out_from_a_hidden_field_is_hidden(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for condition in ('{} = "x"', '{} like "ZQX"', "order by {} asc"):
        form = f"/api/apps/case/records?query={quote(condition, safe='{}')}"
        assert as_unknown(viewer, form, "verdict").status_code == 400
        # The age has a name of its own, but nothing to tell: its birthday is hidden.
        assert alike(town, "viewer_a", form.replace("{}", "age")).status_code == 400
    for path in (A1, A1 + "/print", "/api/apps/case/records?query=", "/apps/case/export.csv"):
        silent(alike(town, "viewer_a", path))


@case("D09", guard="deleting-counts-references")
def test_deleting_depends_on_nothing_unseen(fresh: Town) -> None:
    answer = alike(
        fresh, "worker_a", lambda one: one.fill(A1 + "/delete", "delete", reason="entered twice")
    )
    assert silent(answer).status_code == 303
    assert all(
        stored(site, "case", record_id("A1"))["$deleted"] for site in (fresh.here, fresh.there)
    )


@case("D10", guard="confidential-groups-are-listed")
def test_a_confidential_group_is_offered_to_nobody_else(town: Town) -> None:
    for path in ("/apps/case/new", A1 + "/edit", "/apps/case/?f.0.field=team&_filter=add"):
        answer = silent(town.visitor("writer_a").get(path))
        assert "readers" in answer.text, path
