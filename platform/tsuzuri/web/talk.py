"""The conversation under a record, as its templates print it."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from tsuzuri.access.gate import Access
from tsuzuri.fields.base import Scene
from tsuzuri.services import threads
from tsuzuri.storage.threads import Comment, Said, Thanks
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
        "thanks": _phrases(access, thread.thanks, scene),
        "may": thread.may_comment,
        "comment_url": url_for("threads.comment", **where),
        "thank_url": url_for("threads.thank", **where),
        "said": Said(thread.comments, thread.thanks),
        "draft": draft,
        "error": error,
    }


def comment_item(one: Comment, me: str, scene: Scene) -> str:
    """Return one comment as it stands in the list of them."""
    return str(_macro("comment")(_comment(one, me, scene)))


def thanks_items(access: Access, given: list[Thanks], scene: Scene) -> str:
    """Return who gave which phrase, as it stands under the buttons."""
    return str(_macro("given")(_phrases(access, given, scene)))


def _macro(name: str) -> Any:
    template = current_app.jinja_env.get_template("parts/thread.html")
    return getattr(template.make_module(), name)


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


def _phrases(access: Access, given: list[Thanks], scene: Scene) -> list[dict[str, Any]]:
    """Return each of the app's phrases with who gave it."""
    me = access.actor.user
    return [_thanks(phrase, given, me, scene) for phrase in access.app.acknowledgements]


def _thanks(phrase: str, given: list[Thanks], me: str, scene: Scene) -> dict[str, Any]:
    """Return one phrase with who gave it."""
    mine = [one for one in given if one.phrase == phrase]
    return {
        "word": phrase,
        "count": len(mine),
        "names": [by(one.user, one.agency, scene) for one in mine],
        "mine": any(one.user == me for one in mine),
    }
