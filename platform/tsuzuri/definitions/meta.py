"""The JSON Schema of app definitions, put together from ``schemas/`` and the field kinds.

The parts people read about (app, view, access, process, notify) are files in ``schemas/``.  The
part about fields follows from the registry, so a new kind is known here by existing; the file
``schemas/fields.schema.json`` is written by ``tsuzuri schemas`` and a test keeps it fresh.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tsuzuri import resources
from tsuzuri.definitions.validator import validator
from tsuzuri.fields import KINDS
from tsuzuri.fields.base import FieldKind

BASE = "https://tsuzuri.example/schemas/"
"""An identifier, not an address: nothing is ever fetched from it."""

FIELDS = "fields.schema.json"
WRITTEN = (
    "app.schema.json",
    "view.schema.json",
    "access.schema.json",
    "process.schema.json",
    "notify.schema.json",
)

TEXT_OR_BOTH: Mapping[str, Any] = {
    "oneOf": [
        {"type": "string", "minLength": 1, "maxLength": 2000},
        {
            "type": "object",
            "required": ["ja"],
            "properties": {
                "ja": {"type": "string", "minLength": 1, "maxLength": 2000},
                "en": {"type": "string", "minLength": 1, "maxLength": 2000},
            },
            "additionalProperties": False,
        },
    ]
}

COMMON: Mapping[str, Any] = {
    "title": {"type": "string", "minLength": 1, "maxLength": 128},
    "titles": {
        "type": "object",
        "properties": {"en": {"type": "string", "minLength": 1, "maxLength": 128}},
        "additionalProperties": False,
    },
    "help": TEXT_OR_BOTH,
    "initial": True,
    "quick": {"type": "boolean"},
    "readOnly": {"type": "boolean"},
}
"""Keywords that every kind understands."""


def kind_schema(kind: FieldKind) -> dict[str, Any]:
    """Return the JSON Schema of one field of ``kind`` in a definition."""
    fixed = {
        key: ({"enum": [value]} if isinstance(value, list | dict) else {"const": value})
        for key, value in kind.shape.items()
    }
    return {
        "type": "object",
        "required": ["kind", "title", *kind.needs],
        "properties": {"kind": {"const": kind.name}, **COMMON, **kind.options, **fixed},
        "additionalProperties": False,
    }


def fields_schema(kinds: Mapping[str, FieldKind] = KINDS) -> dict[str, Any]:
    """Return the published schema of all field kinds: one definition each, chosen by ``kind``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": BASE + FIELDS,
        "title": "A field of a Tsuzuri app",
        "type": "object",
        "required": ["kind", "title"],
        "properties": {"kind": {"enum": list(kinds)}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
                "then": {"$ref": f"#/$defs/{name}"},
            }
            for name in kinds
        ],
        "$defs": {name: kind_schema(kind) for name, kind in kinds.items()},
    }


def written(name: str) -> dict[str, Any]:
    """Read one hand-written file of ``schemas/``."""
    text = (resources.SCHEMAS / name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def definition_validator() -> Any:
    """Return the validator of whole definitions; made once, on first use."""
    parts = [fields_schema(), *(written(name) for name in WRITTEN)]
    # "$schema" would make the library take its own validator for that part, with its own
    # engine for patterns, so it goes once the part is read.
    bare = [{key: value for key, value in part.items() if key != "$schema"} for part in parts]
    registry: Registry[Any] = Registry().with_resources(
        (part["$id"], DRAFT202012.create_resource(part)) for part in bare
    )
    return validator({"$ref": BASE + "app.schema.json"}, registry)
