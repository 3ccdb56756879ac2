"""Buttons beside a field of agencies that choose for the writer."""

from __future__ import annotations

from typing import Any

from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Message, Problem, message
from tsuzuri.fields.base import Field, Wire
from tsuzuri.fields.traits import Copied
from tsuzuri.services import lookups, related, shared
from tsuzuri.web import controls
from tsuzuri.web.forms import Sheet
from tsuzuri.web.render import sentence

OWN = message("自分の所属だけ")
LAST = message("前回と同じ")
NO_LAST = message("前回の記録がありません。")
NO_AGENCY = message("あなたの所属がありません。")


def buttons(sheet: Sheet, field: Field) -> list[tuple[str, str]]:
    """Return what each button of a field sends and says."""
    found = {"my-agency": OWN, "last": LAST}
    copied = _lookup(sheet, field)
    if copied is not None:
        title = copied[0].title(sheet.scene.language)
        found["copied"] = message("{field}の関係機関", field=title)
    presets = field.schema.get("presets", ())
    return [(f"{field.code}:{one}", sentence(found[one])) for one in presets if one in found]


def choose(sheet: Sheet, values: dict[str, Any], button: str) -> list[Problem]:
    """Put in what a button stands for; say so where there is nothing."""
    code, _, preset = button.rpartition(":")
    field = next((one for one in sheet.fields() if one.code == code), None)
    if field is None or preset not in field.schema.get("presets", ()):
        return []
    wire, nothing = _CHOICES[preset](sheet, field, values)
    if not wire:
        return [Problem(f"/{escape(code)}", nothing)]
    values[code] = controls.shown(field, wire, sheet.scene)
    return []


def _lookup(sheet: Sheet, field: Field) -> tuple[Field, Copied, str] | None:
    """Return the look-up that brings the field along, and what of the other app it brings."""
    for one, trait in lookups.copied_fields(sheet.access.app):
        for theirs, ours in trait.copy.items():
            if ours == field.code and one.code in sheet.writable:
                return one, trait, theirs
    return None


def _copied(sheet: Sheet, field: Field, values: dict[str, Any]) -> tuple[Wire | None, Message]:
    found = _lookup(sheet, field)
    if found is None:
        return None, NO_LAST
    one, trait, theirs = found
    title = one.title(sheet.scene.language)
    key = values.get(one.code)
    if not key:
        return None, message("先に「{field}」を選んでください。", field=title)
    source = related.source(sheet.platform, sheet.access.actor, trait, key)
    nothing = message("選んだ「{field}」には、関係機関が入っていません。", field=title)
    return (source.state.values.get(theirs) if source else None), nothing


def _own(sheet: Sheet, _field: Field, _values: dict[str, Any]) -> tuple[Wire | None, Message]:
    agency = sheet.access.actor.agency
    return ([agency] if agency else None), NO_AGENCY


def _last(sheet: Sheet, field: Field, _values: dict[str, Any]) -> tuple[Wire | None, Message]:
    return shared.last(sheet.platform, sheet.access, field), NO_LAST


_CHOICES = {"copied": _copied, "my-agency": _own, "last": _last}
