"""Names of other apps and their fields, as an author writes them in a field's keywords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

APP: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 64}
CODE: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 128}
CODES: Mapping[str, Any] = {"type": "array", "items": CODE, "uniqueItems": True, "maxItems": 20}
CONDITION: Mapping[str, Any] = {"type": "string", "maxLength": 10_000}


def keyword(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    """Return the schema of one keyword whose value is an object of these properties."""
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": False,
    }
