"""What single kinds promise beyond the contract."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tsuzuri.definitions.build import build
from tsuzuri.fields.base import Field, Scene
from tsuzuri.fields.choices import matched
from tsuzuri.fields.links import anchor
from tsuzuri.fields.moments import DAY, STAMP, seconds, stamp, utc
from tsuzuri.fields.numeric import plain, read
from tsuzuri.fields.rich_text import clean
from tsuzuri.fields.traits import Computed, Derived, Files, People, Pointed, System

JA = Scene()
EN = Scene(language="en")


def field(kind: str, **options: Any) -> Field:
    given_ = {"kind": kind, "title": "欄", **options}
    record = {"type": "object", "properties": {"f": given_}}
    return build({"app": "a", "name": "a", "record": record}).field("f")


def shown(one: Field, wire: Any, scene: Scene = JA) -> str:
    return str(one.kind.show(one, wire, scene))


@given(st.dates(min_value=date(1000, 1, 1)))
def test_the_pattern_of_days_knows_the_calendar(day: date) -> None:
    judge = Draft202012Validator(dict(DAY))
    assert judge.is_valid(day.isoformat())
    if (day + timedelta(days=1)).month != day.month if day < date.max else True:
        assert not judge.is_valid(f"{day:%Y-%m}-{day.day + 1:02}")


@given(st.datetimes(min_value=datetime(1000, 1, 2), timezones=st.timezones()))  # noqa: DTZ001  hypothesis adds the zone
def test_any_instant_becomes_utc_in_whole_seconds(moment: datetime) -> None:
    try:
        expected = stamp(moment)
    except OverflowError:
        return
    if moment.utcoffset() == timedelta(0) or not str(moment.utcoffset()).endswith(":00"):
        return
    assert utc(moment.isoformat()) == expected
    assert Draft202012Validator(dict(STAMP)).is_valid(expected)
    assert seconds(expected) == int(moment.replace(microsecond=0).timestamp())


@pytest.mark.parametrize(
    "wire, expected",
    [
        ("00:00", 0),
        ("15:05", 54_300),
        ("1970-01-02", 86_400),
        ("1969-12-31", -86_400),
        ("1970-01-01T00:01:00Z", 60),
    ],
)
def test_formulas_count_moments_in_seconds(wire: str, expected: int) -> None:
    assert seconds(wire) == expected


def test_a_moment_reads_in_both_calendars_and_on_the_readers_clock() -> None:
    moment = field("datetime")
    assert shown(moment, "2026-11-21T06:05:00Z") == "令和8年11月21日（土） 2026/11/21 15:05"
    assert shown(moment, "2026-11-21T06:05:09Z", EN) == "21 Nov 2026 (Sat) · R8 15:05:09"
    assert moment.kind.cell(moment, "2026-11-21T06:05:00Z", JA) == "2026-11-21 15:05"
    assert moment.kind.cell(moment, "2026-11-21T06:05:09Z", JA) == "2026-11-21 15:05:09"


def test_an_hour_that_comes_twice_is_told_apart_in_a_cell() -> None:
    moment = field("datetime")
    scene = Scene(zone=ZoneInfo("America/New_York"))
    for wire in ("2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"):
        cell = moment.kind.cell(moment, wire, scene)
        assert moment.kind.parse(moment, cell, scene) == wire


def test_an_instant_with_an_offset_is_tidied_and_a_vague_one_is_not() -> None:
    moment = field("datetime")
    assert moment.kind.normal(moment, "2026-11-21T15:05:00.75+09:00") == "2026-11-21T06:05:00Z"
    for vague in ("2026-11-21T15:05:00", "2026-11-21", "9999-12-31T23:00:00-09:00"):
        assert moment.kind.normal(moment, vague) == vague


def test_numbers_show_as_the_author_wants() -> None:
    yen = field("number", unit="¥", unitPosition="before", digits=True, decimals=0)
    assert shown(yen, 1234567.5) == "¥1,234,568"
    heads = field("number", unit={"ja": "人", "en": " people"})
    assert (shown(heads, 1234), shown(heads, 1234, EN)) == ("1234人", "1234 people")
    assert shown(field("number", decimals=2), 1.005) == "1.01"


def test_a_number_that_could_not_be_kept_is_not_read() -> None:
    assert read("9007199254740993") is None
    assert read("1e999") is None
    assert read("1e-400") is None
    assert json.dumps(plain(3.0)) == "3"
    assert json.dumps(plain(2**53 + 2)) == "9007199254740994.0"


@pytest.mark.parametrize(
    "form, wire, ja, en",
    [
        ("NUMBER", 1234.5, "1234.5", "1234.5"),
        ("NUMBER_DIGIT", 1234.5, "1,234.5", "1,234.5"),
        ("DATE", 86_400, "昭和45年1月2日（金） 1970/01/02", "2 Jan 1970 (Fri) · S45"),
        ("DATETIME", 60, "昭和45年1月1日（木） 1970/01/01 09:01", "1 Jan 1970 (Thu) · S45 09:01"),
        ("TIME", 54_300, "15:05", "15:05"),
        ("HOUR_MINUTE", 90_060, "25時間1分", "25h 1m"),
        ("DAY_HOUR_MINUTE", -90_060, "-1日1時間1分", "-1d 1h 1m"),
    ],
)
def test_a_result_shows_in_kintones_forms(form: str, wire: float, ja: str, en: str) -> None:
    one = field("calculated", expression="a", result=form)
    assert (shown(one, wire), shown(one, wire, EN)) == (ja, en)


def test_a_formula_finishes_as_wire() -> None:
    trait = field("calculated", expression="a / b").trait
    assert isinstance(trait, Computed)
    assert trait.formula.fields == {"a", "b"}
    results = [Decimal(3), Decimal("0.5"), True, "12", None]
    assert [trait.finish(result) for result in results] == [3, 0.5, 1, None, None]
    text = field("calculated_text", expression="a").trait
    assert isinstance(text, Computed)
    results = [Decimal("1.50"), "綴", "", False, None]
    assert [text.finish(result) for result in results] == ["1.50", "綴", None, "0", None]


def test_an_option_is_found_in_any_width_but_never_guessed() -> None:
    assert matched(["Ａ", "A"], "A") == "A"
    assert matched(["ア", "あ"], "ｱ") == "ｱ"
    assert matched(["その他(記入)"], " その他（記入） ") == "その他(記入)"


@given(st.text(alphabet="<>/ atbrdhliu=\"'ps3&;:x\n", max_size=60))
def test_cleaning_twice_changes_nothing(html: str) -> None:
    assert clean(clean(html)) == clean(html)


@pytest.mark.parametrize(
    "html",
    [
        "<a href=a><table><a href=b>",
        "<svg><style><img src=x onerror=x()>",
        "<math><mtext><table><mglyph><style><img src onerror=x()>",
        "<a href='jAvaScript:x()'>a</a>",
        "<a href='https://a.example' style='x' onclick='x()' target=_blank>a</a>",
        "<a href='data:text/html,x'>a",
        "<p class=x id=y style=z>a",
        "<template><p>a</template>",
    ],
)
def test_markup_that_acts_is_gone(html: str) -> None:
    cleaned = clean(html)
    assert clean(cleaned) == cleaned
    for word in ("on", "style", "class", "javascript", "data:", "target", "img", "svg"):
        assert f" {word}" not in cleaned.lower()
        assert f"<{word}" not in cleaned.lower()
        assert f'"{word}' not in cleaned.lower()


@pytest.mark.parametrize(
    "protocol, text, href",
    [
        ("web", "https://a.example/?a=1&b", "https://a.example/?a=1&amp;b"),
        ("mail", "a+b@example.jp", "mailto:a+b@example.jp"),
        ("mail", "a@example.jp?bcc=b@example.jp", None),
        ("call", "075-123-4567", "tel:0751234567"),
        ("call", "#8000", "tel:%238000"),
        ("web", "javascript:x()", None),
        ("mail", "javascript:x()", None),
        ("call", "javascript:x()", None),
    ],
)
def test_only_safe_addresses_become_links(protocol: str, text: str, href: str | None) -> None:
    link = anchor(protocol, text)
    assert (f'href="{href}"' in link) if href else ("<" not in link)


def test_an_age_is_told_on_the_day_it_is_read() -> None:
    trait = field("age", of="birthday", form="both").trait
    assert isinstance(trait, Derived)
    assert trait.of == "birthday"
    day = date(2026, 11, 21)
    assert trait.tell("2018-08-01", day, "ja") == "8歳3か月 (小2)"
    assert trait.tell("2018-08-01", day, "en") == "8 y 3 m (Elementary 2)"
    assert trait.tell("1980-01-01", day, "ja") == "46歳10か月"
    for nothing in (None, "2027-01-01", "不明", 5):
        assert trait.tell(nothing, day, "ja") == ""


def test_addresses_are_read_from_one_column_without_guessing() -> None:
    address = field("address")
    whole = {"prefecture": "京都府", "city": "宇治市", "street": "36", "code": "262048"}
    cell = address.kind.cell(address, whole, JA)
    assert cell == "京都府　宇治市　　36　　262048"
    assert shown(address, {**whole, "building": "綴荘 2"}) == "京都府宇治市36 綴荘 2"
    assert address.kind.parse(address, "どこか遠く", JA) == "どこか遠く"


def test_a_log_shows_and_reads_speakers() -> None:
    log = field("timed_log")
    wire = [{"at": "15:05", "text": "<b>", "speaker": "母"}, {"at": "15:06", "text": "【急】電話"}]
    assert log.kind.cell(log, wire, JA) == "15:05 【母】<b>\n15:06 【】【急】電話"
    assert "<b>母</b> &lt;b&gt;" in shown(log, wire)


def test_a_table_shows_its_columns_as_they_would_show_alone() -> None:
    columns = {
        "born": {"kind": "date", "title": "生年月日", "titles": {"en": "Born"}},
        "tel": {"kind": "phone", "title": "電話<"},
    }
    table = field("table", items={"properties": columns})
    html = shown(table, [{"id": "1", "born": "2026-11-21"}, {"tel": "189"}], EN)
    assert '<th scope="col">Born</th><th scope="col">電話&lt;</th>' in html
    assert "<td>21 Nov 2026 (Sat) · R8</td><td></td>" in html
    assert '<a href="tel:189"' in html


def test_names_of_people_come_from_the_directory() -> None:
    scene = Scene(name=lambda entity, code: {"user": "髙橋", "agency": "福祉課"}[entity] + code)
    assert shown(field("users"), ["1", "2"], scene) == "髙橋1、髙橋2"
    assert shown(field("creator_agency"), "3", scene) == "福祉課3"
    assert field("agencies").trait == People("agency")
    assert field("assignee").trait == People("user", turn=True)


def test_system_fields_name_their_column() -> None:
    columns = {
        "record_number": "id",
        "creator": "created_by",
        "creator_agency": "created_agency",
        "created": "created_at",
        "updater": "updated_by",
        "updated": "updated_at",
    }
    for kind, column in columns.items():
        assert field(kind).trait == System(column)


def test_other_traits() -> None:
    assert field("photo", limit=5).trait == Files(images=True, limit=5)
    assert field("reference", reference={"app": "case-record"}).trait == Pointed("case-record")


def test_a_guide_speaks_the_readers_language() -> None:
    label = field("label", text={"ja": "記入の前に", "en": "Before you write"})
    assert (shown(label, None), shown(label, None, EN)) == ("記入の前に", "Before you write")
    assert shown(field("label"), None) == "欄"


def test_the_clock_of_a_scene_decides_the_day() -> None:
    late = Scene(now=datetime(2026, 11, 21, 15, 30, tzinfo=UTC))
    assert late.today == date(2026, 11, 22)
