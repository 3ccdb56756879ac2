"""What a look-up brings along, shown in the form before anything is saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tsuzuri.fields.traits import Copied
from tsuzuri.services import related
from tsuzuri.web import controls
from tsuzuri.web.forms import BROUGHT, Sheet


def fill(sheet: Sheet, values: dict[str, Any], posted: Mapping[str, str]) -> None:
    """Put copies into controls, and into what only follows its key.

    Typed text stays.  What is still as the form began, or as another choice of the look-up left it,
    is replaced: a scope that came with one child must not stay when another is chosen.  Saving
    takes the copies anew, so nothing here decides what is stored.
    """
    for one in sheet.fields():
        trait, key = one.trait, values.get(one.code)
        if isinstance(trait, Copied) and key:
            source = related.source(sheet.platform, sheet.access.actor, trait, key)
            _copy(sheet, values, posted, trait.copy, source.state.values if source else {})


def _copy(
    sheet: Sheet,
    values: dict[str, Any],
    posted: Mapping[str, str],
    copy: Mapping[str, str],
    known: Mapping[str, Any],
) -> None:
    for theirs, ours in copy.items():
        target = sheet.access.app.by_code.get(ours)
        if target is None:
            continue
        if ours not in sheet.writable:
            if theirs in known:
                sheet.copied[ours] = known[theirs]
                values[ours] = controls.shown(target, known[theirs], sheet.scene)
        elif _untouched(sheet, values, posted, ours):
            start = None if sheet.record else sheet.stored.get(ours)
            wire = known.get(theirs, start)
            values[ours] = controls.shown(target, wire, sheet.scene)
            sheet.brought[ours] = _kept(values[ours])


def _untouched(
    sheet: Sheet, values: Mapping[str, Any], posted: Mapping[str, str], code: str
) -> bool:
    """Tell whether nobody chose what stands in a control."""
    value = values.get(code)
    if not value or _kept(value) == posted.get(BROUGHT + code):
        return True
    start = sheet.stored.get(code)
    field = sheet.access.app.by_code[code]
    return sheet.record is None and value == controls.shown(field, start, sheet.scene)


def carried(sheet: Sheet, posted: Mapping[str, str]) -> dict[str, str]:
    """Return what look-ups put into controls so far, for the form to send again."""
    before = {
        name.removeprefix(BROUGHT): text
        for name, text in posted.items()
        if name.startswith(BROUGHT)
    }
    found = {**before, **sheet.brought}
    return {BROUGHT + code: text for code, text in found.items() if code in sheet.writable}


def _kept(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
