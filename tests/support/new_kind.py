"""Run by ``test_new_kind`` against a copy of the package that has one file more: ``blood_type``.

``python -m support.new_kind URL FOLDER`` publishes an app that uses the kind, does everything
people do with a field, and prints what it found as JSON.  Nothing here or elsewhere knows it.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

from support.visitor import Visitor
from tsuzuri.access.gate import Access
from tsuzuri.definitions.meta import fields_schema
from tsuzuri.errors import Invalid
from tsuzuri.factory import create_app
from tsuzuri.services import history, importing, listing, records, search, transfer
from tsuzuri.services.listing import Asked
from tsuzuri.services.transfer import Wanted
from worlds.town import World, opened

PROPERTIES = {
    "name": {"kind": "text", "title": "氏名", "unique": True},
    "blood": {"kind": "blood_type", "title": "血液型", "rh": True},
    "family": {
        "kind": "table",
        "title": "家族",
        "items": {"properties": {"theirs": {"kind": "blood_type", "title": "家族の血液型"}}},
    },
}
VIEW = {"name": "一覧", "columns": ["name", "blood"], "sort": "blood asc"}


def use(world: World) -> dict[str, Any]:
    """Do everything with the new kind and return what was seen."""
    app = world.publish(PROPERTIES, code="clinic", views=[VIEW])
    access = world.entering("abe", app)
    given = {"name": "髙橋", "blood": " ＡＢ型rh- ", "family": [{"theirs": "o"}]}
    saved = records.create(world.platform, access, given)
    records.create(world.platform, access, {"name": "鈴木", "blood": "O"})
    found = {
        "schema": fields_schema()["$defs"]["blood_type"]["properties"]["rh"],
        "refused": _refused(world, access),
        **_lists(world, access),
        **_moved(world, access),
    }
    records.change(world.platform, access, saved.id, {"blood": "A"}, revision=None)
    newest = history.changes(world.platform, access, saved.id)[0]
    found["history"] = {one.code: pair for one, pair in newest.differences.items()}
    hits = search.search(world.platform, access.actor, "Ａ型").hits
    found["search"] = [(hit.record.values["name"], hit.field.code) for hit in hits]
    return {**found, **_pages(world, saved.id)}


def _refused(world: World, access: Access) -> list[str]:
    try:
        records.create(world.platform, access, {"name": "x", "blood": "C"})
    except Invalid as error:
        return [one.pointer for one in error.problems]
    return []


def _lists(world: World, access: Access) -> dict[str, Any]:
    """Return what lists show, by condition."""
    asked = {
        "list": "",
        "equal": 'blood = "O"',
        "one of": 'blood in ("ab型RH-", "B")',
        "like": 'blood like "rh-"',
        "in a table": 'theirs like "O型"',
    }
    found = {}
    for name, where in asked.items():
        page = listing.listed(world.platform, access, Asked(where=where)).page
        found[name] = [list(row[2:]) for row in page.rows]
    return found


def _moved(world: World, access: Access) -> dict[str, Any]:
    """Export everything, change a word in the file, and import it again."""
    raw = b"".join(transfer.exported(world.platform, access, Wanted(view=0)))
    changed = raw.decode("utf-8-sig").replace("O型", "Ｂ型")
    file = io.BytesIO(changed.encode())
    job = importing.receive(world.platform, access, "f.csv", file, match="name")
    checked = importing.shown(world.platform, access, job).job
    importing.start(world.platform, access, job)
    page = listing.listed(world.platform, access, Asked(where='name = "鈴木"')).page
    told = [(bad.row, str(bad.why)) for bad in checked.problems]
    return {"csv": raw.decode("utf-8-sig"), "told": told, "imported": page.rows[0][3]}


def _pages(world: World, record: int) -> dict[str, Any]:
    """Return the pages that a browser gets, and what a posted form becomes."""
    visitor = Visitor(create_app(world.platform.config, world.platform), world.platform, "abe")
    form = {"f.name": "佐藤", "f.blood": "ｂ型", "f.family.0.theirs": "a"}
    posted = visitor.post("/apps/clinic/new", form)
    wrong = visitor.post("/apps/clinic/new", {**form, "f.name": "x", "f.blood": "Z"})
    return {
        "form": visitor.text("/apps/clinic/new"),
        "page": visitor.text(f"/apps/clinic/records/{record}"),
        "rows": visitor.text("/apps/clinic/"),
        "posted": visitor.text(posted.headers["Location"]),
        "wrong": wrong.status_code,
    }


def main() -> None:
    """Use the kind on one database."""
    with opened(sys.argv[1], Path(sys.argv[2])) as world:
        sys.stdout.write(json.dumps(use(world), ensure_ascii=False))


if __name__ == "__main__":
    main()
