"""What the published forms allow, and whether a record keeps to it.

``forms_shape.json`` is the part of the published ``forms.json`` that a value can break: types,
options, required fields, limits and conditions.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

Shape = Mapping[str, Any]
Known = Mapping[str, frozenset[str]]
"""The codes of users and agencies that exist."""

LEFT_OUT = frozenset(("calc", "file", "photo", "bodymap", "related", "ref", "label"))
KATAKANA = re.compile(r"[ァ-ヶー・ ]+")


@cache
def shape() -> Shape:
    """Read the embedded shape of the fourteen forms."""
    text = (Path(__file__).parent / "forms_shape.json").read_text(encoding="utf-8")
    found: Shape = json.loads(text)
    return found


def options(field: Shape) -> list[str]:
    """List the choices of a field."""
    named = field["options"]
    found: list[str] = shape()["option_sets"][named] if isinstance(named, str) else named
    return found


def problems(app: str, values: Mapping[str, Any], known: Known) -> Iterator[str]:
    """Name everything that is wrong with one record; ``known`` holds user and agency codes."""
    fields: Shape = shape()["apps"][app]
    for code in values.keys() - fields.keys():
        yield f"{code} is no field"
    for code, field in fields.items():
        if code not in values:
            waived = field.get("required_unless") and values.get(field["required_unless"])
            if field.get("required") and not waived and _shown(field, values):
                yield f"{code} is required"
            continue
        if not _shown(field, values):
            yield f"{code} is hidden by {field['show_if']}"
        for problem in _problems_of(field, values[code], known):
            yield f"{code}: {problem}"


def _problems_of(field: Shape, value: Any, known: Known) -> Iterator[str]:
    kind = field["type"]
    if value in ("", [], {}) or value is None:
        yield "is empty and should be left out"
    elif kind == "table":
        for row in value:
            yield from _row_problems(field["columns"], row, known)
    elif kind in LEFT_OUT and not (kind == "calc" and isinstance(value, str)):
        yield f"a {kind} is not supplied"
    elif not _CHECKS[kind](field, value, known):
        yield f"{value!r} is no {kind}"


def _row_problems(columns: Shape, row: Mapping[str, Any], known: Known) -> Iterator[str]:
    for code in row.keys() - columns.keys():
        yield f"{code} is no column"
    for code, column in columns.items():
        if code in row:
            yield from (f"{code}: {found}" for found in _problems_of(column, row[code], known))
        elif column.get("required"):
            yield f"{code} is required"


def _shown(field: Shape, values: Mapping[str, Any]) -> bool:
    condition = field.get("show_if")
    if not condition:
        return True
    for pattern, holds in _CONDITIONS:
        if found := pattern.fullmatch(condition):
            code, wanted = found.groups()
            return holds(values.get(code), wanted)
    raise AssertionError(condition)


_CONDITIONS: tuple[tuple[re.Pattern[str], Callable[[Any, str], bool]], ...] = (
    (re.compile(r"(\w+)!=(.+)"), lambda value, wanted: value != wanted),
    (re.compile(r"(\w+)=(.+)"), lambda value, wanted: value == wanted),
    (
        re.compile(r"(\w+) in \((.+)\)"),
        lambda value, wanted: value in re.split(r",(?![^(]*\))", wanted),
    ),
    (re.compile(r"(\w+) contains (.+)"), lambda value, wanted: wanted in (value or [])),
)


def _is_log(field: Shape, value: Any, _known: Known) -> bool:
    keys = {"at", "text"} | ({"speaker"} if field.get("speaker") else set())
    return all(row.keys() == keys and _is_time(row["at"]) for row in value)


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and time.fromisoformat(value).strftime("%H:%M") == value


def _is_text(_field: Shape, value: Any, _known: Known) -> bool:
    return (
        isinstance(value, str) and value == value.strip() and "{" not in value and "<" not in value
    )


def _is_choice(field: Shape, value: Any, _known: Known) -> bool:
    return value in options(field)


def _is_choices(field: Shape, value: Any, _known: Known) -> bool:
    return len(set(value)) == len(value) and set(value) <= set(options(field))


def _is_number(field: Shape, value: Any, _known: Known) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return bool(field.get("min", 0) <= value <= field.get("max", 10**9))


def _is_date(_field: Shape, value: Any, _known: Known) -> bool:
    return bool(date.fromisoformat(value).isoformat() == value)


def _is_moment(_field: Shape, value: Any, _known: Known) -> bool:
    return bool(datetime.fromisoformat(value).strftime("%Y-%m-%dT%H:%M:00Z") == value)


def _are_agencies(_field: Shape, value: Any, known: Known) -> bool:
    return len(set(value)) == len(value) and bool(known["agencies"].issuperset(value))


def _is_users(field: Shape, value: Any, known: Known) -> bool:
    return bool(known["users"].issuperset(value)) and (
        bool(field.get("multiple")) or len(value) == 1
    )


def _is_address(_field: Shape, value: Any, _known: Known) -> bool:
    parts = {"prefecture", "city", "town", "street", "building"}
    return value.keys() <= parts and all(isinstance(one, str) and one for one in value.values())


Check = Callable[[Shape, Any, Known], bool]
_CHECKS: Mapping[str, Check] = {
    "text": _is_text,
    "calc": _is_text,  # a text that a lookup copies
    "multiline": _is_text,
    "name": _is_text,
    "lookup": _is_text,
    "kana": lambda _field, value, _known: bool(KATAKANA.fullmatch(value)),
    "phone": lambda _field, value, _known: bool(re.fullmatch(r"0771-00-\d{4}", value)),
    "postal": lambda _field, value, _known: bool(re.fullmatch(r"\d{3}-\d{4}", value)),
    "bool": lambda _field, value, _known: isinstance(value, bool),
    "radio": _is_choice,
    "dropdown": _is_choice,
    "status": _is_choice,
    "checkbox": _is_choices,
    "number": _is_number,
    "timelog": _is_log,
    "date": _is_date,
    "datetime": _is_moment,
    "org": lambda field, value, known: len(value) == 1 and _are_agencies(field, value, known),
    "orgs": _are_agencies,
    "scope": _are_agencies,
    "user": _is_users,
    "address": _is_address,
}
