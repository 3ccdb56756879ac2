"""My notices: what was done to records that concern me, unread first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Busy, Message, Slow, message
from tsuzuri.fields.base import Scene
from tsuzuri.services import inbox
from tsuzuri.services.inbox import Told
from tsuzuri.storage.identity import MAX_ID
from tsuzuri.storage.notices import BOXES
from tsuzuri.web.gate import platform, signed_in
from tsuzuri.web.paging import whole
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment, title_of

blueprint = Blueprint("notices", __name__)

ONE = f"/notices/<int(max={MAX_ID}):notice>"
KINDS: Mapping[str, Message] = {
    "comment": message("コメント"),
    "mention": message("あなた宛てのコメント"),
    "change": message("記録の変更"),
    "status": message("状態の変更"),
    "add": message("新しい記録"),
    "import": message("ファイルの取り込み"),
    "reminder": message("リマインダー"),
    "urgent": message("緊急"),
}
TABS: Mapping[str, Message] = {
    "unread": message("未読"),
    "mine": message("自分宛て"),
    "later": message("あとで読む"),
    "all": message("すべて"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One notice in words."""

    id: int
    sort: str
    kind: str
    app: str
    title: str
    who: str
    at: str
    time: str
    is_read: bool
    is_later: bool


@blueprint.get("/notices")
@signed_in
def index(actor: Actor) -> str:
    """List my notices, newest first."""
    box = request.args.get("box", "unread")
    box = box if box in BOXES else "unread"
    found, more = inbox.page(platform(), actor, box, whole(request.args.get("before")) or 0)
    following = url_for("notices.index", box=box, before=more) if more else ""
    return _page(actor, found, box, following)


def _page(actor: Actor, found: Sequence[Told], box: str = "", following: str = "") -> str:
    scene = platform().scene(actor)
    return page(
        "inbox.html",
        box=box,
        tabs=[(one, url_for("notices.index", box=one), TABS[one]) for one in BOXES],
        rows=[_row(one, scene) for one in found],
        following=following,
    )


@blueprint.get(ONE)
@signed_in
def told(actor: Actor, notice: int) -> str:
    """Show the one notice a mail leads to; going there has not read it yet."""
    return _page(actor, [inbox.one(platform(), actor, notice)])


@blueprint.post(f"{ONE}/open")
@signed_in
def show(actor: Actor, notice: int) -> Response:
    """Mark a notice as read and go to its record."""
    app, record = inbox.open_one(platform(), actor, notice)
    return make_response(redirect(url_for("records.show", app=app, record=record), 303))


@blueprint.post(f"{ONE}/later")
@signed_in
def later(actor: Actor, notice: int) -> Response:
    """Keep a notice to be read later."""
    inbox.put_aside(platform(), actor, notice)
    flash(sentence(message("「あとで読む」に入れました。")), "success")
    return make_response(redirect(url_for("notices.index"), 303))


@blueprint.post("/notices/read")
@signed_in
def read(actor: Actor) -> Response:
    """Mark everything as read that the page could show when it was made."""
    inbox.read_all(platform(), actor, whole(request.form.get("up_to")) or 0)
    return make_response(redirect(url_for("notices.index"), 303))


def unread(actor: Actor | None) -> int:
    """Return the number beside the bell; a database that is busy does not cost the page."""
    if actor is None:
        return 0
    try:
        return inbox.unread(platform(), actor)
    except (Busy, Slow):
        return 0


def _kind(told: Told, scene: Scene) -> str:
    """Return what a notice is; a reminder is called as the app calls it today."""
    notify, notice = told.access.whole.notify, told.notice
    reminder = notify.reminder(notice.rule) if notify is not None and notice.rule else None
    return reminder.title.text(scene.language) if reminder else sentence(KINDS[notice.kind])


def _row(told: Told, scene: Scene) -> Row:
    notice = told.notice
    return Row(
        id=notice.id,
        sort=notice.kind,
        kind=_kind(told, scene),
        app=told.access.app.name.text(scene.language),
        title=title_of(told.access, told.record, scene),
        who=scene.name("user", notice.by) if notice.by else "",
        at=notice.at,
        time=moment(notice.at, scene),
        is_read=bool(notice.read_at),
        is_later=bool(notice.later_at),
    )
