"""Records out and in as CSV: what to export, what would be lost, what a file would change."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from werkzeug.datastructures import FileStorage

from tsuzuri.access.gate import Access
from tsuzuri.errors import Invalid, Message, Problem, QueryError, TooLarge, Unknown, message
from tsuzuri.services import importing, saved_views, transfer
from tsuzuri.services.importing import Shown
from tsuzuri.services.once import Answer, Differs
from tsuzuri.services.platform import Platform
from tsuzuri.services.transfer import Losses, Wanted
from tsuzuri.storage.identity import MAX_ID
from tsuzuri.storage.saved_views import SavedView
from tsuzuri.web import once
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.paging import whole
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment

blueprint = Blueprint("transfer", __name__)

ALL = "all"
OWN = "own-"
"""How the address names every record, and a view of one's own, as lists do."""

SHOWN_AT_ONCE = 200
"""Problems on one page; a phone must still be able to show it."""

SENT_BEFORE = message(
    "この画面から送ったファイルは、すでに届いています。別のファイルも送るときは、もう一度選んで送ってください。"
)

JOB = f"/apps/<app>/import/<int(max={MAX_ID}):job>"


@blueprint.get("/apps/<app>/export")
@gated("export")
def choose(access: Access) -> Any:
    """Ask what to write, and in which form."""
    return _choices(access)


def _choices(access: Access, lost: Losses | None = None, problem: Message | None = None) -> str:
    args, language = request.args, access.actor.language
    return page(
        "export.html",
        app=access.app,
        name=access.app.name.text(language),
        views=[
            *((str(place), view.name.text(language)) for place, view in transfer.views(access)),
            *((f"{OWN}{view.id}", view.name) for view in saved_views.mine(platform(), access)),
        ],
        chosen={
            "view": args.get("view", ALL),
            "encoding": args.get("encoding", "utf-8"),
            "form": args.get("form", "sheet"),
        },
        narrowed=[(n, args[n]) for n in ("where", "sort") if args.get(n)],
        lost=lost,
        shown=() if lost is None else lost.found[:SHOWN_AT_ONCE],
        replace=_address(access, replace="1"),
        instead=_address(access, encoding="utf-8"),
        problem=problem,
    )


def _address(access: Access, **changed: str) -> str:
    """Return the address of the same file with something chosen differently."""
    kept = {n: request.args[n] for n in ("view", "form", "where", "sort") if n in request.args}
    encoding = {"encoding": request.args.get("encoding", "utf-8")}
    base = url_for("transfer.export", app=access.app.code)
    return f"{base}?{urlencode({**encoding, **kept, **changed})}"


def _wanted(access: Access) -> Wanted:
    """Return what the address asks for; a view of one's own is a condition and an order."""
    args = request.args
    view, where, sort = args.get("view", ""), args.get("where", ""), args.get("sort", "")
    if view.startswith(OWN):
        own = _own(access, whole(view.removeprefix(OWN)))
        where = " and ".join(f"({part})" for part in (own.where, where) if part)
        sort = sort or own.sort
    return Wanted(
        view=whole(view),
        where=where,
        sort=sort,
        encoding="cp932" if args.get("encoding") == "cp932" else "utf-8",
        machine=args.get("form") == "machine",
        replace=args.get("replace") == "1",
    )


def _own(access: Access, number: int | None) -> SavedView:
    for view in saved_views.mine(platform(), access):
        if view.id == number:
            return view
    raise Unknown


@blueprint.get("/apps/<app>/export.csv")
@gated("export")
def export(access: Access) -> Any:
    """Give the file, or tell first what its encoding cannot hold."""
    wanted = _wanted(access)
    try:
        lost = Losses((), 0) if wanted.replace else transfer.losses(platform(), access, wanted)
        blocks = transfer.exported(platform(), access, wanted)
    except QueryError as error:
        return make_response(_choices(access, problem=error.message), 400)
    if lost.count:
        return make_response(_choices(access, lost), 422)
    charset = "Shift_JIS" if wanted.encoding == "cp932" else "utf-8"
    name = f"{access.app.name.text(access.actor.language)}_{_today(access)}.csv"
    answer = Response(blocks, content_type=f"text/csv; charset={charset}")
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"export.csv\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return answer


