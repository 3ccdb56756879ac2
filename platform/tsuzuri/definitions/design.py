"""Changing a definition step by step, as an author does: fields, their places, groups.

Each function takes a document and returns another; what it leaves may still have problems, which
checking tells.  A step about what is not there raises ``Unknown``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from tsuzuri.definitions.layout import TURNS, Part, arranged, find, form_of, parts_of
from tsuzuri.errors import Unknown
from tsuzuri.fields import KINDS

Document = dict[str, Any]
NAMELESS = "項目"
LONGEST_CODE = 60
NOT_IN_CODES = re.compile(r"[^\w・ー]")
BEGINNINGS: Mapping[str, Any] = {
    "enum": ["選択肢1", "選択肢2"],
    "expression": "",
    "of": "",
    "lookup": {"app": "", "key": ""},
    "reference": {"app": ""},
    "related": {"app": "", "key": "", "match": "", "columns": []},
}
"""What a new field begins with where its kind may not be without; the author fills in the rest."""


def add_field(
    document: Mapping[str, Any], code: str, *, kind: str, title: str, after: str
) -> Document:
    """Add a field of ``kind`` below the row of the field ``after``, or at the end."""
    if kind not in KINDS:
        raise Unknown
    new, parts = _opened(document)
    new["record"]["properties"][code] = {"kind": kind, "title": title, **_beginning(kind)}
    if after:
        spot = find(parts, after)
        spot.rows.insert(spot.place + 1, [code])
    else:
        parts[-1].rows.append([code])
    return _laid_out(new, parts)


def _beginning(kind: str) -> dict[str, Any]:
    needs = KINDS[kind].needs
    if "items" in needs:
        choices = "enum" in KINDS[kind].options["items"].get("required", ())
        column = {"列1": {"kind": "text", "title": "列1"}}
        return {"items": {"enum": [*BEGINNINGS["enum"]]} if choices else {"properties": column}}
    return deepcopy({need: BEGINNINGS[need] for need in needs if need in BEGINNINGS})


def new_code(document: Mapping[str, Any], title: str, former: Iterable[str]) -> str:
    """Return a code for a field of this title that nothing in the definition has yet.

    Neither had it anything of ``former``: the values of a field that left would return with it.
    """
    base = NOT_IN_CODES.sub("_", title.strip())[:LONGEST_CODE].strip("_")
    if not base or base[0].isdigit():
        base = NAMELESS + base
    taken = {*codes(document), *former}
    if base not in taken:
        return base
    return next(one for n in range(2, len(taken) + 3) if (one := f"{base}_{n}") not in taken)


def codes(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the code of every field, columns of tables too."""
    for code, given in document["record"]["properties"].items():
        yield code
        yield from given.get("items", {}).get("properties", {})


def put_field(
    document: Mapping[str, Any], code: str, given: Mapping[str, Any], *, required: bool
) -> Document:
    """Give a field other settings."""
    new = deepcopy(dict(document))
    field_of(new, code)
    new["record"]["properties"][code] = dict(given)
    others = [one for one in new["record"].get("required", ()) if one != code]
    _put(new["record"], "required", [*others, code] if required else others)
    return new


def remove_field(document: Mapping[str, Any], code: str) -> Document:
    """Take a field out of the record, the form, the views, the title and the field rules.

    What else names it (a condition, a formula) is the author's to mend; checking tells where.
    """
    new, parts = _opened(document)
    field_of(new, code)
    del new["record"]["properties"][code]
    find(parts, code).row.remove(code)
    _drop(new["record"], "required", code)
    _drop(new, "recordTitle", code)
    for view in new.get("views", ()):
        view["columns"] = [one for one in view["columns"] if one != code]
    if "field" in new.get("access", {}):
        for rule in new["access"]["field"]:
            rule["fields"] = [one for one in rule["fields"] if one != code]
        _put(new["access"], "field", [one for one in new["access"]["field"] if one["fields"]])
    return _laid_out(new, parts)


def _drop(held: Document, key: str, code: str) -> None:
    _put(held, key, [one for one in held.get(key, ()) if one != code])


def _put(held: Document, key: str, values: list[Any]) -> None:
    if values:
        held[key] = values
    else:
        held.pop(key, None)


def move(document: Mapping[str, Any], code: str, turn: str) -> Document:
    """Move a field one step on the form (``layout.TURNS``)."""
    new, parts = _opened(document)
    if turn not in TURNS:
        raise Unknown
    TURNS[turn](find(parts, code))
    return _laid_out(new, parts)


def arrange(document: Mapping[str, Any], layout: Any) -> Document:
    """Give the form's fields the order in which they were dragged (``layout.arranged``)."""
    new, parts = _opened(document)
    return _laid_out(new, arranged(parts, layout))


def add_group(document: Mapping[str, Any], title: str) -> Document:
    """Add an empty group at the end of the form."""
    new, parts = _opened(document)
    return _laid_out(new, [*parts, Part([], {"group": title})])


def name_group(document: Mapping[str, Any], place: int, title: str) -> Document:
    """Give the group at ``place`` among the groups another title."""
    new, parts = _opened(document)
    about = _group(parts, place).about
    # The other language is kept: only this one was typed.
    known = about["group"]
    about["group"] = {**known, "ja": title} if isinstance(known, dict) else title
    return _laid_out(new, parts)


def remove_group(document: Mapping[str, Any], place: int) -> Document:
    """Take a group's frame away; its fields stay where they were."""
    new, parts = _opened(document)
    _group(parts, place).about = {}
    return _laid_out(new, parts)


def _group(parts: list[Part], place: int) -> Part:
    groups = [one for one in parts if one.about]
    if not 0 <= place < len(groups):
        raise Unknown
    return groups[place]


def field_of(document: Mapping[str, Any], code: str) -> Document:
    """Return a field's settings.  Raises ``Unknown``."""
    try:
        found: Document = document["record"]["properties"][code]
    except KeyError:
        raise Unknown from None
    return found


def _opened(document: Mapping[str, Any]) -> tuple[Document, list[Part]]:
    new = deepcopy(dict(document))
    return new, parts_of(new)


def _laid_out(document: Document, parts: list[Part]) -> Document:
    document["form"] = form_of(parts)
    return document


def is_sound(document: Any) -> bool:
    """Tell whether a document is whole enough to be changed step by step, right or not."""
    try:
        fields = document["record"]["properties"]
        known = all(
            one["kind"] in KINDS and isinstance(one["title"], str) for one in fields.values()
        )
        placed = [code for part in parts_of(document) for row in part.rows for code in row]
    except (TypeError, KeyError, AttributeError):
        return False
    return known and sorted(placed) == sorted(fields)
