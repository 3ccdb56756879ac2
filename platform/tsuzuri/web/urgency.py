"""What is urgent, in words: the band on every page, and on the record who has not opened it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Busy, Slow
from tsuzuri.fields.base import Scene
from tsuzuri.services import inbox, urgency
from tsuzuri.services.readership import Readership
from tsuzuri.storage.writing import RecordState
from tsuzuri.web import readers
from tsuzuri.web.gate import platform
from tsuzuri.web.shown import moment

SHOWN = 3
"""Urgent notices that the band names; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where urgent records wait to be opened, without a word of what they say."""

    rows: list[dict[str, Any]]
    more: int


def band(actor: Actor | None) -> Band | None:
    """Return what somebody has not opened yet; a database that is busy does not cost the page."""
    if actor is None or actor.onlooker is not None:
        return None
    try:
        found = inbox.urgent(platform(), actor)
    except (Busy, Slow):
        return None
    here = request.view_args or {}
    # Opening it is under way.
    left = [
        (access, one)
        for access, one in found
        if (access.app.code, one.record) != (here.get("app"), here.get("record"))
    ]
    if not left:
        return None
    scene = platform().scene(actor)
    rows = [
        {
            "id": one.id,
            "app": access.app.name.text(scene.language),
            "who": scene.name("user", one.by) if one.by else "",
            "at": one.at,
            "time": moment(one.at, scene),
        }
        for access, one in left[:SHOWN]
    ]
    return Band(rows=rows, more=len(left) - len(rows))


def panel(
    access: Access, state: RecordState, found: Readership | None, scene: Scene
) -> dict[str, Any] | None:
    """Return who has not opened what is urgent of a record, by agency, with the telephones."""
    waiting = urgency.waiting(platform(), access, state, found)
    if waiting is None or found is None:
        return None
    directory = platform().directory_for(access.actor)
    return {
        "sure": waiting.sure,
        "people": len(waiting.people),
        "unopened": len(waiting.unopened),
        "parties": [
            {
                **readers.view_of(party, directory, scene, waiting.unopened),
                "all": len(waiting.people.intersection(party.people)),
            }
            for party in found.parties
            if waiting.unopened.intersection(party.people)
        ],
    }
