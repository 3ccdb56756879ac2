"""Dates are read in every spelling an office uses, and written so that nobody must convert."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuri.japanese.calendar import (
    age,
    both_calendars,
    era_date,
    fiscal_year,
    parse_date,
    parse_datetime,
    parse_time,
    school_year,
)

DAYS = st.dates(min_value=date(1000, 1, 1))
DAYS_UP_TO_REIWA_99 = st.dates(min_value=date(1000, 1, 1), max_value=date(2117, 12, 31))
TO_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-21", "2026/11/21", "2026.11.21", "20261121", "2026年11月21日"),
        *("R8.11.21", "r8/11/21", "R08-11-21", "R081121", "R 8.11.21", "R8. 11. 21"),
        *("令和8年11月21日", "令8.11.21", "Reiwa 8.11.21", "㋿8年11月21日"),
        *("令和８年１１月２１日", "Ｒ８．１１．２１", "２０２６ー１１ー２１", "R8−11−21"),
        *("令和8年11月21日(土)", "令和８年１１月２１日（土）", "2026/11/21 (土曜日)"),
        *("  2026-11-21\n", "\u3000令和 8年 11月 21日\u3000"),
    ],
)
def test_one_day_is_read_in_every_spelling(text: str) -> None:
    assert parse_date(text) == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明治6年1月1日", date(1873, 1, 1)),
        ("明治45年7月30日", date(1912, 7, 30)),
        ("大正元年7月30日", date(1912, 7, 30)),
        ("大正15年12月25日", date(1926, 12, 25)),
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R元.5.1", date(2019, 5, 1)),
        ("㍻31.4.30", date(2019, 4, 30)),
        ("㍼64.1.7", date(1989, 1, 7)),
        ("㍽15.12.24", date(1926, 12, 24)),
        ("㍾45.7.29", date(1912, 7, 29)),
        ("H31.4.30", date(2019, 4, 30)),
        ("S64.1.7", date(1989, 1, 7)),
        ("T1.7.30", date(1912, 7, 30)),
        ("M45.7.29", date(1912, 7, 29)),
        ("1000-01-01", date(1000, 1, 1)),
        ("9999-12-31", date(9999, 12, 31)),
        ("R6.2.29", date(2024, 2, 29)),
    ],
)
def test_the_border_days_of_the_eras_are_read(text: str, day: date) -> None:
    assert parse_date(text) == day


def test_a_page_pasted_into_a_date_field_is_none() -> None:
    assert parse_datetime("令和" + ". " * 100_000 + "8.11.21 15:05") is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("平成31年5月1日", date(2019, 5, 1)),
        ("平成35年3月31日", date(2023, 3, 31)),
        ("S64.1.8", date(1989, 1, 8)),
    ],
)
def test_a_paper_printed_before_the_change_of_era_is_read(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        *("令和1年4月1日", "令和元年4月30日", "平成1年1月7日", "昭和1年12月24日", "R0.5.1"),
        *("明治5年12月2日", "大正1年7月29日"),
        *("2026-02-29", "R8.2.29", "2026-13-01", "2026-00-10", "0999-12-31", "10000-01-01"),
        *("", " ", "令和8年", "R8", "8.11.21", "26/11/21", "11/21", "X8.11.21", "2026-1121"),
        *("2026-11-21 15:05", "２０２６年１１月２１日頃", "ſ64.1.7", "٢٠٢٦-11-21"),
    ],
)
def test_what_is_not_a_day_is_none(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(1872, 12, 31), "1872年12月31日"),
        (date(1850, 1, 2), "1850年1月2日"),
        (date(1873, 1, 1), "明治6年1月1日"),
        (date(1912, 7, 29), "明治45年7月29日"),
        (date(1912, 7, 30), "大正元年7月30日"),
        (date(1926, 12, 24), "大正15年12月24日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2026, 11, 21), "令和8年11月21日"),
    ],
)
def test_a_day_is_written_in_the_era_that_began_last(day: date, text: str) -> None:
    assert era_date(day) == text


@given(DAYS_UP_TO_REIWA_99)
def test_every_written_day_is_read_back(day: date) -> None:
    assert parse_date(era_date(day)) == day
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day:%Y%m%d}".translate(TO_FULL_WIDTH)) == day


@given(st.text())
def test_no_text_breaks_a_reader(text: str) -> None:
    parse_date(text)
    parse_time(text)
    parse_datetime(text)


@pytest.mark.parametrize(
    ("day", "language", "text"),
    [
        (date(2026, 11, 21), "ja", "令和8年11月21日（土） 2026/11/21"),
        (date(2026, 1, 2), "ja", "令和8年1月2日（金） 2026/01/02"),
        (date(2026, 11, 21), "en", "21 Nov 2026 (Sat) · R8"),
        (date(2019, 5, 1), "en", "1 May 2019 (Wed) · R1"),
        (date(1850, 1, 2), "ja", "1850年1月2日（水）"),
        (date(1850, 1, 2), "en", "2 Jan 1850 (Wed)"),
    ],
)
def test_a_day_is_shown_in_both_calendars(day: date, language: str, text: str) -> None:
    assert both_calendars(day, language) == text


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("9:05", time(9, 5)),
        ("09:05:30", time(9, 5, 30)),
        ("９：０５", time(9, 5)),
        ("０９時５分", time(9, 5)),
        ("9時5分30秒", time(9, 5, 30)),
        ("15時", time(15)),
        ("9時半", time(9, 30)),
        ("1505", time(15, 5)),
        ("905", time(9, 5)),
        ("午後3時", time(15)),
        ("午後３時半", time(15, 30)),
        ("午後3:05", time(15, 5)),
        ("午前0時", time(0)),
        ("午後0時10分", time(12, 10)),
        ("3:05pm", time(15, 5)),
        ("3 PM", time(15)),
        ("12am", time(0)),
        ("12:30pm", time(12, 30)),
        ("23:59", time(23, 59)),
    ],
)
def test_a_time_is_read_in_every_spelling(text: str, clock: time) -> None:
    assert parse_time(text) == clock


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15",
        "24:00",
        "25時",
        "9:60",
        "9:5",
        "午後",
        "午後3",
        "午後15時",
        "13pm",
        "0pm",
        "9時60分",
    ],
)
def test_what_is_not_a_time_of_day_is_none(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize("text", ["午前12時", "午後12時", "午後12:30"])
def test_noon_and_midnight_are_never_guessed(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("R8.11.21 15:05", "2026-11-21T15:05", "2026-11-21t15:05:00", "20261121 1505"),
        *("令和8年11月21日 午後3時5分", "令和８年１１月２１日１５時５分", "R8.11.21\u300015:05"),
        *("令和8年11月21日（土）15:05", "2026/11/21 (土) 3:05 pm", "Reiwa 8.11.21 15:05"),
    ],
)
def test_a_date_and_a_time_are_read_together(text: str) -> None:
    assert parse_datetime(text) == datetime.fromisoformat("2026-11-21T15:05")


def test_the_t_of_taisho_is_not_taken_for_the_gap() -> None:
    assert parse_datetime("T8.11.21T10:00:07") == datetime.fromisoformat("1919-11-21T10:00:07")


@pytest.mark.parametrize(
    "text",
    ["2026-11-21", "15:05", "2026-11-21T15:05Z", "2026-11-21T15:05+09:00", "2026-11-2115:05"],
)
def test_half_a_moment_or_another_zone_is_none(text: str) -> None:
    assert parse_datetime(text) is None


@pytest.mark.parametrize(
    ("birth", "on", "years_and_months"),
    [
        (date(2020, 11, 21), date(2026, 11, 20), (5, 11)),
        (date(2020, 11, 21), date(2026, 11, 21), (6, 0)),
        (date(2020, 2, 29), date(2026, 2, 28), (5, 11)),
        (date(2020, 2, 29), date(2026, 3, 1), (6, 0)),
        (date(2020, 2, 29), date(2024, 2, 29), (4, 0)),
        (date(2026, 1, 31), date(2026, 2, 28), (0, 0)),
        (date(2026, 1, 31), date(2026, 3, 1), (0, 1)),
        (date(2026, 11, 21), date(2026, 11, 21), (0, 0)),
    ],
)
def test_a_year_of_age_is_full_on_the_birthday(
    birth: date, on: date, years_and_months: tuple[int, int]
) -> None:
    assert age(birth, on) == years_and_months


def test_nobody_has_an_age_before_birth() -> None:
    with pytest.raises(ValueError, match="on or after the birth"):
        age(date(2026, 11, 22), date(2026, 11, 21))


@pytest.mark.parametrize(
    ("birth", "grade"),
    [
        (date(2008, 4, 1), None),
        (date(2008, 4, 2), "高3"),
        (date(2011, 4, 1), "高1"),
        (date(2011, 4, 2), "中3"),
        (date(2014, 4, 1), "中1"),
        (date(2014, 4, 2), "小6"),
        (date(2018, 4, 1), "小3"),
        (date(2018, 4, 2), "小2"),
        (date(2020, 2, 29), "小1"),
        (date(2020, 4, 1), "小1"),
        (date(2020, 4, 2), "年長"),
        (date(2021, 4, 2), "年中"),
        (date(2022, 4, 2), "年少"),
        (date(2023, 4, 2), "2歳児"),
        (date(2024, 4, 2), "1歳児"),
        (date(2025, 4, 2), "0歳児"),
        (date(2026, 4, 2), "0歳児"),
        (date(2026, 11, 22), None),
    ],
)
def test_a_class_is_born_from_2_april_to_1_april(birth: date, grade: str | None) -> None:
    assert school_year(birth, on=date(2026, 11, 21)) == grade


def test_everybody_moves_up_on_1_april() -> None:
    birth = date(2018, 4, 2)
    assert school_year(birth, on=date(2027, 3, 31)) == "小2"
    assert school_year(birth, on=date(2027, 4, 1)) == "小3"


@given(DAYS, DAYS)
def test_a_grade_exists_for_every_child_and_no_adult(birth: date, on: date) -> None:
    grade = school_year(birth, on)
    if on < birth:
        assert grade is None
    elif age(birth, on)[0] < 18:
        assert grade is not None
    elif age(birth, on)[0] > 18:
        assert grade is None


def test_a_fiscal_year_begins_on_1_april() -> None:
    assert fiscal_year(date(2026, 3, 31)) == 2025
    assert fiscal_year(date(2026, 4, 1)) == 2026
