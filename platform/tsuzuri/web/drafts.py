"""Drafts: a form kept as it is, gone on with later, saved as a record or thrown away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Invalid, Problem, Stale, Unknown, message
from tsuzuri.fields.base import Scene
from tsuzuri.japanese.calendar import one_calendar
from tsuzuri.services import drafts, once
from tsuzuri.services.drafts import Begun, Writing
from tsuzuri.services.once import Answer, Differs
from tsuzuri.services.platform import Platform
from tsuzuri.storage.drafts import Draft
from tsuzuri.web import copying, editing, forms
from tsuzuri.web import once as web_once
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.forms import Sent, Sheet, new_sheet
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.interview import DRAFT, record_of, titled
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment

blueprint = Blueprint("drafts", __name__)

KEPT = message("下書きを保存しました。ホームの「書きかけの下書き」から続きを書けます。")
GONE = message("下書きを捨てました。")
ELSEWHERE = message(
    "この下書きは、別の画面でも書き足されています。この画面の内容でよければ、もう一度保存してください。"
)
SOON = timedelta(days=14)
"""How long beforehand it is said that a draft will go."""


@blueprint.post("/apps/<app>/drafts")
@keeps_typing
@gated("add")
def begin(access: Access) -> Any:
    """Keep the form of a new record as a draft."""
    sheet = new_sheet(platform(), access)
    typed = forms.typed(sheet, request)
    if again():
        return editing.unsaved(sheet, typed.values)

    def act(within: Platform) -> Answer:
        return Answer(303, str(drafts.begin(within, access, _writing(sheet, typed))))

    try:
        number = web_once.done(access, typed.pairs, act).location
    except (Invalid, Differs) as error:
        return _refused(sheet, typed, error)
    flash(sentence(KEPT), "success")
    return redirect(_address(access, int(number), saved="new"), 303)


@blueprint.get(f"{DRAFT}/edit")
@gated("add")
def edit(access: Access, draft: int) -> Any:
    """Show the form of one's own draft; one that became a record leads there."""
    try:
        found = drafts.opened(platform(), access, draft)
    except Unknown:
        return record_of(access, draft)
    return _form(access, found)


@blueprint.post(f"{DRAFT}/edit")
@keeps_typing
@gated("add")
def complete(access: Access, draft: int) -> Any:
    """Save a draft as a record, or show its form again as it was typed."""
    if not drafts.became(platform(), access, draft):
        drafts.opened(platform(), access, draft)
    try:
        return editing.create(_sheet(access, draft))
    except Unknown:
        return record_of(access, draft)


@blueprint.post(f"{DRAFT}/save")
@keeps_typing
@gated("add")
def save(access: Access, draft: int) -> Any:
    """Keep the form in its draft: by its button, or by itself every few seconds (``_auto``)."""
    by_itself = "_auto" in request.form
    try:
        found = drafts.opened(platform(), access, draft)
    except Unknown:
        if by_itself:
            raise
        return record_of(access, draft)
    sheet = _sheet(access, draft)
    typed = forms.typed(sheet, request)
    if again():
        return editing.unsaved(sheet, typed.values, based_on=found.revision)
    try:
        drafts.save(platform(), access, draft, _writing(sheet, typed))
    except (Invalid, Stale) as error:
        if by_itself:
            return make_response("", 409 if isinstance(error, Stale) else 422)
        return _refused(sheet, typed, error)
    if by_itself:
        return make_response("", 204)
    flash(sentence(KEPT), "success")
    return redirect(_address(access, draft, saved=str(draft)), 303)


@blueprint.get(f"{DRAFT}/discard")
@gated("add")
def ask_discard(access: Access, draft: int) -> str:
    """Ask once more before a draft is thrown away."""
    drafts.opened(platform(), access, draft)
    app, scene = access.app, platform().scene(access.actor)
    title = sentence(message("{app}の下書き", app=app.name.text(scene.language)))
    return page("draft_discard.html", app=app, draft=draft, title=title)


@blueprint.post(f"{DRAFT}/discard")
@gated("add")
def discard(access: Access, draft: int) -> Any:
    """Throw a draft away."""
    drafts.discard(platform(), access, draft)
    flash(sentence(GONE), "success")
    return redirect(url_for("home.index", saved=f"{access.app.code}:{draft}"), 303)


def begun(actor: Actor, scene: Scene) -> list[dict[str, Any]]:
    """Return one's own drafts as the home page lists them."""
    return [_told(one, scene) for one in drafts.mine(platform(), actor)]


def _told(one: Begun, scene: Scene) -> dict[str, Any]:
    app = one.access.app
    here = one.goes_at.astimezone(scene.zone)
    soon = one.goes_at - platform().clock() < SOON
    return {
        "app": app.name.text(scene.language),
        "title": titled(one.access, one.state, scene),
        "url": _address(one.access, one.draft.id),
        "time": moment(one.draft.saved_at, scene),
        "goes": one_calendar(here.date(), scene.language) if soon else "",
    }


def _form(access: Access, found: Draft) -> str:
    """Show a draft's form as it was typed."""
    sheet = _sheet(access, found.id)
    kept = MultiDict(found.typed)
    values = forms.typed(sheet, Sent(kept)).values
    copying.fill(sheet, values, kept)
    return editing.unsaved(sheet, values, based_on=found.revision)


def _sheet(access: Access, draft: int) -> Sheet:
    return new_sheet(platform(), access, draft=draft)


def _writing(sheet: Sheet, typed: forms.Typed) -> Writing:
    return Writing(
        given=forms.given(sheet, typed.values),
        typed=typed.pairs,
        tab=request.form.get(web_once.FIELD, "")[: once.LONGEST],
        revision=editing.revision() or 0,
    )


def _refused(sheet: Sheet, typed: forms.Typed, error: Exception) -> Any:
    """Show the form again, with what is wrong with keeping it."""
    if isinstance(error, Stale):
        problems, based_on = [Problem("", ELSEWHERE)], error.revision
    else:
        known = error.problems if isinstance(error, Invalid) else ()
        problems, based_on = list(known) or [Problem("", editing.SENT_BEFORE)], None
    body = editing.unsaved(
        sheet, typed.values, problems=[*typed.problems, *problems], based_on=based_on
    )
    return make_response(body, 409 if isinstance(error, Stale) else 422)


def _address(access: Access, draft: int, saved: str = "") -> str:
    code = access.app.code
    more = {"saved": f"{code}:{saved}"} if saved else {}
    return url_for("drafts.edit", app=code, draft=draft, **more)  # type: ignore[arg-type]  # flask takes anything as a query
