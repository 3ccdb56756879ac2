"""Keywords and small steps that the kinds of text share."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

LENGTHS = MappingProxyType(
    {
        "minLength": {"type": "integer", "minimum": 0, "maximum": 100_000},
        "maxLength": {"type": "integer", "minimum": 1, "maximum": 100_000},
    }
)


def words(longest: int) -> dict[str, Any]:
    """Return the schema of a free text in Japanese, or in Japanese and English."""
    text = {"type": "string", "minLength": 1, "maxLength": longest}
    both = {
        "type": "object",
        "required": ["ja"],
        "properties": {"ja": text, "en": text},
        "additionalProperties": False,
    }
    return {"if": {"type": "string"}, "then": text, "else": both}


def one_line(text: str) -> str:
    """Join lines by spaces, for what is written on one line and pasted as several."""
    return " ".join(text.splitlines())


def unix_lines(text: str) -> str:
    """Write every line end as one LF: forms post CRLF, old files hold CR."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lines(text: str) -> list[str]:
    """Return the lines that say something; how several texts stand in one CSV cell."""
    return [line for line in unix_lines(text).split("\n") if line.strip()]
