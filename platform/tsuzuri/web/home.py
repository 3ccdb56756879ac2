"""Home: the apps one may use, and what is new since one last looked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Message, message
from tsuzuri.fields.base import Scene
from tsuzuri.services import news
from tsuzuri.services.news import Item
from tsuzuri.web import alarms, drafts, interview, todo
from tsuzuri.web.gate import platform, signed_in
from tsuzuri.web.render import page
from tsuzuri.web.shown import moment, title_of

blueprint = Blueprint("home", __name__)

EVENTS: Mapping[str, Message] = {
    "create": message("新しい記録"),
    "change": message("記録の変更"),
    "comment": message("コメント"),
    "thanks": message("お礼"),
}
CLIPPED = 140
STAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z")
FIRST = 5
"""News shown before "more": the apps must be within reach of a thumb."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One app on the home page."""

    code: str
    name: str
    text: str
    may_view: bool
    may_add: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One piece of news in words, with the phrases that answer it in one tap."""

    item: Item
    app: str
    title: str
    event: Message
    who: str
    time: str
    text: str
    phrases: tuple[str, ...]


@blueprint.get("/")
@signed_in
def index(actor: Actor) -> str:
    """Show my apps and what is new for me."""
    scene = platform().scene(actor)
    return page(
        "home.html",
        tiles=_tiles(actor, scene.language),
        todo=todo.first(actor, scene),
        first=FIRST,
        news=[_told(one, scene) for one in news.news(platform(), actor)],
        now=platform().stamp(),
        alarms=alarms.waiting(actor),
        begun=drafts.begun(actor, scene),
        asked=interview.asked(actor, scene),
    )


@blueprint.post("/seen")
@signed_in
def seen(actor: Actor) -> Response:
    """Note that everything shown was seen; what came since then stays new."""
    at = request.form.get("at", "")
    if STAMP.fullmatch(at):
        news.looked(platform(), actor, at)
    return make_response(redirect(url_for("home.index"), 303))


def _tiles(actor: Actor, language: str) -> list[Tile]:
    """Return the apps; those one writes in come first, because that is what people come for."""
    tiles = [_tile(one, language) for one in platform().open_apps(actor)]
    return sorted(tiles, key=lambda tile: not tile.may_add)


def _tile(access: Access, language: str) -> Tile:
    app = access.app
    return Tile(
        code=app.code,
        name=app.name.text(language),
        text=app.description.text(language),
        may_view=access.may("view"),
        may_add=access.may("add"),
    )


def _told(item: Item, scene: Scene) -> News:
    app = item.access.app
    text = item.text if len(item.text) <= CLIPPED else item.text[:CLIPPED] + "…"
    answers = item.event in {"create", "change"} and item.access.may("comment")
    return News(
        item=item,
        app=app.name.text(scene.language),
        title=title_of(item.access, item.record, scene),
        event=EVENTS[item.event],
        who=scene.name("user", item.by),
        time=moment(item.at, scene),
        text=text,
        phrases=app.acknowledgements if answers else (),
    )
