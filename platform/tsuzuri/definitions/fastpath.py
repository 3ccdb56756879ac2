"""A quick yes: tells that a value surely meets a JSON Schema, without a validator's labour.

Judging a file of ten thousand records cell by cell with ``jsonschema`` takes longer than
storing them.  Nearly every cell is valid, and a few comparisons can tell.  So the part of
JSON Schema that fields use is compiled to plain functions which say yes only where the
validator would; everything else, a no included, is left to the validator, which also has the
words for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from tsuzuri.definitions.validator import FORMATS, compiled

Accept = Callable[[Any], bool]
"""Says True only for what is valid; False says nothing."""

_ASSERTING = frozenset(Draft202012Validator.VALIDATORS)
_ANY_TYPE = frozenset({"type", "enum"})
_OF_TEXT = _ANY_TYPE | {"minLength", "maxLength", "pattern", "not", "format"}
_OF_NUMBER = _ANY_TYPE | {"minimum", "maximum", "multipleOf"}
_OF_ARRAY = frozenset({"type", "items", "minItems", "maxItems", "uniqueItems"})
_OF_OBJECT = frozenset(
    {"type", "properties", "required", "additionalProperties", "minProperties", "maxProperties"}
)


def _never(value: object) -> bool:
    del value
    return False


def acceptor(schema: Any) -> Accept:
    """Return the quick yes of ``schema``; for what it does not know, one that never says it."""
    if not isinstance(schema, Mapping):
        return (lambda _: True) if schema is True else _never
    make, known = _MAKERS.get(_type_of(schema), (None, frozenset()))
    if make is None or not _ASSERTING & schema.keys() <= known:
        return _never
    return make(schema)


def _type_of(schema: Mapping[str, Any]) -> str:
    """Return the one type a schema allows; a list of texts alone allows texts."""
    given = schema.get("type")
    if isinstance(given, str):
        return given
    options = schema.get("enum")
    texts = isinstance(options, list) and all(isinstance(one, str) for one in options)
    return "string" if given is None and texts else ""


def _texts(schema: Mapping[str, Any]) -> Accept:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", math.inf)
    options = schema.get("enum")
    listed = None if options is None else frozenset(o for o in options if isinstance(o, str))
    checks = _text_checks(schema)
    if checks is None:
        return _never

    def accept(value: Any) -> bool:
        if type(value) is not str or not shortest <= len(value) <= longest:
            return False
        if listed is not None and value not in listed:
            return False
        return all(check(value) for check in checks)

    return accept


def _text_checks(schema: Mapping[str, Any]) -> tuple[Callable[[str], object], ...] | None:
    """Return what else a text must pass; None where only the validator can tell."""
    checks: list[Callable[[str], object]] = []
    if "pattern" in schema:
        checks.append(compiled(schema["pattern"]).search)
    if "not" in schema:
        if schema["not"].keys() != {"pattern"}:
            return None
        search = compiled(schema["not"]["pattern"]).search
        checks.append(lambda text: not search(text))
    if schema.get("format") in FORMATS.checkers:
        name = schema["format"]
        checks.append(lambda text: FORMATS.conforms(text, name))
    return tuple(checks)


def _numbers(schema: Mapping[str, Any]) -> Accept:
    least, most = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    step = schema.get("multipleOf")
    options = schema.get("enum")
    whole = schema["type"] == "integer" or step is not None
    if options is not None or (step is not None and type(step) is not int):
        return _never

    def accept(value: Any) -> bool:
        kind = type(value)
        if kind is not int and (whole or kind is not float):
            return False
        return least <= value <= most and (step is None or value % step == 0)

    return accept


def _flags(schema: Mapping[str, Any]) -> Accept:
    del schema
    return lambda value: type(value) is bool


def _arrays(schema: Mapping[str, Any]) -> Accept:
    fewest, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    item = acceptor(schema.get("items", True))
    unique = schema.get("uniqueItems", False)

    def accept(value: Any) -> bool:
        if type(value) is not list or not fewest <= len(value) <= most:
            return False
        # Only texts are compared here: 1 and true are two values for JSON and one for Python.
        if unique and not all(type(one) is str for one in value):
            return False
        if unique and len(set(value)) != len(value):
            return False
        return all(map(item, value))

    return accept


def _objects(schema: Mapping[str, Any]) -> Accept:
    properties = {key: acceptor(one) for key, one in schema.get("properties", {}).items()}
    required = frozenset(schema.get("required", ()))
    fewest, most = schema.get("minProperties", 0), schema.get("maxProperties", math.inf)
    if schema.get("additionalProperties") is not False:
        return _never

    def accept(value: Any) -> bool:
        if type(value) is not dict or not fewest <= len(value) <= most:
            return False
        if not required <= value.keys():
            return False
        return all(properties.get(key, _never)(one) for key, one in value.items())

    return accept


_MAKERS: Mapping[str, tuple[Callable[[Mapping[str, Any]], Accept], frozenset[str]]] = {
    "string": (_texts, _OF_TEXT),
    "number": (_numbers, _OF_NUMBER),
    "integer": (_numbers, _OF_NUMBER),
    "boolean": (_flags, frozenset({"type"})),
    "array": (_arrays, _OF_ARRAY),
    "object": (_objects, _OF_OBJECT),
}
