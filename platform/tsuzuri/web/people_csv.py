"""People from a CSV file and into one: a preview of every change, then all of it or nothing."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, message
from tsuzuri.services import people_csv
from tsuzuri.services.people_csv import ADDED, CHANGED, LARGEST, SAME, Moved, Preview
from tsuzuri.web.gate import administering, platform
from tsuzuri.web.proof import proving
from tsuzuri.web.render import page, sentence
from tsuzuri.wire.people import COLUMNS

blueprint = Blueprint("people_csv", __name__)

SHOWN_AT_ONCE = 200
SORTS: Mapping[str, Message] = {
    ADDED: message("追加"),
    CHANGED: message("変更"),
    SAME: message("変更なし"),
}
NO_FILE = message("ファイルを選んでください。")


@blueprint.get("/people/export.csv")
@administering
def export(actor: Actor) -> Response:
    """Give everybody as a file in the form that is taken in again."""
    # With a mark at its start a spreadsheet reads it as UTF-8.
    body = "\ufeff" + people_csv.exported(platform(), actor)
    answer = Response(body, content_type="text/csv; charset=utf-8")
    name = f"{sentence(message('利用者'))}_{platform().today.replace('-', '')}.csv"
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"people.csv\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return answer


@blueprint.get("/people/import")
@administering
@proving
def offer(actor: Actor) -> Any:
    """Ask for a file."""
    del actor
    return _page()


@blueprint.post("/people/import")
@administering
def check(actor: Actor) -> Any:
    """Show what a file would change; nothing is written."""
    del actor
    file = request.files.get("file")
    if file is None or not file.filename:
        return make_response(_page(refused=NO_FILE), 422)
    content = file.stream.read(LARGEST + 1)
    found = people_csv.preview(platform(), content)
    return make_response(_page(found, content), 422 if found.problems else 200)


@blueprint.post("/people/import/apply")
@administering
@proving
def write(actor: Actor) -> Any:
    """Take the file in that was previewed."""
    try:
        content = b64decode(request.form.get("content", ""), validate=True)
        found = people_csv.apply(platform(), actor, content, request.form.get("mark", ""))
    except (Invalid, Moved) as error:
        again = people_csv.preview(platform(), content)
        return make_response(_page(again, content, refused=error.message), 422)
    except ValueError:
        return make_response(_page(refused=NO_FILE), 422)
    done = message(
        "取り込みました(追加{added}人、変更{changed}人)。",
        added=found.count(ADDED),
        changed=found.count(CHANGED),
    )
    flash(sentence(done), "success")
    # Whoever is new cannot sign in yet.
    after = "invitations.index" if found.count(ADDED) else "people.index"
    return redirect(url_for(after), 303)


def _page(
    found: Preview | None = None, content: bytes = b"", *, refused: Message | None = None
) -> str:
    changes = [] if found is None else [one for one in found.changes if one.sort != SAME]
    return page(
        "people/import.html",
        columns=list(COLUMNS.values()),
        refused="" if refused is None else sentence(refused),
        found=found,
        counts=[] if found is None else [(sentence(SORTS[s]), found.count(s)) for s in SORTS],
        changes=[
            {
                "code": one.after.code,
                "name": one.after.name,
                "sort": one.sort,
                "word": sentence(SORTS[one.sort]),
                "told": [sentence(line) for line in people_csv.told(one)],
            }
            for one in changes[:SHOWN_AT_ONCE]
        ],
        more=max(0, len(changes) - SHOWN_AT_ONCE),
        problems=() if found is None else found.problems[:SHOWN_AT_ONCE],
        content=b64encode(content).decode("ascii"),
    )
