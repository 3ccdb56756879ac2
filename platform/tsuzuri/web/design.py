"""アプリの設定: managers change an app's definition, look at what becomes of it, and publish it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for

from tsuzuri.access.gate import Access, admit
from tsuzuri.definitions import design
from tsuzuri.definitions.layout import TURNS, parts_of
from tsuzuri.definitions.model import Label
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Message, Problem, Stale, Unknown, message
from tsuzuri.fields import KINDS
from tsuzuri.fields.base import Family
from tsuzuri.services import drafting
from tsuzuri.services.drafting import Draft, Step
from tsuzuri.web import forms
from tsuzuri.web.design_frame import FIELDS, HOME, field_of, frame, taken
from tsuzuri.web.design_settings import settings, settled
from tsuzuri.web.form_blocks import FormBlocks
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.render import page, sentence

blueprint = Blueprint("design", __name__)

FIELD = f"{HOME}/fields/<field>"


@blueprint.get(HOME)
@gated("manage")
def index(access: Access) -> Any:
    """Show the fields of the form, what else there is, and what the form will look like."""
    draft = drafting.opened(platform(), access)
    if not design.is_sound(draft.document):
        return redirect(url_for("versions.source", app=access.app.code), 303)
    wrong = drafting.problems(platform(), draft.document)
    return page(
        "design/index.html",
        **frame(access, draft, wrong),
        parts=_parts(draft.document, wrong),
        palette=_palette(),
        sketch=_sketch(access, draft.document),
    )


def _parts(document: Mapping[str, Any], wrong: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return the blocks of the form as the builder shows them."""
    fields = document["record"]["properties"]
    required = {*document["record"].get("required", ())}
    faulty = {field_of(one.pointer) for one in wrong}
    found, groups = [], 0
    for part in parts_of(document):
        rows = [
            [
                {
                    "code": code,
                    "title": fields[code]["title"],
                    "kind": sentence(KINDS[fields[code]["kind"]].label),
                    "required": code in required,
                    "faulty": code in faulty,
                    "shared": len(row) > 1,
                }
                for code in row
            ]
            for row in part.rows
        ]
        block: dict[str, Any] = {"rows": rows, "title": ""}
        if part.about:
            block |= {"title": Label.read(part.about["group"]).text("ja"), "place": groups}
            groups += 1
        found.append(block)
    return found


def _palette() -> list[tuple[Message, list[dict[str, Any]]]]:
    """Return the kinds of field that may be added, by what they are for."""
    kinds = [
        (kind.family, {"name": name, "label": kind.label, "about": kind.about})
        for name, kind in KINDS.items()
    ]
    return [(family.value, [one for mine, one in kinds if mine is family]) for family in Family]


def _sketch(access: Access, document: Mapping[str, Any]) -> Any:
    """Return the blocks of the form as people will see them; None where nothing can be shown."""
    app = drafting.sketch(document)
    if app is None:
        return None
    shown = admit(access.actor, app, platform().clock())
    sheet = forms.new_sheet(platform(), shown)
    return FormBlocks(sheet, forms.values_of(sheet)).blocks()


def _take(access: Access, step: Step) -> Response | None:
    """Change the draft by one step; None where it was changed, else what to answer."""
    try:
        drafting.change(platform(), access, step, mark=request.form.get("mark", ""))
    except Stale as error:
        return taken(access, error)
    return None


@blueprint.post(HOME)
@gated("manage")
def step(access: Access) -> Any:
    """Take one step on the form: add, move or remove a field, add or change a group."""
    form = request.form
    code, title = form.get("field", ""), form.get("title", "").strip()
    steps: Mapping[str, Step] = {
        **{turn: _turning(code, turn) for turn in TURNS},
        "remove": lambda given: design.remove_field(given, code),
        "group": lambda given: design.add_group(given, title or sentence(message("まとまり"))),
        "rename": lambda given: design.name_group(given, _place(), title),
        "ungroup": lambda given: design.remove_group(given, _place()),
        "arrange": lambda given: design.arrange(given, _layout()),
    }
    act = form.get("act", "")
    if "kind" in form:
        return _added(access, form["kind"])
    if act not in steps or (act == "rename" and not title):
        raise Unknown
    refused = _take(access, steps[act])
    if refused is not None:
        return refused
    anchor = f"f-{code}" if code and act != "remove" else None
    return redirect(url_for("design.index", app=access.app.code, _anchor=anchor), 303)


def _turning(code: str, turn: str) -> Step:
    return lambda given: design.move(given, code, turn)


def _place() -> int:
    text = request.form.get("place", "")
    if not text.isdecimal() or len(text) > 4:
        raise Unknown
    return int(text)


def _layout() -> Any:
    try:
        return json.loads(request.form.get("layout", ""))
    except ValueError:
        raise Unknown from None


def _added(access: Access, kind: str) -> Any:
    """Add a field and go to its settings, where it is given its name."""
    form = request.form
    try:
        code = drafting.add_field(
            platform(), access, kind, form.get("after", ""), mark=form.get("mark", "")
        )
    except Stale as error:
        return taken(access, error)
    return redirect(url_for("design.field", app=access.app.code, field=code, new=1), 303)


@blueprint.get(FIELD)
@gated("manage")
def field(access: Access, field: str) -> Any:
    """Show the settings of a field."""
    draft = drafting.opened(platform(), access)
    if not design.is_sound(draft.document):
        return redirect(url_for("versions.source", app=access.app.code), 303)
    return _field(access, draft, field)


def _field(access: Access, draft: Draft, code: str) -> str:
    given = design.field_of(draft.document, code)
    wrong = drafting.problems(platform(), draft.document)
    pointer = FIELDS + escape(code)
    kind = KINDS[given["kind"]]
    return page(
        "design/field.html",
        **frame(access, draft, wrong),
        code=code,
        given=given,
        kind=kind,
        new="new" in request.args,
        required=code in draft.document["record"].get("required", ()),
        help=Label.read(given.get("help", "")).text("ja"),
        english=given.get("titles", {}).get("en", ""),
        settings=settings(given),
        own=[
            sentence(one.message)
            for one in wrong
            if one.pointer == pointer or one.pointer.startswith(pointer + "/")
        ],
        apps=[
            (one.app.code, one.app.name.text(access.actor.language))
            for one in platform().open_apps(access.actor)
        ],
    )


@blueprint.post(FIELD)
@gated("manage")
def settle(access: Access, field: str) -> Any:
    """Give a field other settings; what is wrong with them is told, and kept meanwhile."""
    form = request.form
    required = "required" in form

    def change(given: Mapping[str, Any]) -> dict[str, Any]:
        before = design.field_of(given, field)
        after = _common(settled(before, form), form)
        return design.put_field(given, field, after, required=required)

    refused = _take(access, change)
    if refused is not None:
        return refused
    draft = drafting.opened(platform(), access)
    pointer = FIELDS + escape(field)
    if any(
        one.pointer.startswith(pointer) for one in drafting.problems(platform(), draft.document)
    ):
        return make_response(_field(access, draft, field), 422)
    return redirect(url_for("design.index", app=access.app.code, _anchor=f"f-{field}"), 303)


def _common(given: dict[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Return a field's settings with those that every kind has."""
    new = dict(given)
    new["title"] = form.get("title", "").strip()
    english, said = form.get("english", "").strip(), form.get("help", "").strip()
    new["titles"] = {"en": english} if english else None
    known = given.get("help")
    new["help"] = ({**known, "ja": said} if isinstance(known, dict) else said) if said else None
    new["quick"] = True if "quick" in form else None
    return {key: value for key, value in new.items() if value is not None}
