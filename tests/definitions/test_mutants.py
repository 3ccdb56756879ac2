"""A definition that somebody damaged is read or refused, in no time, and never anything else."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tsuzuri import resources
from tsuzuri.errors import Invalid, TooLarge
from tsuzuri.services.definitions import check
from worlds.examples import PATIENCE, examples

CODES = [path.stem for path in sorted(resources.APPS.glob("*.json"))]
PATIENCE_PER_CHECK = 2.0
REPEATS = 3
"""A machine with other work to do may be slow once, but not three times over."""

Place = tuple[int | str, ...]

WORDS = (
    *("", "x", "case", "birth_date", "family", "$id", "field:scope", "now", "me", "text", "table"),
    *("birth_date > TODAY()", "scope in (LOGINUSER())", "a = ", "((((", "a + 1", "SUM(x)", "a.b"),
    *("(", "(?=a)", "(a{1000}){1000}", "$ref", "http://x.example/", "\u3000", "𠮷", "\u202e"),
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
KEYS = st.sampled_from(
    (*("kind", "title", "type", "enum", "items", "properties", "required", "initial", "pattern"),
     *("where", "who", "allow", "columns", "sort", "lookup", "related", "expression", "of", "not"),
     *("$ref", "allOf", "if", "a", "id", "unique", "maxLength", "format", "copy", "key", "app"))
)  # fmt: skip
NODES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@cache
def text_of(code: str) -> str:
    """Return a shipped definition as text."""
    return (resources.APPS / f"{code}.json").read_text(encoding="utf-8")


@cache
def places_of(code: str) -> tuple[tuple[Place, ...], ...]:
    """Return every place in a shipped definition below the top, those of one key together."""
    found: dict[str, list[Place]] = defaultdict(list)
    for place in _places(json.loads(text_of(code)), ()):
        found[next(str(key) for key in reversed(place) if isinstance(key, str))].append(place)
    return tuple(map(tuple, found.values()))


def some_place(draw: st.DrawFn, code: str) -> Place:
    """Draw a keyword first, because most places of a definition are titles."""
    return draw(st.sampled_from(draw(st.sampled_from(places_of(code)))))


def _places(node: Any, place: Place) -> Iterator[Place]:
    pairs: Any = ()
    if isinstance(node, dict):
        pairs = node.items()
    elif isinstance(node, list):
        pairs = enumerate(node)
    for key, inner in pairs:
        yield (*place, key)
        yield from _places(inner, (*place, key))


def at(document: Any, place: Place) -> Any:
    """Return what stands at ``place``; None where an earlier change took it away."""
    for key in place:
        try:
            document = document[key]
        except (KeyError, IndexError, TypeError):
            return None
    return document


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """Return a shipped definition with one to four places deleted, replaced, doubled or filled."""
    code = draw(st.sampled_from(CODES))
    document = json.loads(text_of(code))
    for _ in range(draw(st.integers(1, 4))):
        *path, key = some_place(draw, code)
        holder = at(document, tuple(path))
        action = draw(st.sampled_from(["delete", "replace", "insert", "take another"]))
        if not isinstance(holder, dict | list) or at(holder, (key,)) is None:
            continue
        if action == "delete":
            del holder[key]  # type: ignore[arg-type]  # a list's key is its place
        elif action == "insert" and isinstance(holder, dict):
            holder[draw(KEYS)] = draw(NODES)
        elif action == "insert" and isinstance(holder, list):
            holder.insert(int(key), draw(NODES))
        elif action == "take another":
            other = at(json.loads(text_of(code)), some_place(draw, code))
            holder[key] = other  # type: ignore[index]  # as above
        else:
            holder[key] = draw(NODES)  # type: ignore[index]  # as above
    return json.dumps(document)


def outcome(raw: str) -> str:
    """Check a definition; anything but an answer is an error of ours."""
    try:
        return check(raw).code
    except TooLarge as refused:
        return str(refused.message)
    except Invalid as refused:
        return told(refused)


def told(refused: Invalid) -> str:
    """Return what a refusal says, which is something, and where, which is somewhere."""
    assert refused.problems
    assert all(one.pointer == "" or one.pointer[0] == "/" for one in refused.problems)
    assert all(str(one.message) for one in refused.problems)
    return str(refused.message)


def seconds(raw: str) -> float:
    """Return how long one check takes."""
    started = time.perf_counter()
    outcome(raw)
    return time.perf_counter() - started


@pytest.mark.timeout(PATIENCE)
@examples(100)
@given(mutants())
@example("{}")
def test_a_damaged_definition_is_read_or_refused(raw: str) -> None:
    took = seconds(raw)
    for _ in range(REPEATS):
        if took < PATIENCE_PER_CHECK:
            return
        took = min(took, seconds(raw))
    assert took < PATIENCE_PER_CHECK


@pytest.mark.parametrize("code", CODES)
def test_a_shipped_definition_is_checked_in_a_moment(code: str) -> None:
    assert min(seconds(text_of(code)) for _ in range(REPEATS)) < PATIENCE_PER_CHECK
