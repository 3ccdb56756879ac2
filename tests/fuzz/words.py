"""Nonsense that has broken programs before, and names that mean something to this one."""

from __future__ import annotations

from random import Random
from typing import Any

from worlds.routes import FIELDS

WORDS = (
    *("0", "-1", "1e999", "NaN", "R8.13.40", "令和元年", "2026-02-30", "%s%n", "{{7*7}}", "null"),
    *("<script>alert(1)</script>", "true", "[]", "{}", "../../etc/passwd", "甲", "確認しました"),
    *("like", "body", "//evil.example", "https://evil.example", '[{"id":"1","x":2}]', "desc"),
    *("", " ", "\x00", "\ud800", "\u202e逆", "' or 1=1 --", "a\r\nb: c", "２０２６年", "\ufeff"),
    *(str(2**53), str(2**63), "9" * 400, "[" * 5000, '{"a":' * 50, "あ" * 20_000, "か\u3099"),
    *('title = "x" and (', "order by nothing", 'title like "題" order by number desc', "limit 500"),
    *("mori", "CARE", "caseworkers", "2026-11-20", "09:30", "2026-11-20T00:00:00Z", "1 limit 1"),
)
PARTS = ("=", "!=", "in", "(", ")", "and", "or", "not", "like", '"題"', "1", ",", "is empty", "≠")
FIELD_NAMES = tuple(FIELDS)
NAMES = (
    *(f"f.{one}" for one in FIELDS),
    *("f.rows.0.x", "f.rows.0._id", "f.rows.-1.x", "f.rows.99999999999.x", "f.log.0.at"),
    *("f.where.city", "f.where.prefecture", "f.file.keep", "f.file.remove", "_revision"),
    *("_keep.title", "_fill", "_again", "_filter", "_add", "_remove", "f.0.field", "f.0.op"),
    *("f.0.value", "join", "word", "body", "carries", "carried.f.title", "where", "saved"),
    *("revision", "reason", "phrase", "f", "o", "v", "sort", "size", "after", "before", "view"),
    *("exact", "q", "query", "field", "next", "user", "password", "language", "name", "columns"),
    *("encoding", "at", "id", "text", "key", "mode", "token", "do", "match", "app", "right"),
    *("days", "code", "agency", "group", "from", "until", "kind", "actor", "action", "file"),
)
ALPHABET = "aZ0 .,:;'\"<>&%/\\(){}[]=-_あ漢カ\u3099\u200b\u202e\U0001f600\t\n"


def text(random: Random, longest: int = 40) -> str:
    """Return a text of nonsense."""
    return "".join(random.choice(ALPHABET) for _ in range(random.randrange(longest)))


def odd(random: Random) -> str:
    """Return something to type into anything."""
    return random.choice(WORDS) if random.random() < 0.7 else text(random)


def name(random: Random) -> str:
    """Return the name of something to send."""
    return random.choice(NAMES) if random.random() < 0.9 else text(random, 15)


def pairs(random: Random) -> list[tuple[str, str]]:
    """Return names with values, as a form or a query brings them."""
    return [(name(random), odd(random)) for _ in range(random.randrange(8))]


def condition(random: Random) -> str:
    """Return something like a condition."""
    some = (*PARTS, *FIELD_NAMES, "$id", "order by", "limit 3", "offset 10001", "TODAY()", "")
    return " ".join(random.choice(some) for _ in range(random.randrange(1, 12)))


def thing(random: Random, depth: int = 0) -> Any:
    """Return any JSON value."""
    drawn = random.random()
    if drawn < 0.5 or depth > 3:
        return odd(random)
    if drawn < 0.7:
        return random.choice((None, True, 0, -1, 2**63, 2**70, 1e308, 0.1, "", [], {}))
    if drawn < 0.85:
        return [thing(random, depth + 1) for _ in range(random.randrange(4))]
    return {name(random): thing(random, depth + 1) for _ in range(random.randrange(4))}


def record(random: Random) -> dict[str, Any]:
    """Return something like a record."""
    codes = [random.choice(FIELD_NAMES) for _ in range(random.randrange(5))]
    return {one: thing(random) for one in [*codes, *([name(random)] * (random.random() < 0.2))]}
