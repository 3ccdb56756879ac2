"""Group F: the conversation under a record."""

from __future__ import annotations

from sqlalchemy import func, select

from attacks.cases import case
from attacks.oracles import alike, as_missing, silent
from attacks.serving import Site, Town
from attacks.world import record_id
from tsuzuri.storage.tables import comments, thanks
from worlds.town import ERRAND


def said(site: Site) -> int:
    """Count everything said under any record."""
    with site.platform.database.read(ERRAND) as connection:
        counts = [select(func.count()).select_from(table) for table in (comments, thanks)]
        return sum(connection.execute(one).scalar_one() for one in counts)


@case("F01", guard=("records-are-fetched-by-id", "comments-need-no-record"))
def test_the_conversation_of_an_unseen_record_is_that_of_none(fresh: Town) -> None:
    viewer, before = fresh.visitor("viewer_a"), said(fresh.here)
    for row in ("B1", "X1"):
        page = "/apps/case/records/{}"
        assert silent(as_missing(viewer, page, record_id(row))).status_code == 404
        for part, form in (("/comments", {"body": "hello"}), ("/thanks", {"word": "確認しました"})):
            data = {"csrf_token": viewer.token, **form}
            answer = as_missing(viewer, page + part, record_id(row), method="POST", data=data)
            assert answer.status_code == 404
    for path in ("/", "/apps/case/"):
        silent(alike(fresh, "viewer_a", path))
    assert said(fresh.here) == before
    seen = f"/apps/case/records/{record_id('A1')}/comments"
    assert viewer.post(seen, {"body": "hello"}).status_code == 303
    assert said(fresh.here) == before + 1
