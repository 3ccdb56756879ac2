"""Small definitions to break: one that is valid, and short ways to change it."""

from __future__ import annotations

import json
from typing import Any

TEXT = {"kind": "text", "title": "件名"}


def draft(properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a valid definition with these fields (one text if none are named)."""
    record = {"type": "object", "properties": properties or {"a": TEXT}}
    record |= {key: more.pop(key) for key in ("required",) if key in more}
    return {"app": "draft", "name": "試し", "record": record, **more}


def written(properties: dict[str, Any] | None = None, **more: Any) -> str:
    """Return the same as JSON text."""
    return json.dumps(draft(properties, **more), ensure_ascii=False)


def number(text: str) -> str:
    """Return a definition whose field is at most ``text`` long, as its author typed the number."""
    return written({"a": {**TEXT, "maxLength": "@"}}).replace('"@"', text)


def calculated(expression: str) -> dict[str, Any]:
    """Return a calculated field."""
    return {"kind": "calculated", "title": "計算", "expression": expression}


def table(columns: dict[str, Any], **items: Any) -> dict[str, Any]:
    """Return a table of these columns."""
    return {"kind": "table", "title": "表", "items": {"properties": columns, **items}}


def rule(who: str = "everyone", allow: Any = ("view",), **more: Any) -> dict[str, Any]:
    """Return an access rule."""
    return {"who": [who], "allow": allow if isinstance(allow, str) else list(allow), **more}


def view(*columns: str, **more: Any) -> dict[str, Any]:
    """Return a view of these columns."""
    return {"name": "一覧", "columns": list(columns), **more}
