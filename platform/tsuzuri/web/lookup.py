"""Answers while somebody types: how a date was read, and which records a name may mean."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from tsuzuri.access.gate import Access
from tsuzuri.errors import Unknown
from tsuzuri.fields.base import Field
from tsuzuri.services import suggest
from tsuzuri.web.gate import gated, platform
from tsuzuri.web.render import page
from tsuzuri.web.shown import shown, title_of

blueprint = Blueprint("lookup", __name__)

LONGEST = 100


@blueprint.get("/apps/<app>/echo/<field>")
@gated("add", "edit")
def echo(access: Access, field: str) -> Response:
    """Tell how typed text was read, in both calendars; nothing where it was not."""
    one = access.app.by_code.get(field)
    if one is None or not access.may_write((one.table or one).code):
        raise Unknown
    text = _echo(access, one, request.args.get("q", "")[:LONGEST])
    return Response(text, mimetype="text/plain")


def _echo(access: Access, one: Field, text: str) -> str:
    scene = platform().scene(access.actor)
    wire = one.kind.parse(one, text, scene) if text.strip() else None
    if wire is None or (wire == text and not text.isascii()):
        return ""
    try:
        return str(one.kind.show(one, wire, scene))
    except (ValueError, ArithmeticError, TypeError, LookupError, AttributeError):
        # Not read, or of a kind that nobody types, such as a file.  The judge says so with its
        # own words when the form is sent.
        return ""


@blueprint.get("/apps/<app>/lookup/<field>")
@gated("add", "edit")
def offers(access: Access, field: str) -> Any:
    """Offer records of another app by what was typed so far."""
    scene = platform().scene(access.actor)
    found = suggest.offers(platform(), access, field, request.args.get("q", ""))
    options = []
    for one in found:
        words = [shown(each, one.state, scene) for each in one.shown]
        label = title_of(one.access, one.state, scene)
        detail = " / ".join(word for word in words if word and word not in label)
        options.append((one.value, label, detail))
    return page("lookup.html", field=field, options=options)
