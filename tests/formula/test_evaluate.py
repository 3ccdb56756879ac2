"""What formulas come to: kintone's semantics, in a table."""

from __future__ import annotations

import sys
import time
from decimal import ROUND_DOWN, ROUND_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsuzuri.errors import FormulaError
from tsuzuri.formula import Result, Settings, Value, parse

RECORD: dict[str, Value] = {
    "金額": Decimal(1000),
    "率": Decimal("0.10"),
    "空": None,
    "姓": "山田",
    "名": "花子",
    "列": (Decimal(1), None, Decimal("2.5")),
    "文字列": ("a", None),
    "選択": ("A", "B"),
    "日時": Decimal(1_719_759_600),  # 2024-07-01 00:00 in Japan
    "日付": Decimal(1_709_164_800),  # 2024-02-29, as midnight UTC
    "時刻": Decimal(34_200),  # 09:30
    "大": Decimal("9e29"),
    "巨大": Decimal("1e999999"),
    "非数": Decimal("nan"),
    "警告": Decimal("snan"),
    "無限": Decimal("-inf"),
    "長": "あ" * 60_000,
}


def _result(text: str) -> Result:
    return parse(text).evaluate(RECORD.__getitem__)


@pytest.mark.parametrize(
    "text, expected",
    [
        # Ranks and direction of operators.
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 2 - 3", 5),
        ("100 / 10 / 5", 2),
        ("2 ^ 3 ^ 2", 64),
        ("2 * 3 ^ 2", 18),
        ("-2 ^ 2", -4),
        ("2 ^ -1", "0.5"),
        ("3 - -2", 5),
        ("+金額", 1000),
        # Numbers are exact, empty is 0, and a quotient has four places, rounded to even.
        ("0.1 + 0.2", "0.3"),
        ("金額 * (1 + 率)", 1100),
        ("空 + 1", 1),
        ("空 * 金額", 0),
        ("10 / 3", "3.3333"),
        ("2 / 3", "0.6667"),
        ("1 / 32", "0.0312"),
        ("3 / 32", "0.0938"),
        ("0.00005 / 1", 0),
        ("100000000000000000000000000000 / 3", "33333333333333333333333333333.3"),
        ("2 ^ 0.5", "1.41421356237309504880168872421"),
        ("金額", 1000),
        ("-空", 0),
        ("日時 + 60 * 60", 1_719_763_200),
        # Functions on numbers.
        ("SUM(列)", "3.5"),
        ("SUM(列, 1, 空, 金額)", "1004.5"),
        ("SUM(空)", 0),
        ("sum(1, 2)", 3),
        ("ROUND(2.5)", 3),
        ("ROUND(-2.5)", -3),
        ("ROUND(1.005, 2)", "1.01"),
        ("ROUND(1254, -2)", 1300),
        ("ROUND(0.4, -2)", 0),
        ("ROUND(1, 30)", 1),
        ("ROUNDUP(1.01, 1)", "1.1"),
        ("ROUNDUP(-1.1)", -2),
        ("ROUNDDOWN(1.99)", 1),
        ("ROUNDDOWN(-1.99, 1)", "-1.9"),
        ("ROUND(空)", 0),
        ('IF(姓 = "山田", 1, 2)', 1),
        ("IF(空 = 0, 金額, 1 / 0)", 1000),
    ],
)
def test_numbers(text: str, expected: int | str) -> None:
    result = _result(text)
    assert result == Decimal(expected)
    assert format(result, "f") == str(expected)


