"""Numbers, codes and kana arrive in any width and are stored in one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuri.japanese.width import (
    is_kana,
    katakana,
    narrow,
    parse_number,
    phone,
    postal_code,
)

TO_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ＡＢＣ－１２３", "ABC-123"),
        ("０７５ー１２３ー４５６７", "075-123-4567"),
        ("1−2–3—4‐5", "1-2-3-4-5"),
        ("Ａ\u3000１", "A 1"),
        ("カード１", "カード1"),
        ("5²", "5²"),
        ("①", "①"),
        ("神\ufa19髙", "神\ufa19髙"),
    ],
)
def test_only_letters_digits_and_their_dashes_are_narrowed(text: str, code: str) -> None:
    assert narrow(text) == code


@given(st.text())
def test_narrowing_twice_changes_nothing(text: str) -> None:
    assert narrow(narrow(text)) == narrow(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("１２３", 123),
        ("1,234", 1234),
        ("１，２３４，５６７", 1234567),
        ("－５", -5),
        ("−5", -5),
        ("▲300", -300),
        ("△１．５", -1.5),
        ("+7", 7),
        ("007", 7),
        ("0", 0),
        (".5", 0.5),
        ("３．１４", 3.14),
        (" 42 ", 42),
        ("123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_a_number_is_read_as_typed_or_as_in_accounts(text: str, number: float) -> None:
    read = parse_number(text)
    assert read == number
    assert type(read) is type(number)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", "▲", ".", "nan", "inf", "1e5", "0x1F", "1_000", "--5", "5-", "5²"),
        *("1,23", "12,34", "1,2345", ",123", "1.2.3", "5.", "３人", "１／２", "½", "①", "٣"),
        *("0.12345678901234567890", "9" * 101, "1" * 5000),
    ],
)
def test_what_is_not_exactly_a_number_is_none(text: str) -> None:
    assert parse_number(text) is None


@given(st.integers(min_value=-(10**60), max_value=10**60))
def test_every_integer_survives_grouping_and_full_width(number: int) -> None:
    assert parse_number(f"{number:,}".translate(TO_FULL_WIDTH)) == number


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_every_office_decimal_survives(number: object) -> None:
    assert parse_number(f"{number:f}") == float(f"{number:f}")


@given(st.text())
def test_no_text_breaks_a_reader(text: str) -> None:
    parse_number(text)
    phone(text)
    postal_code(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("０７５－１２３－４５６７", "075-123-4567"),
        ("075ー123ー4567", "075-123-4567"),
        ("0751234567", "0751234567"),
        ("090-1234-5678", "090-1234-5678"),
        ("(075)123-4567", "075-123-4567"),
        ("０７５（１２３）４５６７", "075-123-4567"),
        ("075 123 4567", "075-123-4567"),
        ("+81-75-123-4567", "+81-75-123-4567"),
        ("+819012345678", "+819012345678"),
        ("+63 917 123 4567", "+63-917-123-4567"),
        ("110", "110"),
        ("１１９", "119"),
        ("189", "189"),
        ("＃８０００", "#8000"),
    ],
)
def test_a_telephone_number_keeps_the_hyphens_it_was_given(text: str, number: str) -> None:
    assert phone(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "なし", "123-4567", "075-123", "0012345678", "090-1234-56789", "+81-075-123-4567", "289"],
)
def test_what_nobody_could_dial_is_none(text: str) -> None:
    assert phone(text) is None


@pytest.mark.parametrize(
    "text", ["6012345", "６０１２３４５", "〒601-2345", "〒 ６０１－２３４５", "601ー2345"]
)
def test_a_postal_code_gets_its_hyphen(text: str) -> None:
    assert postal_code(text) == "601-2345"


@pytest.mark.parametrize("text", ["", "601", "60-12345", "601-23456", "京都府"])
def test_what_is_not_a_postal_code_is_none(text: str) -> None:
    assert postal_code(text) is None


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("たかはし　はなこ", "タカハシ　ハナコ"),
        ("ﾀｶﾊｼ ﾊﾅｺ", "タカハシ ハナコ"),
        ("ｶﾞｷﾞﾊﾟｳﾞ", "ガギパヴ"),
        ("か\u3099", "ガ"),
        ("カﾞ", "ガ"),
        ("らーめん・ｶｰﾄﾞ･ゝゞ", "ラーメン・カード・ヽヾ"),
        ("髙橋 Ａ1", "髙橋 Ａ1"),
    ],
)
def test_every_kana_becomes_full_width_katakana(text: str, reading: str) -> None:
    assert katakana(text) == reading


@pytest.mark.parametrize("text", ["タカハシ　ハナコ", "たかはし", "ﾀｶﾊｼ ｶﾞ", "マリー・アンヌ"])
def test_a_reading_is_kana(text: str) -> None:
    assert is_kana(text)


@pytest.mark.parametrize("text", ["", "　", "高橋", "タカハシ1", "taka", "タカハシ、"])
def test_anything_else_is_not_a_reading(text: str) -> None:
    assert not is_kana(text)
