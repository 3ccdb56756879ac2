"""Definitions from people who wish harm: refused in words, quickly, and without a step outside."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from definitions.drafts import TEXT, draft, number, written
from tsuzuri.definitions import strict_json
from tsuzuri.definitions.build import complete
from tsuzuri.definitions.load import MAX_BYTES
from tsuzuri.definitions.validator import validator
from tsuzuri.errors import Invalid, TooLarge
from tsuzuri.services.definitions import check

QUICK = 5.0
"""Seconds that nothing here may take, on a machine with much else to do."""

PATTERN = "/record/properties/a/pattern"


@contextmanager
def quickly() -> Iterator[None]:
    """Fail if what is inside takes long."""
    started = time.perf_counter()
    yield
    assert time.perf_counter() - started < QUICK


def pointers(raw: bytes | str) -> list[str]:
    """Return where the problems of a definition are."""
    with quickly(), pytest.raises(Invalid) as caught:
        check(raw)
    assert all(str(one.message) for one in caught.value.problems)
    return [one.pointer for one in caught.value.problems]


DEEP: dict[str, Callable[[int], str]] = {
    "arrays": lambda depth: "[" * depth,
    "closed arrays": lambda depth: "[" * depth + "]" * depth,
    "objects": lambda depth: '{"a":' * depth,
    "arrays after a string of brackets": lambda depth: '["]]]]]]", ' + "[" * depth,
    "arrays after an escaped quote": lambda depth: '["\\"]]]]]]", ' + "[" * depth,
}


@pytest.mark.parametrize("shape", DEEP)
def test_deep_nesting_is_refused_before_it_is_read(shape: str) -> None:
    assert pointers(DEEP[shape](100_000)) == [""]


def test_brackets_inside_a_text_are_no_nesting() -> None:
    assert check(written({"a": {**TEXT, "title": "[" * 100}})).fields[0].title() == "[" * 100
    assert strict_json.loads('["' + "[" * 100_000 + '"]') == ["[" * 100_000]


@pytest.mark.parametrize("piece", ['\\"', "\\", '"', "\\\\", "[]", "\\u0022", "\x1b", "{}"])
def test_reading_takes_no_longer_for_odd_texts(piece: str) -> None:
    """Escaped quotes in a text that never closes once took time by the square of their number."""
    with quickly(), pytest.raises(Invalid):
        strict_json.loads(b'"' + piece.encode() * 200_000)
    with quickly(), pytest.raises(Invalid):
        strict_json.loads(b"[" + piece.encode() * 200_000)


def test_a_definition_that_is_too_large_is_not_read() -> None:
    with quickly(), pytest.raises(TooLarge):
        check(b" " * (MAX_BYTES + 1))
    with quickly(), pytest.raises(TooLarge):
        check("あ" * (MAX_BYTES // 3 + 1))


@pytest.mark.parametrize("typed", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1E400"])
def test_numbers_that_are_none_are_refused(typed: str) -> None:
    assert pointers(number(typed)) == [""]


@pytest.mark.parametrize("digits", [310, 400, 5_000, 1_000_000])
def test_endless_integers_are_refused_unread(digits: int) -> None:
    assert pointers(number("9" * digits)) == [""]
    assert pointers(number("-" + "9" * digits)) == [""]


@pytest.mark.parametrize("typed", [str(2**63), "1" + "0" * 308, "1.5", "1e-999", "-0", "true"])
def test_numbers_out_of_an_options_range_are_a_problem_of_the_option(typed: str) -> None:
    assert pointers(number(typed)) == ["/record/properties/a/maxLength"]


def test_a_number_may_be_written_with_a_point_or_a_power() -> None:
    for typed in ("10", "10.0", "1e1", "10." + "0" * 5_000):
        assert check(number(typed)).fields[0].schema["maxLength"] == 10


def test_one_key_twice_is_refused() -> None:
    assert pointers(written()[:-1] + ', "app": "other"}') == [""]


@pytest.mark.parametrize(
    "raw",
    [
        written().encode("utf-16"),
        written().encode("cp932"),
        b"\xff\xfe",
        b"\x00",
        b"",
        "\ufeff".encode(),
        written().encode() + b"\x00",
        written().encode() + b"{}",
        bytes(range(256)),
    ],
    ids=["utf-16", "shift_jis", "no utf-8", "nul", "nothing", "bom", "nul after", "two", "bytes"],
)
def test_bytes_that_are_no_json_in_utf8_are_refused(raw: bytes) -> None:
    assert pointers(raw) == [""]


@pytest.mark.parametrize("raw", ["null", "3", '"x"', "[]", "true", '[{"app": "x"}]'])
def test_json_that_is_no_object_is_refused(raw: str) -> None:
    assert pointers(raw) == [""]


def test_a_byte_order_mark_is_no_part_of_a_definition() -> None:
    assert check(b"\xef\xbb\xbf" + written().encode()).code == "draft"
    assert check("\ufeff" + written()).code == "draft"


@pytest.mark.parametrize("escaped", ["\\u0000", "\\ud800", "\\udfff", "a\\ud800b"])
def test_characters_that_no_database_keeps_are_refused_where_they_stand(escaped: str) -> None:
    title = written({"a": {**TEXT, "title": "@"}}).replace("@", escaped)
    assert pointers(title) == ["/record/properties/a/title"]
    key = written({"a": {**TEXT, "@": 1}}).replace("@", escaped)
    assert pointers(key) == ["/record/properties/a"]


def test_a_text_of_lone_surrogates_is_refused() -> None:
    assert pointers(written({"a": {**TEXT, "title": "\ud800"}})) == [""]


def test_a_pair_of_surrogates_is_one_character() -> None:
    raw = written({"a": {**TEXT, "title": "@"}}).replace("@", "\\ud842\\udfb7")
    assert check(raw).fields[0].title() == "𠮷"


# ---------------------------------------------------------------- nothing is fetched

OUTSIDE: list[tuple[str, tuple[Any, ...]]] = []
"""What was opened or looked up while ``watched``: audit hooks stay for good, so there is one."""
_watching = False


def _note(event: str, args: tuple[Any, ...]) -> None:
    if _watching and event in {"open", "socket.connect", "socket.getaddrinfo", "urllib.Request"}:
        OUTSIDE.append((event, args))


sys.addaudithook(_note)


@contextmanager
def watched() -> Iterator[None]:
    """Note every file and every address that is opened inside."""
    global _watching  # noqa: PLW0603  a hook cannot be taken back, only told to rest
    OUTSIDE.clear()
    _watching = True
    try:
        yield
    finally:
        _watching = False


def test_the_watch_notices_an_open_file() -> None:
    with watched(), open("/etc/hostname", encoding="utf-8"):  # noqa: PTH123  the plainest open
        pass
    assert OUTSIDE


REFERENCES = (
    "http://127.0.0.1:1/schema.json",
    "https://schemas.example/x",
    "file:" + "///etc/passwd",
    "/etc/passwd",
    "../../../../etc/passwd",
    "#/$defs/x",
    "https://tsuzuri.example/schemas/app.schema.json",
)


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef", "$schema", "$id", "$anchor"])
def test_a_reference_is_never_followed(keyword: str, reference: str) -> None:
    check(written())  # what ships is read once, before the watch
    places: list[dict[str, Any]] = [
        {keyword: reference},
        draft({"a": {keyword: reference}}),
        draft({"a": {**TEXT, keyword: reference}}),
        draft({"a": {"kind": "table", "title": "表", "items": {keyword: reference}}}),
        {**draft(), "record": {**draft()["record"], keyword: reference}},
        {**draft(), "access": {keyword: reference}},
    ]
    with watched(), quickly():
        for document in places:
            with pytest.raises(Invalid):
                check(json.dumps(document))
    assert OUTSIDE == []


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_note_of_the_schema_is_read_by_nobody(reference: str) -> None:
    check(written())
    document = {**draft(), "$schema": reference}
    with watched():
        app = check(json.dumps(document))
        judge = validator(complete(document)["record"])
        assert judge.is_valid({"a": "x"})
        assert not judge.is_valid({"a": 1})
    assert OUTSIDE == []
    assert app.code == "draft"


# ---------------------------------------------------------------- patterns

SLOW = ("(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){20}$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y")


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_that_runs_away_elsewhere_takes_a_moment_here(pattern: str) -> None:
    app = check(written({"a": {**TEXT, "pattern": pattern}}))
    judge = validator(app.schema)
    with quickly():
        for text in ("a" * 100_000 + "!", "x" * 100_000):
            list(judge.iter_errors({"a": text}))


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)", "(?!a)", "(?<=a)b", r"(a)\1", "(", "[", "a{1001}", "*", "a**", r"\8", "(?P<n", "a\\"],
)
def test_a_pattern_that_re2_does_not_know_is_a_problem(pattern: str) -> None:
    assert pointers(written({"a": {**TEXT, "pattern": pattern}})) == [PATTERN]


@pytest.mark.parametrize(
    "pattern",
    ["(((a{1000}){1000}){1000})", "(a{900}){900}", "((a{100}){100}){100}", r"(\pL{500}){2}"],
)
def test_a_pattern_that_eats_memory_is_a_problem(pattern: str) -> None:
    assert pointers(written({"a": {**TEXT, "pattern": pattern}})) == [PATTERN]


def test_a_bad_pattern_in_a_table_is_a_problem() -> None:
    columns = {"b": {**TEXT, "pattern": "("}}
    table = {
        "kind": "table",
        "title": "表",
        "items": {"properties": columns},
        "initial": [{"b": "x"}],
    }
    assert pointers(written({"a": table})) == ["/record/properties/a/items/properties/b/pattern"]
