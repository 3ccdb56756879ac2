"""The audit log in the browser, for auditors: who did what, when and from where.

A record is named by its app and number only; what it says is for those whose rules let them read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, stream_with_context, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.definitions.model import App
from tsuzuri.errors import Message, message
from tsuzuri.fields.base import Scene
from tsuzuri.services import auditing
from tsuzuri.storage.audit_reading import PAGE, READS, Asked, Found
from tsuzuri.storage.people import Directory
from tsuzuri.web import alarms
from tsuzuri.web.audit_words import ACTIONS, word
from tsuzuri.web.gate import auditing as auditors_only
from tsuzuri.web.gate import platform
from tsuzuri.web.paging import whole
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import dated
from tsuzuri.wire import csv

blueprint = Blueprint("auditing", __name__)

LONGEST = 100
COLUMNS: tuple[Message, ...] = (
    *(message("番号"), message("日時"), message("ログイン名"), message("だれが"), message("所属")),
    *(message("したこと"), message("アプリ"), message("レコード番号"), message("件数")),
    *(message("理由"), message("どこから"), message("だれの画面で")),
)
CELLS = (
    *("seq", "time", "user", "who", "agency", "action", "app", "record", "count", "reason"),
    *("address", "seen_as"),
)
"""What a row of the file holds, under ``COLUMNS``."""


@blueprint.get("/audit")
@auditors_only
def index(actor: Actor) -> str:
    """Show a page of the log, narrowed by what was asked."""
    asked = _asked(actor.zone)
    found = auditing.search(platform(), actor, asked)
    typed = _typed()
    older = url_for("auditing.index", **typed, before=found[-1].seq) if found else ""
    return page(
        "audit.html",
        rows=list(map(_rows_for(actor), found)),
        typed=typed,
        actions=[(code, sentence(said)) for code, said in ACTIONS.items()],
        apps=[(code, app.name.text(actor.language)) for code, app in platform().apps.items()],
        older=older if len(found) == PAGE else "",
        file=url_for("auditing.export", **typed),
        newest=url_for("auditing.index", **typed) if asked.before else "",
        reads=_reads(typed),
        alarms=alarms.waiting(actor),
        archived=_archived(actor, asked),
    )


@blueprint.get("/audit.csv")
@auditors_only
def export(actor: Actor) -> Response:
    """Give the entries that were asked for as a file."""
    found = auditing.taken(platform(), actor, _asked(actor.zone))
    archived = _archived(actor, _asked(actor.zone))
    answer = Response(stream_with_context(_file(found, actor, archived)), content_type=csv.TYPE)
    day = platform().today.replace("-", "")
    name = quote(f"{sentence(message('監査ログ'))}_{day}.csv", safe="")
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"audit.csv\"; filename*=UTF-8''{name}"
    )
    return answer


def _file(found: Iterator[Found], actor: Actor, archived: str) -> Iterator[bytes]:
    # With a mark at its start a spreadsheet reads it as UTF-8.
    yield b"\xef\xbb\xbf" + csv.line([sentence(one) for one in COLUMNS])
    row_of = _rows_for(actor)
    for number, one in enumerate(found):
        if number == auditing.MOST:
            more = message("続きがあります。日を区切って書き出してください。")
            yield csv.line([sentence(more)])
            return
        row = row_of(one)
        yield csv.line([str(row[name]) for name in CELLS])
    if archived:
        yield csv.line([archived])


def _archived(actor: Actor, asked: Asked) -> str:
    """Return a sentence where what was asked for may lie in the archive as well."""
    last = auditing.archived_to(platform())
    if not last or asked.since > last:
        return ""
    moved = message(
        "{time}までの操作は書庫（保管用のファイル）に移されていて、ここには表示されません。"
        "必要なときはサーバーの管理者に依頼してください。",
        time=dated(last, platform().scene(actor)),
    )
    return sentence(moved)


def _reads(typed: dict[str, Any]) -> tuple[str, str]:
    """Return the question that nearly always comes next, and where its answer is."""
    if typed["action"] or not (typed["user"] or typed["record"]):
        return "", ""
    said = message("閲覧だけを表示する")
    return url_for("auditing.index", **{**typed, "action": READS}), sentence(said)


def _typed() -> dict[str, Any]:
    """Return what was typed as texts, cut to what could be found at all."""
    names = ("user", "action", "app", "record", "since", "until")
    texts = {name: request.args.get(name, "").strip()[:LONGEST] for name in names}
    return {name: "".join(filter(str.isprintable, text)) for name, text in texts.items()}


def _asked(zone: ZoneInfo) -> Asked:
    typed = _typed()
    until = _day(typed["until"])
    return Asked(
        user=typed["user"],
        action=typed["action"],
        app=typed["app"],
        record=whole(typed["record"]) or 0,
        since=_instant(_day(typed["since"]), zone),
        until=_instant(until + timedelta(days=1) if until and until < date.max else None, zone),
        before=whole(request.args.get("before")) or 0,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _instant(day: date | None, zone: ZoneInfo) -> str:
    """Return when a day begins where the reader is, as the log writes it; nothing for no day."""
    if day is None or not date(1900, 1, 1) < day < date(9000, 1, 1):
        return ""
    begins = datetime.combine(day, time(), tzinfo=zone)
    return begins.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rows_for(actor: Actor) -> Callable[[Found], dict[str, Any]]:
    """Return what makes a row of an entry; people and apps are asked for once."""
    known = (platform().directory, platform().scene(actor), platform().apps)
    return lambda one: _row(one, actor.language, *known)


def _row(
    one: Found, language: str, directory: Directory, scene: Scene, apps: Mapping[str, App]
) -> dict[str, Any]:
    app = apps.get(one.app)
    return {
        "seq": one.seq,
        "time": dated(one.at, scene),
        "who": directory.name("user", one.user),
        "user": one.user,
        "agency": directory.name("agency", one.agency, language) if one.agency else "",
        "action": word(one.action),
        "app": app.name.text(language) if app else one.app,
        "record": one.record or "",
        "readers": url_for("auditing.index", app=one.app, record=one.record) if one.record else "",
        "person": url_for("auditing.index", user=one.user),
        "count": one.count or "",
        "seen_as": directory.name("user", one.seen_as) if one.seen_as else "",
        "reason": one.reason,
        "address": one.address,
    }
