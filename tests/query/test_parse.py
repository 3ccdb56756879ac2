"""The condition language: what is read, what is refused and with which words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsuzuri.errors import QueryError
from tsuzuri.query.parse import parse, parse_condition
from tsuzuri.query.tree import And, Call, Comparison, Node, Or, Query, Sort

A, B, C = (Comparison(code, "=", ("1",)) for code in "abc")


@pytest.mark.parametrize("text", ["", " ", "\t\r\n", "　"])
def test_a_blank_text_asks_for_nothing(text: str) -> None:
    assert parse(text) == Query()
    assert parse_condition(text) is None


@pytest.mark.parametrize(
    "text, expected",
    [
        ("$id = 5", Comparison("$id", "=", ("5",))),
        ('$revision != "3"', Comparison("$revision", "!=", ("3",))),
        ("金額 >= -1.50e3", Comparison("金額", ">=", ("-1.50e3",))),
        ('a<"x"', Comparison("a", "<", ("x",))),
        ('関連.氏名 = "山田"', Comparison("関連.氏名", "=", ("山田",))),
        ('文字列＿1・2 = "x"', Comparison("文字列＿1・2", "=", ("x",))),
        ('氏名　NOT　LIKE　"山"', Comparison("氏名", "not like", ("山",))),
        ("添付 is\nnot\tempty", Comparison("添付", "is not empty", ())),
        ("添付 IS EMPTY", Comparison("添付", "is empty", ())),
        ('状態 in ("", "済" ,5)', Comparison("状態", "in", ("", "済", "5"))),
        (
            'x not in (LOGINUSER(), "a")',
            Comparison("x", "not in", (Call("LOGINUSER"), "a")),
        ),
        (r'a = "\"\\\t\n"', Comparison("a", "=", ('"\\\t\n',))),
        (
            "a > from_today( -5 , days )",
            Comparison("a", ">", (Call("FROM_TODAY", ("-5", "DAYS")),)),
        ),
        ("a = 1 or b = 1 and c = 1", Or((A, And((B, C))))),
        ("(a = 1 or b = 1) and c = 1", And((Or((A, B)), C))),
        ("a = 1 and b = 1 and c = 1", And((A, B, C))),
        ("(a = 1 and b = 1) and c = 1", And((And((A, B)), C))),
        ("((a = 1))", A),
        (
            "limit = 1 or offset = 1",
            Or((Comparison("limit", "=", ("1",)), Comparison("offset", "=", ("1",)))),
        ),
        (
            "and = 1 and or in (1)",
            And((Comparison("and", "=", ("1",)), Comparison("or", "in", ("1",)))),
        ),
    ],
)
def test_a_condition_becomes_a_tree(text: str, expected: Node) -> None:
    assert parse_condition(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("order by a", Query(order=(Sort("a"),))),
        ("ORDER BY a DESC, $id asc", Query(order=(Sort("a", descending=True), Sort("$id")))),
        ("order by desc desc", Query(order=(Sort("desc", descending=True),))),
        ("limit 0", Query(limit=0)),
        ("limit 500 offset 10000", Query(limit=500, offset=10_000)),
        (
            "a = 1 order by b limit 20 offset 40",
            Query(A, (Sort("b"),), 20, 40),
        ),
    ],
)
def test_a_query_has_order_limit_and_offset(text: str, expected: Query) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["order by a", "a = 1 limit 1", "offset 3"])
def test_a_condition_alone_has_none_of_them(text: str) -> None:
    with pytest.raises(QueryError, match="条件だけ"):
        parse_condition(text)


CALLS = [
    *(
        f"{name}()"
        for name in ("LOGINUSER", "PRIMARY_ORGANIZATION", "NOW", "TODAY", "YESTERDAY", "TOMORROW")
    ),
    *(
        f"{which}_{unit}()"
        for which in ("THIS", "LAST", "NEXT")
        for unit in ("WEEK", "MONTH", "YEAR")
    ),
    *("THIS_WEEK(SUNDAY)", "LAST_WEEK(WEDNESDAY)", "NEXT_WEEK(SATURDAY)"),
    *("THIS_MONTH(1)", "LAST_MONTH(31)", "NEXT_MONTH(LAST)"),
    *(
        f"FROM_TODAY({n}, {unit})"
        for n in (-5, 0, 999_999)
        for unit in ("DAYS", "WEEKS", "MONTHS", "YEARS")
    ),
]


@pytest.mark.parametrize("call", CALLS)
def test_functions_are_known_with_their_arguments(call: str) -> None:
    condition = parse_condition(f"a = {call}")
    assert isinstance(condition, Comparison)
    assert isinstance(condition.values[0], Call)


@pytest.mark.parametrize(
    "call, words",
    [
        ("SLEEP()", "「SLEEP」という関数はありません"),
        ("TODAY(1)", "何も書きません"),
        ("LOGINUSER(me)", "何も書きません"),
        ("THIS_YEAR(1)", "何も書きません"),
        ("THIS_WEEK(1)", "曜日"),
        ("THIS_WEEK(SUNDAY, MONDAY)", "曜日"),
        ("THIS_MONTH(0)", "日(1~31)"),
        ("THIS_MONTH(32)", "日(1~31)"),
        ("FROM_TODAY()", "FROM_TODAY(-7, DAYS)"),
        ("FROM_TODAY(1)", "FROM_TODAY(-7, DAYS)"),
        ("FROM_TODAY(DAYS, 1)", "FROM_TODAY(-7, DAYS)"),
        ("FROM_TODAY(1, HOURS)", "FROM_TODAY(-7, DAYS)"),
        ("FROM_TODAY(1000000, DAYS)", "FROM_TODAY(-7, DAYS)"),
    ],
)
def test_unknown_functions_and_wrong_arguments_are_refused(call: str, words: str) -> None:
    with pytest.raises(QueryError) as refusal:
        parse(f"a = {call}")
    assert words in str(refusal.value)
    assert refusal.value.position == 4


@pytest.mark.parametrize(
    "text, position, words",
    [
        ("a", 1, "途中で終わっています"),
        ("a =", 3, "途中で終わっています"),
        ("a = 1 and ", 10, "途中で終わっています"),
        ("order by", 8, "途中で終わっています"),
        ("(a = 1", 6, "閉じるかっこ"),
        ("a = 1)", 5, "6文字目の「)」"),
        ("a in ()", 6, "7文字目の「)」"),
        ('a in "x"', 5, "半角のかっこで囲んで"),
        ("a = 山田", 4, "「山田」が読めません。値は半角の二重引用符"),
        ("a = today", 4, "値は半角の二重引用符"),
        ("a = 'x'", 4, "値は半角の二重引用符"),
        ('a "x"', 2, "フィールドコードの後には"),
        ("a is full", 2, "フィールドコードの後には"),
        ("1a = 1", 0, "フィールドコードを書いて"),
        ("`a` = 1", 0, "フィールドコードを書いて"),
        ("a.b.c = 1", 3, "フィールドコードの後には"),
        ("a = 1 b = 2", 6, "and、or、order by"),
        ("a = 1 offset 1 limit 1", 15, "and、or、order by"),
        ("a = 1 limit many", 6, "limit 数"),
        ('a ＝ "x"', 2, "「＝」は使えません。半角の「=」"),
        ("a = “x”", 4, '半角の「"」'),
        ('a in ("x"、"y")', 9, "半角の「,」"),
        ("a = ５", 4, "半角の「5」"),
        ('a = "x', 4, '終わりの「"」'),
        ('a = "x\ny"', 4, "改行は \\n"),
        ('a = "\x00"', 4, "5文字目からの文字"),
        (r'a = "\q"', 4, "5文字目からの文字"),
        ("a\x00 = 1", 1, "「U+0000」"),
        ('a = "\ud800"', 5, "6文字目の文字が壊れて"),
        ('a = FROM_TODAY(1, "DAYS")', 18, "英字の言葉"),
        ("limit 501", 6, "limit は 500 まで"),
        ("limit " + "9" * 9_000, 6, "limit は 500 まで"),
        ("offset 10001", 7, "offset は 10000 まで"),
    ],
)
def test_a_refusal_says_where_and_what_to_write(text: str, position: int, words: str) -> None:
    with pytest.raises(QueryError) as refusal:
        parse(text)
    assert words in str(refusal.value)
    assert refusal.value.position == position


def _many(count: int) -> str:
    return " or ".join(["a=1"] * count)


def _in(count: int) -> str:
    return f"a in ({','.join(['1'] * count)})"


@pytest.mark.parametrize(
    "text", ["(" * 50 + "a = 1" + ")" * 50, _many(500), _in(1_000), "　" * 10_000]
)
def test_up_to_the_limits_all_is_well(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    "text, words",
    [
        ("(" * 51 + "a = 1" + ")" * 51, "50段"),
        ("(" * 9_999, "50段"),
        ("(" * 100_000, "10000文字"),
        (_many(501), "500個"),
        (_in(1_001), "1000個"),
        (" " * 10_001, "10000文字"),
    ],
)
def test_beyond_the_limits_the_refusal_is_quick(text: str, words: str) -> None:
    start = time.perf_counter()
    with pytest.raises(QueryError, match=words):
        parse(text)
    assert time.perf_counter() - start < 1


SCRAPS = (
    'a 氏名 $id and or not in like is empty order by limit offset asc desc ( ) , = != < >= . " \\ '
    '"x" 5 -1.5 TODAY() TODAY( FROM_TODAY 　 ＝ \x00 DAYS'
)
TOKENS = st.sampled_from(SCRAPS.split(" "))


def _position(text: str) -> int | None:
    try:
        parse(text)
    except QueryError as refusal:
        return refusal.position
    return None


@settings(database=None, deadline=None, max_examples=300)
@given(st.text() | st.lists(TOKENS).map(" ".join) | st.lists(TOKENS).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert 0 <= (_position(text) or 0) <= len(text)
