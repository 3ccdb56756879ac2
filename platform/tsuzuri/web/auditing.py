"""The audit log in the browser, for auditors: who did what, when and from where.

A record is named by its app and number only; what it says is for those whose rules let them read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.errors import message
from tsuzuri.services import auditing
from tsuzuri.storage.audit_reading import PAGE, READS, Asked, Found
from tsuzuri.web import alarms
from tsuzuri.web.audit_words import ACTIONS, word
from tsuzuri.web.gate import auditing as auditors_only
from tsuzuri.web.gate import platform
from tsuzuri.web.paging import whole
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import dated

blueprint = Blueprint("auditing", __name__)

LONGEST = 100


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
        rows=[_row(one, actor) for one in found],
        typed=typed,
        actions=[(code, sentence(said)) for code, said in ACTIONS.items()],
        apps=[(code, app.name.text(actor.language)) for code, app in platform().apps.items()],
        older=older if len(found) == PAGE else "",
        newest=url_for("auditing.index", **typed) if asked.before else "",
        reads=_reads(typed),
        alarms=alarms.waiting(actor),
    )


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


def _row(one: Found, actor: Actor) -> dict[str, Any]:
    directory = platform().directory
    scene = platform().scene(actor)
    app = platform().apps.get(one.app)
    return {
        "seq": one.seq,
        "time": dated(one.at, scene),
        "who": directory.name("user", one.user),
        "user": one.user,
        "agency": directory.name("agency", one.agency, actor.language) if one.agency else "",
        "action": word(one.action),
        "app": app.name.text(actor.language) if app else one.app,
        "record": one.record or "",
        "readers": url_for("auditing.index", app=one.app, record=one.record) if one.record else "",
        "person": url_for("auditing.index", user=one.user),
        "count": one.count or "",
        "seen_as": directory.name("user", one.seen_as) if one.seen_as else "",
        "reason": one.reason,
        "address": one.address,
    }
