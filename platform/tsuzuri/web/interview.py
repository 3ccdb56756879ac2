"""Advice while a record is being written: the panel beside the form, the page of who is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Invalid, Message, Unknown, message
from tsuzuri.fields.base import Scene
from tsuzuri.services import drafts, interview
from tsuzuri.services.interview import Seat
from tsuzuri.services.live import Sight
from tsuzuri.services.once import Answer, Differs
from tsuzuri.services.opening import Opened
from tsuzuri.services.platform import Platform
from tsuzuri.storage.threads import Comment
from tsuzuri.storage.writing import RecordState
from tsuzuri.web import live, once
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.form_items import Block
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.items import Reading
from tsuzuri.web.paging import LARGEST
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import by, moment, title_of

blueprint = Blueprint("interview", __name__)

DRAFT = f"/apps/<app>/drafts/<int(max={LARGEST}):draft>"
PARTS = frozenset({"talk", "values", "guests"})
"""Parts of the page that are fetched by themselves once they are not as they were."""
UNNAMED: Message = message("（まだ題名のない下書き）")


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody was about to say, what is wrong with it, and with whom they asked."""

    body: str = ""
    error: str = ""
    problem: str = ""


@blueprint.get(DRAFT)
@gated("view")
def show(access: Access, draft: int) -> Any:
    """Show a draft to whom its author asked; its author finds the form, a record its page."""
    part = request.args.get("part", "")
    try:
        seat, sight = interview.opened(platform(), access, draft)
    except Unknown:
        return record_of(access, draft)
    if seat.own and part not in PARTS:
        return redirect(url_for("drafts.edit", app=access.app.code, draft=draft), 303)
    return _page(access, seat, sight, block=part if part in PARTS else "main")


def _page(
    access: Access, seat: Seat, sight: Sight, *, block: str = "main", typed: Typed | None = None
) -> str:
    scene = platform().scene(access.actor)
    return page(
        "draft.html" if block in {"main", "values"} else "draft_parts.html",
        block=block,
        app=access.app,
        name=access.app.name.text(scene.language),
        title=titled(access, seat.state, scene),
        author=by(seat.draft.author, seat.draft.agency, scene),
        saved=moment(seat.draft.saved_at, scene),
        blocks=_blocks(access, seat, scene),
        panel=_panel(access, seat, sight, scene, typed),
    )


@blueprint.get(f"{DRAFT}/live")
@gated("view")
def follow(access: Access, draft: int) -> Any:
    """Tell an open page of a draft what was said and what changed."""
    return live.follow(access, draft, partial(_sight, access, draft), draft=True)


def _sight(access: Access, draft: int) -> Sight:
    with platform().database.read(access) as connection:
        found = interview.sight(connection, access, draft)
    if found is None:
        raise Unknown
    return found


@blueprint.post(f"{DRAFT}/say")
@keeps_typing
@gated("comment")
def say(access: Access, draft: int) -> Any:
    """Say something about a draft: typed, or with one tap; sent twice, it is said once."""
    body = request.form.get("quick") or request.form.get("body", "")
    by_itself = "_auto" in request.form
    if again():
        return _typed(access, draft, body)

    def act(within: Platform) -> Answer:
        return Answer(303, str(interview.say(within, access, draft, body)))

    try:
        once.done(access, body, act)
    except (Invalid, Differs) as error:
        if by_itself:
            return make_response("", 422)
        why = error.problems[0].message if isinstance(error, Invalid) else error.message
        return make_response(_typed(access, draft, body, why), 422)
    if by_itself:
        return make_response("", 204)
    return redirect(url_for("interview.show", app=access.app.code, draft=draft), 303)


def _typed(access: Access, draft: int, body: str, why: Message | None = None) -> str:
    """Show the page with what somebody was about to say."""
    seat, sight = interview.opened(platform(), access, draft)
    return _page(access, seat, sight, typed=Typed(body, sentence(why) if why else ""))


@blueprint.post(f"{DRAFT}/guests")
@gated("add")
def guests(access: Access, draft: int) -> Any:
    """Ask somebody for advice on one's own draft, or ask them no longer."""
    user, problem = request.form.get("user", ""), ""
    try:
        if request.form.get("act") == "leave":
            interview.uninvite(platform(), access, draft, user)
        else:
            interview.invite(platform(), access, draft, user)
    except Invalid as error:
        problem = sentence(error.problems[0].message)
    if request.headers.get("HX-Request") != "true" and not problem:
        where = url_for("drafts.edit", app=access.app.code, draft=draft, _anchor="interview")
        return redirect(where, 303)
    seat, sight = interview.opened(platform(), access, draft)
    typed = Typed(problem=problem)
    body = _page(access, seat, sight, block="guests", typed=typed)
    return make_response(body, 422 if problem else 200)


