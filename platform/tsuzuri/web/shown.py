"""What people read of a value, wherever it stands: a page, a row, a notice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from markupsafe import Markup

from tsuzuri.access.gate import Access
from tsuzuri.fields.base import Field, Scene
from tsuzuri.fields.traits import Derived
from tsuzuri.storage.writing import RecordState
from tsuzuri.web.render import MASK

_TAG = re.compile("<[^>]*>")
BEFORE = 30
"""Characters shown before a hit, so that it is read in its sentence."""


def shown(field: Field, state: RecordState, scene: Scene) -> str:
    """Return what people read of a field of a record; nothing for an empty one."""
    if field.code in state.masked:
        return MASK
    trait = field.trait
    if isinstance(trait, Derived):
        told = trait.of if field.guard is None else field.code
        return trait.tell(state.values.get(told), scene.today, scene.language)
    wire = state.wire(field)
    return "" if wire is None else field.kind.show(field, wire, scene)


def plain(text: str) -> str:
    """Return what stands in a value on one line; markup leaves a space where it parted words."""
    if not isinstance(text, Markup):
        return text
    return " ".join(Markup(_TAG.sub(" ", str(text))).unescape().split())  # noqa: S704  becomes text


def around(text: str, words: Sequence[str]) -> str:
    """Return a long text from a little before the first of ``words`` that stands in it."""
    places = [place for word in words if (place := text.find(word)) >= 0]
    start = min(places, default=0) - BEFORE
    return text if start <= 0 else "…" + text[start:]


def title_of(access: Access, state: RecordState, scene: Scene) -> str:
    """Return the title of a record from the fields its app names for that, else its number."""
    app, brief = access.app, replace(scene, brief=True)
    words = [shown(app.by_code[code], state, brief) for code in app.record_title]
    return " ".join(filter(None, words)) or f"{app.name.text(scene.language)} {state.id}"


def moment(stamp: str, scene: Scene) -> str:
    """Return a stored moment as a reader's clock and calendar show it, short."""
    here = datetime.fromisoformat(stamp).astimezone(scene.zone)
    if here.date() == scene.today:
        return f"{here:%H:%M}"
    if here.year == scene.today.year:
        return f"{here.month}/{here.day} {here:%H:%M}"
    return f"{here.year}/{here.month}/{here.day} {here:%H:%M}"


def dated(stamp: str, scene: Scene) -> str:
    """Return a stored moment with its whole date, for what is read as evidence."""
    return f"{datetime.fromisoformat(stamp).astimezone(scene.zone):%Y/%m/%d %H:%M:%S}"


def by(state_by: str, agency: str, scene: Scene) -> str:
    """Return who, with the agency they acted for."""
    who = scene.name("user", state_by)
    return f"{who}({scene.name('agency', agency)})" if agency else who
