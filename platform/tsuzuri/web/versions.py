"""The life of an app's definition: what a draft changes, publishing it, going back, JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for

from tsuzuri.access.gate import Access
from tsuzuri.definitions import design
from tsuzuri.errors import Invalid, Message, Problem, Stale, message
from tsuzuri.services import definitions, drafting
from tsuzuri.storage.filled import MOST
from tsuzuri.storage.identity import MAX_ID
from tsuzuri.web.design_frame import HOME, frame, taken
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.proof import proving
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment

blueprint = Blueprint("versions", __name__)

STATES: Mapping[str, Message] = {
    "published": message("公開中"),
    "earlier": message("以前の版"),
}


@blueprint.get(f"{HOME}/changes")
@gated("manage")
def changes(access: Access) -> Any:
    """Show what publishing the draft will change, and what must be mended before."""
    return _changes(access)


def _changes(access: Access, problems: Sequence[Problem] | None = None) -> str:
    draft = drafting.opened(platform(), access)
    wrong = drafting.problems(platform(), draft.document) if problems is None else problems
    effects = drafting.effects(platform(), access, draft.document) if draft.is_draft else []
    return page(
        "design/changes.html",
        **frame(access, draft, wrong),
        effects=[
            {
                "text": one.change.message,
                "weight": one.change.weight.value,
                "note": _note(one) if one.records else None,
            }
            for one in effects
        ],
    )


def _note(effect: drafting.Effect) -> Message:
    """Return what a change means for the records there are."""
    count = f"{MOST:,}+" if (effect.records or 0) > MOST else f"{effect.records:,}"
    if effect.change.empties:
        return message(
            "{count}件の記録で見えなくなります。入力された内容は消えず、元に戻すとまた見えます。",
            count=count,
        )
    return message("{count}件の記録がまだ空です。次に直すときに入力が必要になります。", count=count)


@blueprint.post(f"{HOME}/publish")
@gated("manage")
@proving
def publish(access: Access) -> Any:
    """Publish the draft."""
    try:
        drafting.publish(platform(), access, mark=request.form.get("mark", ""))
    except Stale as error:
        return taken(access, error)
    except Invalid as error:
        return make_response(_changes(access, error.problems), 422)
    flash(sentence(message("公開しました。")), "success")
    return redirect(url_for("versions.index", app=access.app.code), 303)


@blueprint.post(f"{HOME}/discard")
@gated("manage")
def discard(access: Access) -> Any:
    """Throw the draft away."""
    try:
        drafting.discard(platform(), access, mark=request.form.get("mark", ""))
    except Stale as error:
        return taken(access, error)
    flash(sentence(message("下書きを捨てました。公開中のアプリは変わっていません。")), "success")
    return redirect(url_for("design.index", app=access.app.code), 303)


@blueprint.get(f"{HOME}/versions")
@gated("manage")
def index(access: Access) -> str:
    """List the versions that were published, each with what going back to it would change."""
    return _versions(access)


def _versions(access: Access, problems: Sequence[Problem] = ()) -> str:
    draft = drafting.opened(platform(), access)
    scene = platform().scene(access.actor)
    chosen = request.args.get("version", "")
    rows = []
    for one in definitions.versions(platform(), access.app.code):
        if one.state == "draft":
            continue
        shown = chosen == str(one.version) and one.state != "published"
        rows.append(
            {
                "version": one.version,
                "state": STATES[one.state],
                "current": one.state == "published",
                "who": scene.name("user", one.by),
                "at": moment(one.at, scene),
                "changes": _back(access, one.version) if shown else None,
            }
        )
    return page("design/versions.html", **frame(access, draft, problems), rows=rows)


def _back(access: Access, version: int) -> list[dict[str, Any]]:
    document = json.loads(definitions.document_of(platform(), access.app.code, version))
    return [
        {"text": one.change.message, "note": _note(one) if one.records else None}
        for one in drafting.effects(platform(), access, document)
    ]


@blueprint.post(f"{HOME}/versions/<int(max={MAX_ID}):version>")
@gated("manage")
@proving
def go_back(access: Access, version: int) -> Any:
    """Publish an earlier version again."""
    try:
        drafting.go_back(platform(), access, version)
    except Invalid as error:
        return make_response(_versions(access, error.problems), 422)
    flash(sentence(message("以前の版に戻しました。")), "success")
    return redirect(url_for("versions.index", app=access.app.code), 303)


@blueprint.get(f"{HOME}/source")
@gated("manage")
def source(access: Access) -> str:
    """Show the definition as JSON, to be written by hand."""
    return _source(access)


def _source(access: Access, typed: str | None = None, problems: Sequence[Problem] = ()) -> str:
    draft = drafting.opened(platform(), access)
    wrong = [*problems, *drafting.problems(platform(), draft.document)]
    text = json.dumps(draft.document, ensure_ascii=False, indent=2) if typed is None else typed
    sound = design.is_sound(draft.document)
    return page("design/source.html", **frame(access, draft, wrong), text=text, sound=sound)


@blueprint.post(f"{HOME}/source")
@gated("manage")
def keep_source(access: Access) -> Any:
    """Keep a definition that was written by hand as the draft."""
    typed, mark = request.form.get("text", ""), request.form.get("mark", "")
    try:
        drafting.keep_text(platform(), access, typed, mark=mark)
    except Invalid as error:
        return make_response(_source(access, typed, error.problems), 422)
    except Stale as error:
        # Nothing typed is lost: it stands there still, on top of what the other one wrote.
        return make_response(_source(access, typed, [Problem("", error.message)]), 409)
    flash(sentence(message("下書きを保存しました。")), "success")
    return redirect(url_for("versions.source", app=access.app.code), 303)


@blueprint.get(f"{HOME}/definition.json")
@gated("manage")
def export(access: Access) -> Response:
    """Give the published definition as a file, without any data."""
    text = json.dumps(access.whole.document, ensure_ascii=False, indent=2) + "\n"
    answer = make_response(text)
    answer.mimetype = "application/json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{access.app.code}.json"'
    return answer