@pytest.mark.parametrize(
    "text, expected",
    [
        ('姓 & " " & 名', "山田 花子"),
        ('空 & "様"', "様"),
        ('金額 & "円"', "1000円"),
        ('1.50 & ""', "1.5"),
        ('1000 * 1000 & ""', "1000000"),
        ('"1" & 2 + 3', "15"),
        (r'"\"\\\t\n"', '"\\\t\n'),
        ("姓", "山田"),
        ('IF(金額 >= 1000, "大", "小")', "大"),
        ('IF(空, "有", "無")', "無"),
        ("YEN(1234567, 0)", "¥1,234,567"),
        ("YEN(1234.565, 2)", "¥1,234.57"),
        ("YEN(1234.5, 2)", "¥1,234.50"),
        ("YEN(1254, -2)", "¥1,300"),
        ("YEN(-1234, 0)", "-¥1,234"),
        ("YEN(-0.4, 0)", "¥0"),
        ("YEN(空, 0)", "¥0"),
        ('DATE_FORMAT(日時, "YYYY/MM/dd HH:mm:ss", "Asia/Tokyo")', "2024/07/01 00:00:00"),
        ('DATE_FORMAT(日時, "YYYY/MM/dd", "Etc/GMT")', "2024/06/30"),
        ('DATE_FORMAT(日時, "M月d日(E)", "system")', "7月1日(月)"),
        ('DATE_FORMAT(日付 + 24 * 60 * 60, "YYYY年M月d日", "Etc/GMT")', "2024年3月1日"),
        ('DATE_FORMAT(時刻, "H:m", "UTC")', "9:30"),
        ('DATE_FORMAT(時刻 + 12 * 3600, "ah時 hh s", "UTC")', "午後9時 09 0"),
        ('DATE_FORMAT(0, "a h", "UTC")', "午前 12"),
        ('DATE_FORMAT(-30610224000, "YYYY-MM-dd", "UTC")', "1000-01-01"),
        ('DATE_FORMAT(253402300799, "YYYY-MM-dd", "UTC")', "9999-12-31"),
        ('DATE_FORMAT(1.9, "ss", "UTC") & DATE_FORMAT(-0.5, "ss", "UTC")', "0159"),
        ('"提出" & DATE_FORMAT(空, "YYYY", "UTC")', "提出"),
    ],
)
def test_texts(text: str, expected: str) -> None:
    assert _result(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("1 = 1.0", True),
        ("1 <> 1", False),
        ("1 != 2", True),
        ("1 < 2", True),
        ("2 <= 1", False),
        ("空 >= 0", True),
        ("空 > 0", False),
        ("空 = 0", True),
        ('空 = ""', True),
        ('"" = 空', True),
        ("空 = 空", True),
        ("空 <> 空", False),
        ('姓 <> "田中"', True),
        ("(1 = 1) = (2 = 2)", True),
        ("(1 = 2) = 空", True),
        ("AND(1 = 1, 2 = 2)", True),
        ("AND(1 = 2, 1 / 0 = 1)", False),
        ("OR(1 = 1, 1 / 0 = 1)", True),
        ("OR(1 = 2, 空)", False),
        ("NOT(1 = 2)", True),
        ('CONTAINS(選択, "B")', True),
        ('CONTAINS(選択, "C")', False),
        ('CONTAINS(空, "A")', False),
        ("CONTAINS(列, 2.5)", True),
        ('CONTAINS(文字列, "")', True),
    ],
)
def test_truth_values(text: str, expected: bool) -> None:
    assert _result(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0",
        "1 / 空",
        "0 ^ 0",
        "0 ^ -1",
        "-(2 ^ 0.5) ^ 0.5 * (0 - 1) ^ 0.5",
        "大 + 大",
        "9 ^ 9 ^ 9",
        "大 ^ 大",
        "巨大",
        '巨大 & ""',
        "SUM(列, 巨大)",
        "非数",
        "警告 = 1",
        "無限 < 1",
        "姓 + 1",
        "SUM(姓)",
        "SUM(文字列)",
        "姓 = 1",
        '姓 < "ん"',
        "(1 = 1) + 1",
        '(1 = 1) & ""',
        "IF(1, 2, 3)",
        "NOT(姓)",
        "AND(1 = 1, 1)",
        "列",
        "列 + 1",
        "選択 = 選択",
        '選択 & ""',
        'CONTAINS(姓, "山")',
        'CONTAINS(列, "a")',
        "ROUND(1, 0.5)",
        "ROUND(1, 31)",
        "ROUND(1, 大)",
        "YEN(姓, 0)",
        "空",
        'DATE_FORMAT(空, "YYYY", "UTC")',
        'DATE_FORMAT(253402300800, "YYYY", "UTC")',
        'DATE_FORMAT(253402300799, "YYYY", "Asia/Tokyo")',
        'DATE_FORMAT(大, "YYYY", "UTC")',
        'DATE_FORMAT(1, "YYYY", 姓)',
        'DATE_FORMAT(1, "YYYY", "." & ".")',
        'DATE_FORMAT(1, "YYYY", "Asia" & "")',
        'DATE_FORMAT(姓, "YYYY", "UTC")',
        "長 & 長",
    ],
)
def test_what_makes_no_sense_is_empty(text: str) -> None:
    assert _result(text) is None


