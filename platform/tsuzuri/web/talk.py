"""The conversation under a record, as its templates print it."""

from __future__ import annotations

from typing import Any

from flask import url_for

from tsuzuri.access.gate import Access
from tsuzuri.fields.base import Scene
from tsuzuri.services import threads
from tsuzuri.storage.threads import Comment, Thanks
from tsuzuri.web.gate import platform
from tsuzuri.web.shown import by, moment


def talk_of(
    access: Access, record: int, scene: Scene, *, draft: str = "", error: str = ""
) -> dict[str, Any]:
    """Return comments and thanks of a record, and where more of them go."""
    thread = threads.thread(platform(), access, record)
    where: dict[str, Any] = {"app": access.app.code, "record": record}
    me = access.actor.user
    return {
        "comments": [_comment(one, me, scene) for one in thread.comments],
        "thanks": [_thanks(phrase, thread.thanks, me, scene) for phrase in thread.phrases],
        "may": thread.may_comment,
        "comment_url": url_for("threads.comment", **where),
        "thank_url": url_for("threads.thank", **where),
        "draft": draft,
        "error": error,
    }


def _comment(one: Comment, me: str, scene: Scene) -> dict[str, Any]:
    return {
        "id": one.id,
        "author": scene.name("user", one.author),
        "agency": scene.name("agency", one.agency) if one.agency else "",
        "time": moment(one.at, scene),
        "time_iso": one.at,
        "body": one.body,
        "own": one.author == me,
    }


def _thanks(phrase: str, given: list[Thanks], me: str, scene: Scene) -> dict[str, Any]:
    """Return one phrase with who gave it."""
    mine = [one for one in given if one.phrase == phrase]
    return {
        "word": phrase,
        "count": len(mine),
        "names": [by(one.user, one.agency, scene) for one in mine],
        "mine": any(one.user == me for one in mine),
    }
