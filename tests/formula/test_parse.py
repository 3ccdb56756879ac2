"""Expressions: which are read, which fields they name, which are refused and how."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsuzuri.errors import FormulaError
from tsuzuri.formula import parse


@pytest.mark.parametrize(
    "text, fields",
    [
        ("1", set()),
        ("a", {"a"}),
        ("単価 * 数量", {"単価", "数量"}),
        ('IF(AND(a > 1, 状態 = "済"), SUM(列), b & "x")', {"a", "状態", "列", "b"}),
        ("-a ^ -b", {"a", "b"}),
        ("SUM + IF", {"SUM", "IF"}),
        ("文字列＿1・2", {"文字列＿1・2"}),
        ("１回目 + ２回目", {"１回目", "２回目"}),
        ("　a\t+\n b ", {"a", "b"}),
    ],
)
def test_a_formula_knows_its_fields(text: str, fields: set[str]) -> None:
    assert parse(text).fields == fields
    assert parse(text).text == text


@pytest.mark.parametrize(
    "text, position, words",
    [
        ("", 0, "途中で終わっています"),
        ("1 +", 3, "途中で終わっています"),
        ("(1", 2, "閉じるかっこ"),
        ("SUM(1", 5, "閉じるかっこ"),
        ("1)", 1, "「)」が読めません"),
        ("金額 率", 3, "「率」が読めません。+ - *"),
        ("1 = 1 = 1", 6, "比較は1つの式に1回"),
        ("--1", 1, "フィールドコード、数"),
        ("* 1", 0, "フィールドコード、数"),
        ("1e5", 1, "「e5」が読めません"),
        ("5円", 1, "「円」が読めません"),
        ("$id", 0, "「$」が読めません"),
        ("a == 1", 3, "「=」が読めません"),
        ("'x'", 0, "「'」が読めません"),
        ('"x', 0, '終わりの「"」'),
        ('"x\ny"', 0, "改行は \\n"),
        ("a\x00", 1, "「U+0000」"),
        ("a\ud800", 1, "2文字目の文字が壊れて"),
        ("1 ＋ 2", 2, "「＋」は使えません。半角の「+」"),
        ("（1）", 0, "半角の「(」"),
        ("金額×2", 2, "半角の「*」"),
        ("“x”", 0, '半角の「"」'),
        ("１", 0, "半角の「1」"),
        ("VLOOKUP(a)", 0, "「VLOOKUP」という関数はありません"),
        ("1 + 合計(a)", 4, "「合計」という関数はありません"),
        ("SUM()", 0, "SUM のかっこの中は、1個以上"),
        ("IF(1)", 0, "IF のかっこの中は、コンマで区切って3個に"),
        ("ROUND(1, 2, 3)", 0, "2個まで"),
        ("YEN(1)", 0, "2個に"),
        ("NOT()", 0, "1個に"),
        ('DATE_FORMAT(a, "YYYY")', 0, "3個に"),
        ('DATE_FORMAT(a, "YYYY", "Asia/Tokio")', 0, "「Asia/Tokio」はありません"),
        ('DATE_FORMAT(a, "YYYY", "../etc")', 0, "「../etc」はありません"),
        ("1 + " + "9" * 31, 4, "30桁"),
    ],
)
def test_a_refusal_says_where_and_what_to_write(text: str, position: int, words: str) -> None:
    with pytest.raises(FormulaError) as refusal:
        parse(text)
    assert words in str(refusal.value)
    assert refusal.value.position == position


@pytest.mark.parametrize(
    "text, words",
    [
        ("(" * 51 + "1" + ")" * 51, "50段"),
        ("NOT(" * 2_000, "50段"),
        ("(" * 100_000, "10000文字"),
        ("1" * 10_000, "30桁"),
    ],
)
def test_beyond_the_limits_the_refusal_is_quick(text: str, words: str) -> None:
    start = time.perf_counter()
    with pytest.raises(FormulaError, match=words):
        parse(text)
    assert time.perf_counter() - start < 1


SCRAPS = 'a 氏名 + - * / ^ & = <> < >= ( ) , " "x" 5 2.5 SUM( IF( NOT DATE_FORMAT( ＋ 　 \x00 . $'
TOKENS = st.sampled_from(SCRAPS.split(" "))


def _position(text: str) -> int | None:
    try:
        parse(text)
    except FormulaError as refusal:
        return refusal.position
    return None


@settings(database=None, deadline=None, max_examples=300)
@given(st.text() | st.lists(TOKENS).map(" ".join) | st.lists(TOKENS).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert 0 <= (_position(text) or 0) <= len(text)
