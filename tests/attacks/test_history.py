"""Group E: the past of a record, and the log of who read and changed what."""

from __future__ import annotations

from datetime import timedelta

from attacks.cases import case
from attacks.oracles import alike, same, silent, stored
from attacks.serving import Site, Town
from attacks.world import CANARY, PASSWORD, record_id
from tsuzuri.storage import audit
from tsuzuri.storage.audit import Sealed

A1 = f"/apps/case/records/{record_id('A1')}"
SEEN = (
    A1,
    A1 + "/history",
    A1 + "/print",
    "/",
    "/apps/case/",
    "/apps/case/?sort=%24updated+desc",
    "/api/apps/case/records?query=order%20by%20%24updated%20desc",
    "/apps/case/export.csv",
    "/search?q=memo",
)


def hidden_edit(site: Site) -> None:
    """Let the worker change a hidden field of A1, an hour later."""
    site.clock.now += timedelta(hours=1)
    answer = site.visitor("worker_a").fill(A1 + "/edit", f__address="ZQX-address-new")
    assert answer.status_code == 303
    assert stored(site, "case", record_id("A1"))["address"] == "ZQX-address-new"


@case("E01", "E02", guard=("hidden-changes-leave-a-line", "history-shows-every-field"))
def test_a_hidden_change_has_no_line_in_the_history(fresh: Town) -> None:
    viewer = fresh.visitor("viewer_a")
    before = viewer.get(A1 + "/history")
    hidden_edit(fresh.here)
    after = silent(viewer.get(A1 + "/history"))
    assert same(before) == same(after)
    assert "ZQX-address-new" in fresh.visitor("worker_a").get(A1 + "/history").text
    for part in ("compare?from=1&to=2", "versions", "states", "history/1", "diff"):
        assert viewer.get(f"{A1}/{part}").status_code == 404


@case("E05", "K15", guard="hidden-changes-count-as-changes")
def test_a_hidden_change_moves_nothing_that_is_seen(fresh: Town) -> None:
    viewer = fresh.visitor("viewer_a")
    hidden_edit(fresh.here)
    fresh.there.clock.now += timedelta(hours=1)
    for path in SEEN:
        answer = silent(alike(fresh, "viewer_a", path))
        assert answer.status_code == 200, path
        assert "etag" not in answer.headers
        assert "last-modified" not in answer.headers
        again = viewer.get(path, headers={"If-None-Match": "*", "If-Modified-Since": "x"})
        assert again.status_code == 200, path


@case("E03", guard="saving-replaces-the-record")
def test_bringing_a_record_back_touches_nothing_hidden(fresh: Town) -> None:
    writer, before = fresh.visitor("writer_a"), stored(fresh.here, "case", record_id("A1"))
    assert writer.fill(A1 + "/edit", f__owner="owner anew").status_code == 303
    assert writer.fill(A1 + "/delete", "delete", reason="wrong").status_code == 303
    silent(writer.get("/apps/case/trash"))
    assert writer.post(A1 + "/restore").status_code == 303
    assert silent(writer.get(A1)).status_code == 200
    assert writer.post(A1 + "/restore?version=1").status_code == 404
    after = stored(fresh.here, "case", record_id("A1"))
    changed = {key for key in before if before[key] != after.get(key)}
    assert changed <= {"owner", "$revision", "$deleted"}


def log(site: Site) -> list[Sealed]:
    """Return the entries of the audit log."""
    with site.platform.database.platform() as connection:
        return [entry for entry, _ in audit.chain(connection)]


@case("E07", guard="the-log-quotes-values")
def test_the_log_names_fields_and_quotes_nothing(fresh: Town) -> None:
    site, stranger = fresh.here, fresh.here.stranger()
    hidden_edit(site)
    stranger.get("/login")
    for user in ("worker_a", "nobody"):
        stranger.post("/login", {"user": user, "password": "ZQX-password-tried"})
    site.visitor("worker_a").get("/search?q=ZQX-searched")
    site.visitor("worker_a").get(A1 + "/nothing?q=ZQX-asked")
    entries = log(site)
    text = "\n".join(map(repr, entries))
    assert "record.change" in text
    assert "address" in text
    assert CANARY not in text
    assert PASSWORD not in text
    assert "argon2" not in text


@case("E10", guard="reads-are-not-noted")
def test_every_way_of_reading_leaves_an_entry(fresh: Town) -> None:
    worker = fresh.visitor("worker_a")
    for path in (
        A1,
        A1 + "/print",
        A1 + "/edit",
        A1 + "/history",
        "/apps/case/",
        "/apps/contact/",
        "/search?q=memo",
        "/api/apps/case/records?query=",
        "/apps/contact/lookup/case?q=name",
        "/apps/case/export.csv",
        "/",
    ):
        before = len(log(fresh.here))
        assert worker.get(path).status_code == 200
        fresh_entries = log(fresh.here)[before:]
        assert any(one.user == "worker_a" and one.app for one in fresh_entries), path
