"""Where a record stands, as its page shows it: the way, whose turn it is, what may be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App, Process
from tsuzuri.errors import Message, message
from tsuzuri.fields.base import Scene
from tsuzuri.services import process
from tsuzuri.services.process import Offer, Standing
from tsuzuri.storage.history import Change
from tsuzuri.storage.writing import RecordState
from tsuzuri.web.gate import platform
from tsuzuri.web.render import sentence


def panel(access: Access, state: RecordState, scene: Scene) -> dict[str, Any] | None:
    """Return what the record's page says of its process; None where the reader has none."""
    found = process.standing(platform(), access, state)
    if found is None:
        return None
    app, record = access.app.code, state.id
    return {
        "name": status_name(found.process, found.code, scene.language),
        "lost": found.status is None,
        "stages": _stages(found, scene.language),
        "people": [(scene.name("user", code), gone) for code, gone in found.gone.items()],
        "asks": found.status is not None and bool(found.status.rule),
        "offers": [_offer(one, access, record, scene) for one in found.offers],
        "recall": found.may_recall and url_for("process.ask_recall", app=app, record=record),
        "assign": (found.may_assign or found.may_settle)
        and url_for("process.ask_assign", app=app, record=record),
    }


def status_name(found: Process, code: str, language: str) -> str:
    """Return the name of a status; one that left the definition is called by its code."""
    status = found.at(code)
    return status.name.text(language) if status is not None else code


def _stages(found: Standing, language: str) -> list[dict[str, Any]]:
    """Return the statuses in order; a retired one only while the record stands there."""
    shown = [one for one in found.process.statuses if not one.retired or one is found.status]
    return [
        {"name": one.name.text(language), "here": one is found.status, "end": place + 1}
        for place, one in enumerate(shown)
    ]


def _offer(one: Offer, access: Access, record: int, scene: Scene) -> dict[str, Any]:
    own = one.person == access.actor.user
    return {
        "name": one.step.name.text(scene.language),
        "behalf": "" if own else scene.name("user", one.person),
        "address": url_for("process.ask", app=access.app.code, record=record, step=one.step.code),
    }


PROCESS = frozenset({"step", "recall", "assign"})
"""What the history of a record calls the deeds of its process."""
WORDS: Mapping[str, Message] = {
    "recall": message("操作の取り消し"),
    "assign": message("作業者の変更"),
}


def done(change: Change, app: App, scene: Scene) -> tuple[Message, str]:
    """Return what a change of the process was, and who did it for whom."""
    who = scene.name("user", change.by)
    if change.behalf:
        behalf = scene.name("user", change.behalf)
        who = sentence(message("{who}（{behalf}さんの代理）", who=who, behalf=behalf))
    if change.action != "step":
        return WORDS[change.action], who
    found = app.process.step(change.step) if app.process is not None else None
    name = found.name.text(scene.language) if found is not None else change.step
    return message("操作「{name}」", name=name), who
