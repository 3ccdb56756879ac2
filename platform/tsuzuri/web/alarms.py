"""Alarms for auditors and administrators: what is worth a look, and who took note of it.

They name people, addresses and numbers; what records say is nowhere here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, Problem, message
from tsuzuri.services import alarms
from tsuzuri.storage.alarms import Alarm
from tsuzuri.storage.identity import MAX_ID
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.gate import platform, watching
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import dated

blueprint = Blueprint("alarms", __name__)

ONE = f"/alarms/<int(max={MAX_ID}):alarm>"
WORDS: Mapping[str, Message] = {
    "opened_hour": message("{who}さんが、1時間のうちに{count}件以上の記録を開きました。"),
    "opened_day": message("{who}さんが、1日のうちに{count}件以上の記録を開きました。"),
    "seen_day": message("{who}さんに、1日のうちに{count}件以上の記録が表示されました。"),
    "night": message("{who}さんが、夜間に記録を見ました。"),
    "taken_day": message("{who}さんが、1日のうちに{count}回以上、書き出しや印刷をしました。"),
    "unmasked_day": message("{who}さんが、1日のうちに{count}回以上、伏せ字を表示しました。"),
    "refused_hour": message(
        "{who}さんが、1時間のうちに{count}回以上、見られないものを開こうとしました。",
    ),
    "failures_account": message("{who}さんのログインが、1時間のうちに{count}回以上失敗しました。"),
    "clones": message("{who}さんのパスキーが、複製されて使われたおそれがあります。"),
    "failures_address": message("{who} からのログインが、1時間のうちに{count}回以上失敗しました。"),
}
"""What each rule says; ``count`` is how many there were when it spoke up."""


@blueprint.get("/alarms")
@watching
def index(actor: Actor) -> str:
    """List what waits for somebody's word, and what had it."""
    return page(
        "alarms.html",
        rows=[_row(one, actor) for one in alarms.waiting(platform(), actor)],
        noticed=[_row(one, actor) for one in alarms.noticed(platform(), actor)],
    )


def waiting(actor: Actor) -> list[dict[str, Any]]:
    """Return the alarms that wait, as other pages show them; none to who has no part in them."""
    if not (actor.audits or actor.administers):
        return []
    # Watching takes seconds where much was read today: only the page of alarms waits for it.
    return [_row(one, actor) for one in alarms.unnoticed(platform())]


@blueprint.get(ONE)
@watching
def show(actor: Actor, alarm: int) -> str:
    """Ask what came of an alarm."""
    return _asking(actor, alarm)


@blueprint.post(ONE)
@keeps_typing
@watching
def notice(actor: Actor, alarm: int) -> Any:
    """Take note of an alarm."""
    said = request.form.get("reason", "")
    if again():
        return _asking(actor, alarm, said)
    try:
        alarms.notice(platform(), actor, alarm, said)
    except Invalid as error:
        return make_response(_asking(actor, alarm, said, error.problems), 422)
    flash(sentence(message("確認したことを記録しました。")), "success")
    return redirect(url_for("alarms.index"), 303)


def _asking(actor: Actor, alarm: int, said: str = "", problems: Sequence[Problem] = ()) -> str:
    found = alarms.alarm(platform(), actor, alarm)
    return page("alarm.html", one=_row(found, actor), reason=said, problems=problems)


def _row(one: Alarm, actor: Actor) -> dict[str, Any]:
    directory, scene = platform().directory, platform().scene(actor)
    person = alarms.RULES[one.rule].about == "user"
    who = directory.name("user", one.subject) if person else one.subject
    said = WORDS[one.rule]
    return {
        "text": sentence(message(said.text, who=who, count=one.count)),
        "time": dated(one.at, scene),
        "address": url_for("alarms.show", alarm=one.id),
        "log": _log(one, actor, person=person),
        "by": directory.name("user", one.noticed_by) if one.noticed_by else "",
        "noticed": dated(one.noticed_at, scene) if one.noticed_at else "",
        "said": one.said,
    }


def _log(one: Alarm, actor: Actor, *, person: bool) -> str:
    """Return where an auditor sees what it was raised from."""
    if not (actor.audits and person):
        return ""
    return url_for("auditing.index", user=one.subject, since=one.day, until=one.day)
