"""CSV as text: shielding and its inverse, names of columns, CP932, what is read and refused."""

from __future__ import annotations

import csv as standard
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsuzuri.definitions.build import build, complete_field
from tsuzuri.definitions.model import App
from tsuzuri.fields import KINDS
from tsuzuri.fields.base import Field, FieldKind, Sample, Scene, Slot
from tsuzuri.wire import csv
from tsuzuri.wire.csv_reading import (
    HeaderReader,
    Refused,
    Unreadable,
    cell_reader,
    encoding_of,
    rows,
)
from tsuzuri.wire.record import Value

INJECTIONS = (
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+81-75-123-4567",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1＋1",
    "＠x",
    "'=1",
    "''=1",
    "-",
)
HARMLESS = ("-3", "-3.5", "-1e+20", "O'Brien", "'quoted'", "a=b", "3", "", "09012345678")
TEXTS = st.text(alphabet=st.sampled_from("'=+-@\t\r\n＝09.eE,\"\\n あ"), max_size=8)


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_cell_runs_as_a_formula(text: str) -> None:
    assert csv.shield(text) == f"'{text}"
    assert csv.unshield(csv.shield(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_what_runs_nothing_stays_as_it_is(text: str) -> None:
    assert csv.shield(text) == text
    assert csv.unshield(text) == text


@given(TEXTS)
def test_shielding_and_escaping_come_back(text: str) -> None:
    shielded = csv.shield(text)
    assert csv.unshield(shielded) == text
    assert csv.unescape(csv.escape(text)) == text
    assert "\n" not in csv.escape(text)
    assert "\r" not in csv.escape(text)
    if shielded and shielded[0] in "=+@\t\r\n＝＋－＠":
        pytest.fail(f"{text!r} would run")


def app_of(properties: dict[str, dict[str, Any]]) -> App:
    return build({"app": "x", "name": "x", "record": {"properties": properties}})


def text(title: str, english: str = "") -> dict[str, Any]:
    return {"kind": "text", "title": title, **({"titles": {"en": english}} if english else {})}


def test_columns_are_called_by_titles_that_mean_one_field() -> None:
    names = csv.Names(
        app_of(
            {
                "a": text("氏名", "Name"),
                "b": text("内容"),
                "c": text("内容"),
                "氏": text("a"),
                "n": text("レコード番号"),
            }
        )
    )
    assert names.label("a", "ja") == "氏名"
    assert names.label("a", "en") == "Name"
    assert names.label("b", "ja") == "内容 [b]"
    assert names.label("氏", "ja") == "a [氏]"
    assert names.label("$id", "ja") == "レコード番号 [$id]"
    assert names.label("$revision", "en") == "Revision"
    for name, code in (
        ("氏名", "a"),
        ("Name", "a"),
        (" a ", "a"),
        ("内容 [c]", "c"),
        ("版", "$revision"),
    ):
        assert names.code(name) == code
    assert names.code("内容 [a]") is None
    assert names.code("住所") is None
    with pytest.raises(csv.Ambiguous):
        names.code("内容")


@given(
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["a", "b", "氏名", "a [b]", "x [a]"]))
)
def test_every_label_is_understood(titles: dict[str, str]) -> None:
    names = csv.Names(app_of({code: text(title) for code, title in titles.items()}))
    for code in (*titles, "$id", "$revision"):
        for language in ("ja", "en"):
            assert names.code(names.label(code, language)) == code


@pytest.mark.parametrize(
    "character, becomes",
    [
        ("𠮷", "〓"),
        ("\U000e0100", "〓"),
        ("㋿", "〓"),
        ("—", "〓"),
        ("é", "〓"),
        ("😀", "〓"),
        ("〜", "～"),
        ("−", "－"),
        ("‖", "∥"),
    ],
)
def test_what_cp932_changes_is_told(character: str, becomes: str) -> None:
    assert csv.changed_in_cp932(f"あ{character}い{character}") == [(character, becomes)]
    with pytest.raises(UnicodeEncodeError):
        csv.to_cp932(character, replace=False)
    assert csv.to_cp932(character, replace=True).decode("cp932") == becomes


def test_what_cp932_holds_is_kept() -> None:
    held = "髙橋﨑①㈱～－―∥ﾊﾝｶｸソ表\\"
    assert csv.changed_in_cp932(held) == []
    assert csv.to_cp932(held, replace=False).decode("cp932") == held


@given(st.text(max_size=5))
def test_cp932_never_changes_anything_unseen(given: str) -> None:
    if not csv.changed_in_cp932(given):
        assert csv.to_cp932(given, replace=False).decode("cp932") == given


def field_of(kind: FieldKind, sample: Sample) -> tuple[Field, Value]:
    schema = complete_field(
        json.loads(json.dumps({"kind": kind.name, "title": "f", **sample.options}))
    )
    app = app_of({"f": schema})
    return app.fields[0], Value(app.fields[0], schema)