def record_of(access: Access, draft: int) -> Any:
    """Lead to the record that a draft became; ``Unknown`` where there is none to be seen."""
    if not drafts.became(platform(), access, draft):
        raise Unknown
    return redirect(url_for("records.show", app=access.app.code, record=draft), 303)


def asked(actor: Actor, scene: Scene) -> list[dict[str, str]]:
    """Return the drafts somebody is asked about, as the home page lists them."""
    return [
        {
            "app": one.access.app.name.text(scene.language),
            "title": titled(one.access, one.state, scene),
            "url": url_for("interview.show", app=one.access.app.code, draft=one.draft.id),
            "who": by(one.draft.author, one.draft.agency, scene),
            "time": moment(one.draft.saved_at, scene),
        }
        for one in interview.asked_of(platform(), actor)
    ]


def beside(access: Access, draft: int, scene: Scene) -> dict[str, Any] | None:
    """Return the panel beside the form of one's own draft.

    None for somebody who would not see the record themselves: they cannot talk about it, either.
    """
    if not access.may("view"):
        return None
    try:
        seat, sight = interview.opened(platform(), access, draft)
    except Unknown:
        return None
    return _panel(access, seat, sight, scene)


def _panel(
    access: Access, seat: Seat, sight: Sight, scene: Scene, typed: Typed | None = None
) -> dict[str, Any]:
    typed = typed or Typed()
    where: dict[str, Any] = {"app": access.app.code, "draft": seat.draft.id}
    show_url = url_for("interview.show", **where)
    return {
        "messages": [_told(access, one, scene) for one in sight.said.comments],
        "quick": access.app.quick,
        "may": seat.may_say,
        "own": seat.own,
        "typed": typed,
        "guests": _guests(access, seat, scene) if seat.own else [],
        "offers": _offers(access, seat, scene) if seat.own else [],
        "who": by(seat.draft.author, seat.draft.agency, scene),
        "show_url": show_url,
        "say_url": url_for("interview.say", **where),
        "guests_url": url_for("interview.guests", **where),
        "live": url_for("interview.follow", **where),
        "mark": sight.mark,
    }


def _told(access: Access, one: Comment, scene: Scene) -> dict[str, Any]:
    return {
        "id": one.id,
        "author": scene.name("user", one.author),
        "time": moment(one.at, scene),
        "time_iso": one.at,
        "body": one.body,
        "own": one.author == access.actor.user,
    }


def _guests(access: Access, seat: Seat, scene: Scene) -> list[dict[str, Any]]:
    able = interview.able(platform(), access, seat.draft, seat.guests)
    return [
        {"code": one, "name": scene.name("user", one), "able": one in able} for one in seat.guests
    ]


def _offers(access: Access, seat: Seat, scene: Scene) -> list[tuple[str, str]]:
    """Return who can be asked: one's own agency first, then by agency and name."""
    directory = platform().directory_for(access.actor)
    mine = access.actor.agency
    found = []
    for code in interview.offered(platform(), access, seat.draft):
        if code in seat.guests:
            continue
        agency = next(iter(directory.users[code].agencies), "")
        order = (agency != mine, agency, directory.users[code].kana, code)
        found.append((order, code, by(code, agency, scene)))
    return [(code, label) for _, code, label in sorted(found)]


def _blocks(access: Access, seat: Seat, scene: Scene) -> list[Block]:
    """Return the values of a draft to read; files can be opened once it is a record."""
    found = Opened(
        state=seat.state,
        allowed=frozenset(),
        writable=frozenset(),
        start=seat.state.values,
        mark=0,
    )
    reading = Reading(platform=platform(), access=access, opened=found, scene=scene)
    blocks = reading.blocks()
    items: Sequence[Any] = [item for block in blocks for row in block.rows for item in row]
    for item in items:
        if item.files:
            item.value, item.files = _names(item.files), []
    return blocks


def _names(files: Sequence[dict[str, Any]]) -> str:
    return "、".join(str(one["name"]) for one in files)


def titled(access: Access, state: RecordState, scene: Scene) -> str:
    """Return the title of a draft as its reader knows it."""
    named = any(code in state.values for code in access.app.record_title)
    return title_of(access, state, scene) if named else sentence(UNNAMED)
