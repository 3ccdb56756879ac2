"""Records drawn from a JSON Schema: valid ones, and ones that somebody damaged."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from tsuzuri.definitions.validator import compiled

Schema = Mapping[str, Any]

OPTIONAL = 7
"""Fields of a record beside the required ones: enough to meet them all over many records."""

_LETTERS = st.one_of(
    st.sampled_from(
        "あいアイｱ漢字髙𠮷葛󠄀aZ09０９ 　-ー〜\n\t\"'\\/<>&=+@#,、。\u200d\u202e\ufeff🧒"
    ),
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
)


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """Return valid values of one schema, over the part of JSON Schema that fields use."""
    return _values(json.dumps(schema))


@lru_cache(maxsize=4096)
def _values(text: str) -> st.SearchStrategy[Any]:
    """Return the same, made once: a pattern takes longer to understand than to follow."""
    schema: Schema = json.loads(text)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return {
        "string": _texts,
        "number": _numbers,
        "integer": _numbers,
        "boolean": lambda _: st.booleans(),
        "array": _arrays,
        "object": _objects,
    }[schema["type"]](schema)


def is_impossible(schema: Schema) -> bool:
    """Tell whether no value is valid, as for what is only furniture of a form."""
    return schema.get("not") == {}


def _texts(schema: Schema) -> st.SearchStrategy[str]:
    formats = {
        "date": st.dates(date(1000, 1, 1)).map(date.isoformat),
        "date-time": st.datetimes(datetime(1000, 1, 1)).map(_stamp),  # noqa: DTZ001  UTC is added
    }
    if schema.get("format") in formats:
        return formats[schema["format"]]
    least, most = schema.get("minLength", 0), schema.get("maxLength", 40)
    letters = _LETTERS
    refused = schema.get("not", {}).get("pattern")
    if refused:
        anything = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
        letters = anything.filter(lambda letter: not compiled(refused).search(letter))
        letters = st.sampled_from(_plain_letters(refused)) | letters
    pattern = schema.get("pattern")
    found = st.text(letters, min_size=least, max_size=max(least, min(most, 40)))
    if pattern:
        ending = st.just("") if most <= len(pattern) // 2 else found
        found = st.builds(str.__add__, st.from_regex(pattern, fullmatch=True), ending)
    return found.filter(lambda text: _fits(schema, text))


@lru_cache
def _plain_letters(refused: str) -> list[str]:
    """Return the everyday letters that a pattern does not refuse."""
    everyday = "0123456789abcxyzABCアイウーヴ＝あ漢-+#@./:?=& 　"
    return [letter for letter in everyday if not compiled(refused).search(letter)]


def _fits(schema: Schema, text: str) -> bool:
    refused = schema.get("not", {}).get("pattern")
    return (
        schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
        and not (refused and compiled(refused).search(text))
        and not ("pattern" in schema and not compiled(schema["pattern"]).search(text))
    )


def _stamp(moment: datetime) -> str:
    return moment.replace(microsecond=0, tzinfo=UTC).isoformat().replace("+00:00", "Z")


def _numbers(schema: Schema) -> st.SearchStrategy[float]:
    step = schema.get("multipleOf", 1)
    least, most = schema.get("minimum", -(10**6)), schema.get("maximum", 10**6)
    whole = st.integers(-(-least // step), most // step).map(lambda n: n * step)
    if schema["type"] == "integer" or "multipleOf" in schema:
        return whole | whole.map(float)
    return whole | st.floats(least, most, allow_nan=False)


def _arrays(schema: Schema) -> st.SearchStrategy[list[Any]]:
    least = schema.get("minItems", 0)
    most = min(schema.get("maxItems", 3), max(3, least))
    items = values(schema.get("items", {"type": "string"}))
    alike = _alike if schema.get("uniqueItems") else None
    return st.lists(items, min_size=least, max_size=most, unique_by=alike)


def _says_something(value: Any) -> bool:
    """Tell whether a value is one for people, who see no difference between blank and empty."""
    return bool(value.strip() if isinstance(value, str) else value not in ([], {}))


def _alike(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _objects(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    given = {k: v for k, v in schema["properties"].items() if not is_impossible(v)}
    required = [code for code in schema.get("required", ()) if code in given]
    rest = sorted(given.keys() - set(required))
    least = schema.get("minProperties", 0)

    def whole(chosen: list[str]) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries(
            {
                code: values(given[code]).filter(_says_something)
                if code in required
                else values(given[code])
                for code in chosen
            }
        )

    if not rest:
        return whole(required)
    some = st.lists(
        st.sampled_from(rest),
        unique=True,
        max_size=OPTIONAL,
        min_size=max(0, least - len(required)),
    )
    return some.flatmap(lambda more: whole([*required, *more]))


# ---------------------------------------------------------------- damage

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.0, 0.5, -0.0, 2**31, 2**53, 2**53 + 2, -(2**63), 2**64),
    *(1e300, 5e-324, 10**300, 0.1 + 0.2, "", " ", "\n", "x", "x" * 200, "あ" * 30_000, "0", "1"),
    *("2026-02-29", "2026-02-30", "2028-02-29", "2026-13-01", "2026-1-1", "0000-01-01"),
    *("2026-11-21\n", "２０２６-11-21", "1900-02-29", "2000-02-29", "9999-12-31", "999-01-01"),
    *("2026-11-21T24:00:00Z", "2026-11-21T23:59:60Z", "2026-11-21T10:00:00+09:00"),
    *("2026-11-21T10:00:00z", "2026-11-21 10:00:00Z", "2026-11-21T10:00:00Z\n", "24:00", "9:00"),
    *("\u200d", "\ufeff", "e\u0301", "\u0000", "\U0010ffff", "𠮷", "葛󠄀", "ｱ", "ア", "ァ", "＝"),
    *("-", "--", "0-", "+", "#", "a@b", "http://x", "javascript:x", "__proto__", "constructor"),
    *([], [[]], [None], ["x"], ["x", "x"], [1, True], [1, 1.0], [{}], {}, {"x": 1}, {"id": 1}),
)
KEYS = ("x", "id", "ID", " ", "", "__proto__", "constructor", "toString", "title", "$ref", "あ")


def damaged(records: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Any]:
    """Return records with one to three places replaced, removed, doubled or added."""
    return st.builds(
        _damage, records, st.lists(st.randoms(use_true_random=False), min_size=1, max_size=3)
    )


def _damage(record: dict[str, Any], dice: list[Any]) -> Any:
    record = copy.deepcopy(record)
    for die in dice:
        holder, key = die.choice([*_places(record), (record, die.choice(KEYS))])
        action = die.choice(["replace", "replace", "remove", "retype", "again"])
        if action == "remove" and isinstance(holder, dict):
            holder.pop(key, None)
        elif action == "again" and isinstance(holder, list):
            holder.append(holder[key])
        elif action == "retype" and key in (
            holder if isinstance(holder, dict) else range(len(holder))
        ):
            holder[key] = _retyped(holder[key], die)
        else:
            holder[key] = copy.deepcopy(die.choice(ODD))
    return record


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every (holder, key) below a value."""
    pairs: Any = ()
    if isinstance(node, dict):
        pairs = list(node.items())
    elif isinstance(node, list):
        pairs = list(enumerate(node))
    for key, inner in pairs:
        yield node, key
        yield from _places(inner)


def _retyped(value: Any, die: Any) -> Any:
    """Return nearly the same value: as another type, or a little longer or larger."""
    if isinstance(value, str):
        return die.choice(
            [[value], value + "\n", value * 2, value[:-1], value + "\u3000", {value: 1}]
        )
    if isinstance(value, bool):
        return die.choice([int(value), str(value), [value]])
    if isinstance(value, int | float):
        return die.choice(
            [str(value), value + 0.5, -value, value * 1_000_003, bool(value), [value]]
        )
    if isinstance(value, list):
        return die.choice(
            [value * 2, value[:1] * 1001, {str(n): one for n, one in enumerate(value)}]
        )
    return die.choice([[value], [value, value], json.dumps(value)])
