"""Who writes in a record just now, told to its page and to open forms of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, request
from flask_login import current_user

from tsuzuri.access.gate import Access
from tsuzuri.errors import message
from tsuzuri.fields.base import Scene
from tsuzuri.services import presence, sessions
from tsuzuri.services.presence import Changed
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.paging import LARGEST, whole
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment

blueprint = Blueprint("presence", __name__)


@blueprint.post(f"/apps/<app>/records/<int(max={LARGEST}):record>/presence")
@gated("edit")
def beat(access: Access, record: int) -> str:
    """Hear that a form is open, or ``leaving``; say who else writes and what others saved."""
    session = sessions.hashed(current_user.id)
    if "leaving" in request.form:
        presence.leave(platform(), access, record, session)
        return ""
    presence.beat(platform(), access, record, session)
    found = presence.changed(platform(), access, record, whole(request.form.get("_revision")))
    scene = platform().scene(access.actor)
    return page(
        "presence.html",
        changed=_told(found, scene) if found else None,
        editing=line(access, record),
    )


def line(access: Access, record: int) -> str:
    """Return who else writes in a record, as a sentence; nothing where nobody does."""
    users = presence.editors(platform(), access, record)
    return said(users, platform().scene(access.actor))


def said(users: Sequence[str], scene: Scene) -> str:
    """Return that these people write, as a sentence."""
    if not users:
        return ""
    named = [sentence(message("{name}さん", name=scene.name("user", one))) for one in users]
    names = sentence(message("、")).join(named)
    return sentence(message("{names}が編集中です。", names=names))


def editing_html(text: str) -> str:
    """Return the line of a record's page that says who writes in it."""
    parts: Any = current_app.jinja_env.get_template("parts/editing.html").make_module()
    return str(parts.editing(text))


def _told(found: Changed, scene: Scene) -> dict[str, str]:
    """Return in words what others saved."""
    labels = sentence(message("、")).join(one.title(scene.language) for one in found.fields)
    return {
        "who": scene.name("user", found.by),
        "at": moment(found.at, scene),
        "fields": labels,
    }
