"""Trees and their canonical text: reading what was written gives the same tree."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tsuzuri.errors import QueryError
from tsuzuri.query.parse import parse, parse_condition
from tsuzuri.query.tree import (
    And,
    Call,
    Comparison,
    Node,
    Or,
    Query,
    Sort,
    comparisons,
    fields,
    is_volatile,
    write,
)

PLAIN = Comparison("a", "=", ("1",))
OWN = Comparison("担当.氏名", "in", (Call("LOGINUSER"), "x"))

LETTERS = st.text("abXY_0９山田状態々ーガ・･＿＄￥𠮷é①", min_size=1, max_size=6)
WORDS = st.sampled_from(
    [
        "and",
        "or",
        "not",
        "in",
        "like",
        "is",
        "empty",
        "order",
        "by",
        "limit",
        "offset",
        "desc",
        "NOW",
    ]
)
NAMES = LETTERS.filter(lambda code: code[0] != "0") | WORDS
CODES = NAMES | NAMES.map("${}".format) | st.tuples(NAMES, NAMES).map(".".join)
TEXTS = (
    st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from('"\\\t\n() ,')) | WORDS
)
CALLS = st.sampled_from(
    [
        Call("LOGINUSER"),
        Call("NOW"),
        Call("FROM_TODAY", ("-3", "MONTHS")),
        Call("THIS_WEEK"),
        Call("LAST_WEEK", ("MONDAY",)),
        Call("NEXT_MONTH", ("LAST",)),
        Call("THIS_MONTH", ("31",)),
    ]
)
VALUES = TEXTS | CALLS
COMPARISONS = st.one_of(
    st.builds(
        Comparison,
        CODES,
        st.sampled_from(["=", "!=", "<", ">", "<=", ">=", "like", "not like"]),
        st.tuples(VALUES),
    ),
    st.builds(
        Comparison,
        CODES,
        st.sampled_from(["in", "not in"]),
        st.lists(VALUES, min_size=1, max_size=4).map(tuple),
    ),
    st.builds(Comparison, CODES, st.sampled_from(["is empty", "is not empty"]), st.just(())),
)


def _joined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=4).map(tuple)
    return st.builds(And, several) | st.builds(Or, several)


NODES: st.SearchStrategy[Node] = st.recursive(COMPARISONS, _joined, max_leaves=12)
QUERIES = st.builds(
    Query,
    st.none() | NODES,
    st.lists(st.builds(Sort, CODES, st.booleans()), max_size=3).map(tuple),
    st.none() | st.integers(0, 500),
    st.none() | st.integers(0, 10_000),
)


@settings(database=None, deadline=None, max_examples=300)
@given(NODES)
def test_a_written_condition_reads_back(node: Node) -> None:
    assert parse_condition(write(node)) == node


@settings(database=None, deadline=None)
@given(QUERIES)
def test_a_written_query_reads_back(query: Query) -> None:
    assert parse(write(query)) == query


@settings(database=None, deadline=None, max_examples=500)
@given(LETTERS | st.text(max_size=4) | st.text("a$.0 ・-", max_size=4))
def test_writing_and_reading_agree_on_what_a_code_is(code: str) -> None:
    assume(code == code.strip(" \t\r\n　"))
    assert _is_writable(code) == _is_readable(code)


def _is_writable(code: str) -> bool:
    try:
        write(Comparison(code, "is empty", ()))
    except QueryError:
        return False
    return True


def _is_readable(code: str) -> bool:
    try:
        return parse_condition(f"{code} is empty") == Comparison(code, "is empty", ())
    except QueryError:
        return False


@pytest.mark.parametrize(
    "node, text",
    [
        (PLAIN, 'a = "1"'),
        (OWN, '担当.氏名 in (LOGINUSER(), "x")'),
        (Or((PLAIN, And((PLAIN, OWN)))), 'a = "1" or a = "1" and 担当.氏名 in (LOGINUSER(), "x")'),
        (And((PLAIN, Or((PLAIN, PLAIN)))), 'a = "1" and (a = "1" or a = "1")'),
        (Comparison("a", "is empty", ()), "a is empty"),
        (
            Query(PLAIN, (Sort("b"), Sort("c", descending=True)), 5, 0),
            'a = "1" order by b asc, c desc limit 5 offset 0',
        ),
        (Query(), ""),
    ],
)
def test_there_is_one_canonical_text(node: Node | Query, text: str) -> None:
    assert write(node) == text


@pytest.mark.parametrize("code", ["", "a b", 'a = "1" or b', "1a", "a-b", "a.b.c", "a\n"])
def test_no_code_smuggles_in_a_condition(code: str) -> None:
    with pytest.raises(QueryError, match="条件に書けません"):
        write(Comparison(code, "=", ("x",)))
    with pytest.raises(QueryError, match="条件に書けません"):
        write(Query(order=(Sort(code),)))


@pytest.mark.parametrize("value", ["\x00", "a\rb", "\x7f", "\x85", "\ud800"])
def test_a_value_without_a_spelling_is_refused(value: str) -> None:
    with pytest.raises(QueryError, match="制御文字"):
        write(Comparison("a", "=", (value,)))


def test_a_tree_tells_its_comparisons_fields_and_whether_time_matters() -> None:
    tree = Or((PLAIN, And((OWN, PLAIN))))
    assert list(comparisons(tree)) == [PLAIN, OWN, PLAIN]
    assert fields(tree) == {"a", "担当.氏名"}
    assert is_volatile(tree)
    assert not is_volatile(And((PLAIN, PLAIN)))


@pytest.mark.parametrize("parts", [(), (PLAIN,)])
def test_joining_takes_two(parts: tuple[Node, ...]) -> None:
    with pytest.raises(ValueError, match="at least two"):
        And(parts)
    with pytest.raises(ValueError, match="at least two"):
        Or(parts)
