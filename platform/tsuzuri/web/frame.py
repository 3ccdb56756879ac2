"""What the frame of every page is handed: who reads, in which language, the ways around."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, request, url_for
from flask_login import current_user

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Message, message
from tsuzuri.web import notices, urgency
from tsuzuri.web.gate import platform
from tsuzuri.web.render import reader_language, sentence

blueprint = Blueprint("frame", __name__)

MENU: tuple[tuple[str, Message, str, str], ...] = (
    ("security.index", message("個人設定"), "settings", ""),
    ("people.index", message("利用者と所属"), "user-group", "administers"),
    ("retention.index", message("保存期限"), "clock", "administers"),
    ("auditing.index", message("監査ログ"), "eye", "audits"),
    ("alarms.index", message("気になる動き"), "warning", "watches"),
)
"""The menu of who is signed in: page, word, icon, and the role it is for (nothing: everybody;
``watches``: either of the two)."""
LANGUAGES = (("ja", "日本語"), ("en", "English"))


@blueprint.app_context_processor
def _frame() -> dict[str, Any]:
    """Return what ``base.html`` asks for; see docs/design.md."""
    actor: Actor | None = current_user.actor if current_user.is_authenticated else None
    return {
        "current_actor": actor,
        "current_name": actor.name if actor else "",
        "current_agency": _agency(actor) if actor else "",
        "municipality": platform().config.municipality,
        "languages": LANGUAGES,
        "current_language": reader_language(),
        "links": _links(actor),
        "menu": _menu(actor),
        "looking": actor is not None and actor.onlooker is not None,
        "unread": notices.unread(actor),
        "urgent": urgency.band(actor),
        "printed_at": "",
        "here": request.full_path.rstrip("?"),
    }


def _agency(actor: Actor) -> str:
    directory = platform().directory
    return directory.name("agency", actor.agency, actor.language) if actor.agency else ""


def _menu(actor: Actor | None) -> list[tuple[str, str, str]]:
    if actor is None:
        return []
    return [
        (url_for(endpoint), sentence(word), icon)
        for endpoint, word, icon, role in MENU
        if _is_there(endpoint) and _is_for(actor, role)
    ]


def _is_for(actor: Actor, role: str) -> bool:
    if role == "watches":
        return actor.audits or actor.administers
    return not role or bool(getattr(actor, role))


def _is_there(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def _links(actor: Actor | None) -> dict[str, str]:
    found = {
        "home": url_for("home.index"),
        "language": url_for("account.language"),
        "search": "",
        "notifications": "",
        "help": "",
        "logout": url_for("account.sign_out"),
    }
    if actor is not None:
        found["search"] = url_for("lists.search")
        found["notifications"] = url_for("notices.index")
    return found


blueprint.add_app_template_filter(sentence, "sentence")
