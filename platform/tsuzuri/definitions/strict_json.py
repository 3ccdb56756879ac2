"""JSON as it arrives from people, read so that nothing odd gets past the door.

The standard reader keeps the last of two equal keys, takes NaN, recurses as deep as the
sender likes and passes lone surrogates on.  Here each is refused with a sentence.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from tsuzuri.errors import Invalid, Problem, TooLarge, message

MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 40
# A long form with long tables has some ten thousand; a million take half a minute to refuse.
MAX_VALUES = 50_000
# Beyond a double's range JSON readers disagree, and 2**53 is where integers stop being exact.
MAX_DIGITS = 310

_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Possessive, and running to the end where a string never closes, so that no byte is read twice:
# a hundred kilobytes of escaped quotes would else take a minute.
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def _refuse(text: str, /, **values: object) -> Invalid:
    return Invalid([Problem("", message(text, **values))])


def _shape_guard(raw: bytes) -> None:
    """Refuse deep nesting and countless values before the recursive reader meets them.

    Strings are cut out first, so that brackets and commas inside them do not count.
    """
    depth, bare = 0, _STRINGS.sub(b"", raw)
    if bare.count(b",") >= MAX_VALUES:
        raise _refuse("項目が多すぎます({limit}個まで)。", limit=MAX_VALUES)
    for byte in bare.translate(None, _NOT_BRACKETS):
        if byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _refuse("入れ子が深すぎます({limit}段まで)。", limit=MAX_DEPTH)
        else:
            depth -= 1


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _refuse("「{key}」が二度書かれています。", key=key)
        found[key] = value
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _refuse("数値「{text}」は扱える範囲を超えています。", text=text[:40])
    return number


def _integer(text: str) -> int | float:
    if len(text) > MAX_DIGITS:
        raise _refuse("数値「{text}」は扱える範囲を超えています。", text=text[:40])
    number = int(text)
    _finite(text)
    return number


def _constant(text: str) -> float:
    raise _refuse("数値「{text}」は JSON では使えません。", text=text)


def loads(raw: bytes | str, *, limit: int = MAX_BYTES) -> Any:
    """Read JSON strictly.

    Raises ``TooLarge`` over ``limit`` bytes and ``Invalid`` for anything else: bad UTF-8, bad
    syntax, duplicate keys, NaN and infinities, nesting over 40, more than 50,000 values, NUL and
    lone surrogates.
    """
    try:
        data = raw.encode("utf-8") if isinstance(raw, str) else raw
    except UnicodeEncodeError:
        raise _refuse("文字コードが壊れています。UTF-8 で送ってください。") from None
    if len(data) > limit:
        raise TooLarge(message("大きすぎます({limit}バイトまで)。", limit=limit))
    _shape_guard(data)
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except UnicodeDecodeError:
        raise _refuse("文字コードが壊れています。UTF-8 で送ってください。") from None
    except json.JSONDecodeError as error:
        raise _refuse(
            "JSON として読めません({line}行目の{column}文字目)。",
            line=error.lineno,
            column=error.colno,
        ) from None
    refuse_unstorable(value)
    return value


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def refuse_unstorable(value: Any, pointer: str = "") -> None:
    """Raise ``Invalid`` if a text inside holds what no database or file can keep."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise Invalid([Problem(pointer, message("保存できない文字が含まれています。"))])
    elif isinstance(value, dict):
        for key, inner in value.items():
            refuse_unstorable(key, pointer)
            refuse_unstorable(inner, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            refuse_unstorable(inner, f"{pointer}/{place}")


def escape(key: str) -> str:
    """Return ``key`` as one reference token of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """Return the key that a reference token of a JSON pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")
