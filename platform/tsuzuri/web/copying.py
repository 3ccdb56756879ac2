"""What a look-up brings along, shown in the form before anything is saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tsuzuri.fields.base import Field, Wire
from tsuzuri.fields.traits import Copied
from tsuzuri.services import related
from tsuzuri.web import controls
from tsuzuri.web.forms import Sheet


def fill(sheet: Sheet, values: dict[str, Any]) -> None:
    """Put copies into controls that are still empty, and into what only follows its key.

    Saving takes the copies anew, so nothing here decides what is stored.
    """
    for target, wire in _copies(sheet, values):
        shown = controls.shown(target, wire, sheet.scene)
        if target.code not in sheet.writable:
            values[target.code] = shown
            sheet.copied[target.code] = wire
        elif not values.get(target.code):
            values[target.code] = shown


def _copies(sheet: Sheet, values: dict[str, Any]) -> Iterator[tuple[Field, Wire]]:
    app = sheet.access.app
    for one in sheet.fields():
        trait, key = one.trait, values.get(one.code)
        if not isinstance(trait, Copied) or not key:
            continue
        source = related.source(sheet.platform, sheet.access.actor, trait, key)
        known = {} if source is None else source.state.values
        for theirs, ours in trait.copy.items():
            if ours in app.by_code and theirs in known:
                yield app.by_code[ours], known[theirs]
