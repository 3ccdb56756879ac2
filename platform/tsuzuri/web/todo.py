"""Records that wait for me, across apps: a page of them, and the first ones for home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.access.turns import process_of
from tsuzuri.fields.base import Scene
from tsuzuri.services import todo
from tsuzuri.services.todo import Todo, Waiting
from tsuzuri.web.gate import platform, signed_in
from tsuzuri.web.paging import whole
from tsuzuri.web.render import page
from tsuzuri.web.shown import moment, title_of
from tsuzuri.web.standing import status_name

blueprint = Blueprint("todo", __name__)

FIRST = 3
"""Records that home shows: the news must stay within reach."""


@blueprint.get("/todo")
@signed_in
def index(actor: Actor) -> str:
    """List the records on which I am asked to act."""
    after = whole(request.args.get("after")) or 0
    found = todo.page(platform(), actor, after)
    scene = platform().scene(actor)
    return page(
        "todo.html",
        rows=list(_rows(found, scene)),
        started=bool(after),
        following=url_for("todo.index", after=found.more) if found.more else "",
    )


def first(actor: Actor, scene: Scene) -> dict[str, Any] | None:
    """Return what home shows; None for whoever no app would ask."""
    found = todo.page(platform(), actor, size=FIRST)
    return {"rows": list(_rows(found, scene)), "more": bool(found.more)} if found.asks else None


def _rows(found: Waiting, scene: Scene) -> Iterator[dict[str, Any]]:
    return (_row(one, scene) for one in found.todos)


def _row(one: Todo, scene: Scene) -> dict[str, Any]:
    access, state = one.access, one.record
    process = process_of(access)
    code = state.values.get(process.status) if process is not None else None
    return {
        "app": access.app.name.text(scene.language),
        "title": title_of(access, state, scene),
        "address": url_for("records.show", app=access.app.code, record=state.id),
        "status": status_name(process, code, scene.language) if process and code else "",
        "behalf": scene.name("user", one.behalf) if one.behalf else "",
        "at": state.updated_at,
        "time": moment(state.updated_at, scene),
    }
