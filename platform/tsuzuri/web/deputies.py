"""Who stands in for me while I am away, and for whom I stand in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, message
from tsuzuri.fields.base import Scene
from tsuzuri.japanese.calendar import both_calendars, parse_date
from tsuzuri.services import deputies
from tsuzuri.storage.deputies import Deputy
from tsuzuri.storage.identity import MAX_ID
from tsuzuri.web.gate import platform, signed_in
from tsuzuri.web.render import page, sentence

blueprint = Blueprint("deputies", __name__)

LABELS: Mapping[str, Message] = {
    "deputy": message("代理の人"),
    "starts_on": message("はじめの日"),
    "ends_on": message("終わりの日"),
}


@blueprint.get("/account/deputies")
@signed_in
def index(actor: Actor) -> str:
    """List who stands in, and offer to name somebody."""
    return _page(actor)


@blueprint.post("/account/deputies")
@signed_in
def name(actor: Actor) -> Any:
    """Let somebody stand in on some days."""
    first, last = (_day(request.form.get(one, "")) for one in ("starts_on", "ends_on"))
    try:
        deputies.name(platform(), actor, request.form.get("deputy", ""), first, last)
    except Invalid as error:
        return make_response(_page(actor, error), 422)
    flash(sentence(message("代理の人を決めました。")), "success")
    return redirect(url_for("deputies.index"), 303)


@blueprint.post(f"/account/deputies/<int(max={MAX_ID}):deputy>/end")
@signed_in
def end(actor: Actor, deputy: int) -> Any:
    """Let somebody stand in no more."""
    deputies.forget(platform(), actor, deputy)
    flash(sentence(message("代理をやめました。")), "success")
    return redirect(url_for("deputies.index"), 303)


def _day(text: str) -> str:
    """Read a day as people write it; what is none stays as it is, for the service to refuse."""
    day = parse_date(text)
    return text if day is None else day.isoformat()


def _page(actor: Actor, error: Invalid | None = None) -> str:
    scene, form = platform().scene(actor), request.form
    problems = error.problems if error is not None else ()
    told = {one.pointer.removeprefix("/"): sentence(one.message) for one in problems}
    return page(
        "deputies.html",
        rows=[_row(one, scene) for one in deputies.mine(platform(), actor)],
        for_whom=[scene.name("user", code) for code in deputies.for_whom(platform(), actor)],
        people=[(one.code, one.name) for one in deputies.offered(platform(), actor)],
        typed={name: form.get(name, "") for name in LABELS},
        labels=LABELS,
        errors={**dict.fromkeys(LABELS, ""), **told},
        mistakes=[(name, sentence(LABELS[name]), text) for name, text in told.items()],
    )


def _row(one: Deputy, scene: Scene) -> dict[str, Any]:
    days = (date.fromisoformat(day) for day in (one.starts_on, one.ends_on))
    first, last = (both_calendars(day, scene.language) for day in days)
    return {
        "who": scene.name("user", one.deputy),
        "first": first,
        "last": last,
        "now": one.starts_on <= platform().today,
        "end": url_for("deputies.end", deputy=one.id),
    }
