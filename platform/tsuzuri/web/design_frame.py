"""What every page about an app's definition shows: whose draft it is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, flash, redirect, url_for

from tsuzuri.access.gate import Access
from tsuzuri.definitions import design
from tsuzuri.definitions.strict_json import unescape
from tsuzuri.errors import Problem, Stale, message
from tsuzuri.services.drafting import Draft
from tsuzuri.web.gate import platform
from tsuzuri.web.render import sentence
from tsuzuri.web.shown import moment

HOME = "/apps/<app>/design"
FIELDS = "/record/properties/"


def frame(access: Access, draft: Draft, wrong: Sequence[Problem]) -> dict[str, Any]:
    """Return what every page of the builder shows."""
    scene = platform().scene(access.actor)
    return {
        "app": access.app.code,
        "name": access.app.name.text(scene.language),
        "draft": draft,
        "left": message(
            "{who}さんの下書き（{at}）",
            who=scene.name("user", draft.by),
            at=moment(draft.at, scene),
        )
        if draft.is_draft
        else None,
        "problems": [_problem(access, draft.document, one) for one in wrong],
    }


def _problem(access: Access, document: Mapping[str, Any], one: Problem) -> dict[str, str]:
    """Return a problem with the place it is about, and where that is mended."""
    code = field_of(one.pointer)
    fields = document["record"]["properties"] if design.is_sound(document) else {}
    if code in fields:
        return {
            "place": fields[code]["title"],
            "text": sentence(one.message),
            "address": url_for("design.field", app=access.app.code, field=code),
        }
    source = url_for("versions.source", app=access.app.code)
    return {"place": one.pointer, "text": sentence(one.message), "address": source}


def field_of(pointer: str) -> str:
    """Return the code of the field that a problem is about; nothing where it is about none."""
    if not pointer.startswith(FIELDS):
        return ""
    return unescape(pointer.removeprefix(FIELDS).partition("/")[0])


def taken(access: Access, error: Stale) -> Response:
    """Say who changed the draft meanwhile, and show it as it is now; nothing was done."""
    scene = platform().scene(access.actor)
    said = error.message
    if error.by:
        said = message(
            "{who}さんが先に変えたため、いまの操作はしていません（{at}）。内容を確かめて、もう一度操作してください。",
            who=scene.name("user", error.by),
            at=moment(error.at, scene),
        )
    flash(sentence(said), "warning")
    address = url_for("design.index", app=access.app.code)
    return redirect(address, 303)  # type: ignore[return-value]  # werkzeug's own type
