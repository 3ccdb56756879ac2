"""What people read of a value, wherever it stands: a page, a row, a notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tsuzuri.access.gate import Access
from tsuzuri.fields.base import Field, Scene
from tsuzuri.fields.traits import Derived, System
from tsuzuri.storage.writing import RecordState
from tsuzuri.web.render import MASK


def shown(field: Field, state: RecordState, scene: Scene) -> str:
    """Return what people read of a field of a record; nothing for an empty one."""
    if field.code in state.masked:
        return MASK
    trait = field.trait
    if isinstance(trait, Derived):
        if trait.of in state.masked:
            return MASK
        return trait.tell(state.values.get(trait.of), scene.today, scene.language)
    wire = state.values.get(field.code)
    if isinstance(trait, System):
        wire = getattr(state, trait.column)
    return "" if wire is None else field.kind.show(field, wire, scene)


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


def by(state_by: str, agency: str, scene: Scene) -> str:
    """Return who, with the agency they acted for."""
    who = scene.name("user", state_by)
    return f"{who}({scene.name('agency', agency)})" if agency else who