def _today(access: Access) -> str:
    return platform().clock().astimezone(access.actor.zone).strftime("%Y%m%d")


@blueprint.get("/apps/<app>/import")
@gated("import")
def offer(access: Access) -> Any:
    """Ask for a file."""
    return _offered(access, ())


def _offered(access: Access, problems: tuple[Message, ...]) -> str:
    language = access.actor.language
    scene = platform().scene(access.actor)
    return page(
        "import.html",
        app=access.app,
        name=access.app.name.text(language),
        keys=[(one.code, one.title(language)) for one in importing.keys(access)],
        jobs=[
            {
                "name": job.name,
                "at": moment(job.at, scene),
                "state": job.state,
                "address": url_for("transfer.show", app=access.app.code, job=job.id),
            }
            for job in importing.latest(platform(), access)
        ],
        problems=problems,
    )


@blueprint.post("/apps/<app>/import")
@gated("import")
def send(access: Access) -> Any:
    """Take a file in and begin to check it."""
    try:
        job = _received(access, request.files.get("file"))
    except Invalid as error:
        reasons = tuple(one.message for one in error.problems)
        return make_response(_offered(access, reasons), 422)
    except TooLarge as error:
        return make_response(_offered(access, (error.message,)), 413)
    return redirect(url_for("transfer.show", app=access.app.code, job=job), 303)


def _received(access: Access, file: FileStorage | None) -> int:
    if file is None or not file.filename:
        raise Invalid([Problem("/file", message("ファイルを選んでください。"))])
    match = request.form.get("match", "")
    source = cast("BinaryIO", file.stream)
    arrived = importing.arrived(platform(), access, file.filename, source, match=match)

    def act(within: Platform) -> Answer:
        importing.add(within, access, arrived)
        return Answer(303, str(arrived.id))

    try:
        job = int(once.done(access, [arrived.name, arrived.key, match], act).location)
    except Differs:
        raise Invalid([Problem("/file", SENT_BEFORE)]) from None
    importing.check(platform(), access, job)
    return job


@blueprint.get(JOB)
@gated("import")
def show(access: Access, job: int) -> Any:
    """Show what a file would change, how far its work is, or what became of it."""
    found = importing.shown(platform(), access, job)
    return page("import_job.html", block="status", **_context(access, found))


def _context(access: Access, found: Shown) -> dict[str, Any]:
    language, job = access.actor.language, found.job
    return {
        "app": access.app,
        "name": access.app.name.text(language),
        "job": job,
        "tally": job.tally,
        "at": moment(job.at, platform().scene(access.actor)),
        "progress": found.progress,
        "interrupted": found.interrupted,
        "problems": [
            {
                "row": bad.row,
                "column": f"{letters(bad.column)} {bad.name}".strip(),
                "value": bad.value,
                "why": bad.why,
            }
            for bad in job.problems[:SHOWN_AT_ONCE]
        ],
        "address": url_for("transfer.show", app=access.app.code, job=job.id),
    }


def letters(column: int) -> str:
    """Return a column as spreadsheets call it: 1 is A, 27 is AA; nothing for none."""
    found = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


@blueprint.post(JOB)
@gated("import")
def act(access: Access, job: int) -> Any:
    """Write the file, take up what was interrupted, or forget it."""
    if request.form.get("do") == "drop":
        importing.drop(platform(), access, job)
        flash(sentence(message("取り込みをやめました。何も変わっていません。")), "success")
        return redirect(url_for("transfer.offer", app=access.app.code), 303)
    importing.start(platform(), access, job)
    return redirect(url_for("transfer.show", app=access.app.code, job=job), 303)