EACH = [
    pytest.param(kind, sample, id=f"{kind.name}-{number}")
    for kind in KINDS.values()
    for number, sample in enumerate(kind.samples)
    if kind.slot is not Slot.NONE
]


@pytest.mark.parametrize("machine", [False, True], ids=["sheet", "machine"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
@pytest.mark.parametrize("kind, sample", EACH)
def test_every_kind_comes_back(
    kind: FieldKind, sample: Sample, encoding: str, machine: bool
) -> None:
    field, judge = field_of(kind, sample)
    scene = Scene()
    column = csv.column(field, "f", scene, machine=machine)
    wires = [
        wire
        for wire in sample.accepted
        if encoding == "utf-8" or not csv.changed_in_cp932(csv.cells([column], [wire], None)[0])
    ]
    # A second column keeps a row apart from an empty line.
    other = csv.Column("x", str)
    written = "".join(csv.written([column, other], [[wire, "1"] for wire in wires], None))
    data = csv.to_cp932(written, replace=False) if encoding == "cp932" else written.encode()
    if machine:
        assert data.count(b"\r\n") == written.count("\n") == len(wires) + 1
    (_, head), *read = rows(io.BytesIO(data), encoding)
    escaped = head[0] == "f(\\n)"
    reader = cell_reader(field, judge, scene, escaped=escaped, masked=False)
    assert [json.dumps(reader(cells[0])) for _, cells in read] == [json.dumps(w) for w in wires]


@settings(max_examples=60)
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=5))
def test_any_cells_come_back(given: list[list[str]]) -> None:
    columns = [csv.Column("a", str), csv.Column("b", str)]
    written = "".join(csv.written(columns, given, None))
    found = [
        [csv.unshield(cell) for cell in cells]
        for _, cells in rows(io.BytesIO(written.encode()), "utf-8")
    ]
    assert found[1:] == [cells for cells in given if any(cells)]
    assert next(standard.reader(io.StringIO(written, newline=""))) == ["a", "b"]


@pytest.mark.parametrize(
    "data, encoding",
    [
        ("\ufeffあ".encode(), "utf-8-sig"),
        ("あ".encode(), "utf-8"),
        ("髙〜①".replace("〜", "").encode("cp932"), "cp932"),
        (b"abc", "utf-8"),
    ],
)
def test_the_encoding_is_found(data: bytes, encoding: str) -> None:
    assert encoding_of(io.BytesIO(data)) == encoding


@pytest.mark.parametrize(
    "data", ["あ".encode("utf-16"), b"\xef\xbb\xbf\x82\xa0", b"\x82\xff\xff", b"\xfe\xff\x00a"]
)
def test_bytes_that_would_have_to_be_guessed_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        encoding_of(io.BytesIO(data))


def test_rows_are_counted_as_a_spreadsheet_does() -> None:
    data = b'a,b\r\n"1\r\n2",x\r\n\r\n,\r\n3,y\r\n'
    assert list(rows(io.BytesIO(data), "utf-8")) == [
        (1, ["a", "b"]),
        (2, ["1\r\n2", "x"]),
        (5, ["3", "y"]),
    ]


@pytest.mark.parametrize("data", [b'a,b\n1,"x\n', b'a,b\n1,"x"y\n', b"a" * 5_000_000])
def test_a_broken_file_is_refused_and_not_repaired(data: bytes) -> None:
    with pytest.raises(Unreadable):
        list(rows(io.BytesIO(data), "utf-8"))


def test_a_header_tells_everything_that_is_wrong_with_it() -> None:
    app = app_of({"a": text("甲"), "b": text("乙"), "c": text("丙", "C"), "d": text("丙")})
    reader = HeaderReader(app, Scene(), writable=frozenset("ac"), masked=frozenset())
    found = reader.read(["甲", "a", "乙", "丁", "", "丙", "C", "作成者"])
    assert [(p.place, str(p.why)) for p in found.problems] == [
        (1, "同じフィールドの列が二つあります。"),
        (3, "「丁」というフィールドはありません。"),
        (5, "「丙」というフィールドが複数あります。「丙 [c]」のように書いてください。"),
    ]
    assert [(one.place, one.code) for one in found.taken] == [(0, "a"), (6, "c")]
    assert found.ignored == ("乙", "作成者")
    assert found.nameless == (4,)


def test_a_bad_cell_says_why_and_a_mask_is_no_value() -> None:
    kind = KINDS["number"]
    field, judge = field_of(kind, Sample(options={"maximum": 5}))
    reader = cell_reader(field, judge, Scene(), escaped=False, masked=True)
    assert reader("４") == 4
    for cell, why in (
        ("9", "5以下にしてください。"),
        ("\x00", "保存できない文字が含まれています。"),
        (csv.MASK, "伏せ字の列は取り込めません。"),
    ):
        refused = reader(cell)
        assert isinstance(refused, Refused)
        assert [str(one) for one in refused.reasons] == [why]
