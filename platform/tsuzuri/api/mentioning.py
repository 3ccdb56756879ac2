"""To whom a comment is addressed, as kintone writes it: ``{"code": "…", "type": "USER"}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.errors import Invalid, Message, Problem, message
from tsuzuri.services import mentions
from tsuzuri.storage.threads import Comment
from tsuzuri.web.gate import platform

TYPES: Mapping[str, str] = {"USER": "user", "GROUP": "group", "ORGANIZATION": "agency"}
NAMES: Mapping[str, str] = {kind: name for name, kind in TYPES.items()}
SHAPE: Message = message('{{"code": "…", "type": "USER"}} の形で送ってください。')


def mentions_of(given: Mapping[str, Any]) -> list[str]:
    """Return whom a comment that was sent is addressed to, as the services name them."""
    found, problems = [], []
    for place, one in enumerate(given.get("mentions", ())):
        if _is_one(one):
            found.append(f"{TYPES[one['type']]}:{one['code']}")
        else:
            problems.append(Problem(f"/mentions/{place}", SHAPE))
    if problems:
        raise Invalid(problems)
    return found


def _is_one(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and one.keys() == {"code", "type"}
        and isinstance(one["code"], str)
        and isinstance(one["type"], str)
        and one["type"] in TYPES
    )


def mentions_told(access: Access, one: Comment) -> list[dict[str, str]]:
    """Return whom a comment is addressed to, as far as its reader may know of them."""
    directory = platform().directory_for(access.actor)
    parts = (mentions.parted(name) for name in mentions.known(directory, one.mentions))
    return [{"code": code, "type": NAMES[kind]} for kind, code in parts]
