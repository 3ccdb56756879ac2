"""An app about which rules can be written, and short words to write them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PROPERTIES: Mapping[str, Any] = {
    "n": {"kind": "number"},
    "scope": {"kind": "agencies"},
    "staff": {"kind": "users"},
    "team": {"kind": "groups"},
    "day": {"kind": "date"},
    "secret": {"kind": "text"},
    "plain": {"kind": "text"},
    "rows": {
        "kind": "table",
        "items": {"properties": {"x": {"kind": "number", "title": "x"}}},
    },
}
Rule = Mapping[str, Any]


def rule(who: str, allow: str, where: str = "") -> Rule:
    """Return one app or record rule: ``rule("everyone creator", "view edit", "n > 3")``."""
    found: dict[str, Any] = {"who": who.split(), "allow": allow.split()}
    return {**found, "where": where} if where else found


def opens(who: str, allow: str, where: str = "", *, fields: str = "secret") -> Rule:
    """Return one field rule: ``opens("group:heads", "edit")`` for the field ``secret``."""
    found: dict[str, Any] = {"fields": fields.split(), "who": who.split(), "allow": allow}
    return {**found, "where": where} if where else found


ALL_ACTIONS = "view add edit delete comment export import print unmask"
EVERYBODY = rule("everyone", ALL_ACTIONS)


def access(
    *record: Rule, app: tuple[Rule, ...] = (EVERYBODY,), field: tuple[Rule, ...] = ()
) -> Any:
    """Return the rules of an app; without ``app``, its own rules allow everybody everything."""
    return {"app": list(app), "record": list(record), "field": list(field)}