def test_the_app_decides_places_and_rounding_of_a_quotient_and_the_zone() -> None:
    down = Settings(decimals=1, rounding=ROUND_DOWN, zone="America/New_York")
    up = Settings(decimals=0, rounding=ROUND_UP)
    assert parse("2 / 3").evaluate(RECORD.get, settings=down) == Decimal("0.6")
    assert parse("1 / 3").evaluate(RECORD.get, settings=up) == 1
    zoned = parse('DATE_FORMAT(日時, "MM/dd HH", "system")')
    assert zoned.evaluate(RECORD.get, settings=down) == "06/30 11"


# Each of these opens 50 parentheses with as many operators between them as the grammar has.
DEEP = [
    "1=1&1+1*-1^(" * 50 + "1" + ")" * 50,
    "IF(1=1&1+1*-1^" * 49 + "(1)" + ",1,1)" * 49,
    "SUM(1+1*-1^" * 50 + "1" + ")" * 50,
    "ROUND(SUM(" * 25 + "1" + "))" * 25,
]


@pytest.mark.parametrize("text", [*DEEP, "+".join(["1"] * 5_000), "&".join(["長"] * 5_000)])
def test_the_longest_and_deepest_are_evaluated_within_bounds(text: str) -> None:
    formula = parse(text)
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(800)
    try:
        formula.evaluate(RECORD.__getitem__)
    finally:
        sys.setrecursionlimit(usual)


@pytest.mark.parametrize(
    "text",
    [
        "9^9^9^9",
        "1.0000000000000000001^99999999999999999999999999999",
        "0.1^大^大",
        "長^長",
        "1.5^0.5^大",
    ],
)
def test_no_power_hangs(text: str) -> None:
    start = time.perf_counter()
    _result(text)
    assert time.perf_counter() - start < 1


LEAVES = st.sampled_from([*RECORD, "0", "1", "2.5", "30", '""', '"x"', '"UTC"', '"YYYY"'])
FUNCTIONS = st.sampled_from(
    [
        "SUM",
        "IF",
        "AND",
        "OR",
        "NOT",
        "ROUND",
        "ROUNDUP",
        "ROUNDDOWN",
        "YEN",
        "DATE_FORMAT",
        "CONTAINS",
    ]
)


def _larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "^", "&", "=", "<>", "<", ">="])
    calls = st.tuples(FUNCTIONS, st.lists(parts, max_size=4).map(",".join)).map(
        "{0[0]}({0[1]})".format
    )
    return calls | st.tuples(parts, operators, parts).map("({0[0]}{0[1]}{0[2]})".format)


@settings(database=None, deadline=None, max_examples=500)
@given(st.recursive(LEAVES, _larger, max_leaves=10))
def test_evaluation_never_raises(text: str) -> None:
    try:
        formula = parse(text)
    except FormulaError:
        return
    result = formula.evaluate(RECORD.__getitem__)
    assert result is None or isinstance(result, (bool, str, Decimal))
    if isinstance(result, Decimal):
        assert result.is_finite()
        assert len(format(result, "f")) < 100


NUMBERS = st.decimals(allow_nan=True, allow_infinity=True)
SCALARS = st.none() | st.booleans() | st.text() | NUMBERS
VALUES = SCALARS | st.lists(SCALARS, max_size=3).map(tuple)


@settings(database=None, deadline=None, max_examples=500)
@given(
    st.recursive(st.sampled_from(["a", "b", "c"]), _larger, max_leaves=6), VALUES, VALUES, VALUES
)
def test_no_value_makes_it_raise(text: str, a: Value, b: Value, c: Value) -> None:
    try:
        formula = parse(text)
    except FormulaError:
        return
    formula.evaluate({"a": a, "b": b, "c": c}.__getitem__)
