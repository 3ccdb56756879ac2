"""The list of people as CSV, as an office keeps it: one row for each stretch of belonging.

Somebody who was in two places at different times has two rows; what is said of the person stands
in each of them and must agree.  Several codes share a cell, parted by a comma of either language
or a space.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass, field

from tsuzuri.errors import Message, message
from tsuzuri.japanese.calendar import parse_date
from tsuzuri.wire.csv import shield, unshield
from tsuzuri.wire.csv_reading import Unreadable, encoding_of, rows

COLUMNS: Mapping[str, str] = {
    "code": "ログイン名",
    "name": "氏名",
    "kana": "ふりがな",
    "agencies": "所属コード",
    "groups": "グループコード",
    "starts_on": "開始日",
    "ends_on": "終了日",
    "mail": "メール",
    "active": "有効",
}
"""The columns in their order: how rows call them, and how a file does."""
LISTS = ("agencies", "groups")
DAYS = ("starts_on", "ends_on")
YES, NO = "はい", "いいえ"
_SAID = {
    **dict.fromkeys(("", YES, "有効", "○", "1", "true", "yes"), True),
    **dict.fromkeys((NO, "無効", "停止", "×", "0", "false", "no"), False),
}
_PARTED = re.compile(r"[\s、,，;；]+")
MOST_ROWS = 20_000
MOST_PROBLEMS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One row: a person, and one stretch of belonging to some agencies and groups."""

    code: str
    name: str
    kana: str = ""
    agencies: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    starts_on: str = ""
    ends_on: str = ""
    mail: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class BadCell:
    """What is wrong with one cell; row and column as a spreadsheet shows them, row 0 for all."""

    row: int
    column: str
    value: str
    why: Message


@dataclass(slots=True)
class Sheet:
    """A file as it was read: its rows by their number, and what could not be read."""

    rows: dict[int, PersonRow] = field(default_factory=dict)
    problems: list[BadCell] = field(default_factory=list)


def read(content: bytes) -> Sheet:
    """Return what a file says.  Problems with the file as a whole stand at row 0 or 1."""
    sheet = Sheet()
    source = io.BytesIO(content)
    try:
        with closing(rows(source, encoding_of(source))) as lines:
            _read_lines(sheet, lines)
    except Unreadable as error:
        sheet.problems.append(BadCell(error.row, "", "", error.message))
    return sheet


def _read_lines(sheet: Sheet, lines: Iterator[tuple[int, list[str]]]) -> None:
    names = [unshield(name).strip() for name in next(lines, (1, []))[1]]
    sheet.problems.extend(_header_problems(names))
    if sheet.problems:
        return
    places = {code: names.index(title) for code, title in COLUMNS.items()}
    for row, cells in lines:
        if len(sheet.rows) >= MOST_ROWS:
            sentence = message("一度に取り込めるのは{limit}行までです。", limit=MOST_ROWS)
            sheet.problems.append(BadCell(row, "", "", sentence))
            return
        texts = {
            code: unshield(cells[place]).strip() if place < len(cells) else ""
            for code, place in places.items()
        }
        bad = list(_cell_problems(row, texts))
        sheet.problems.extend(bad[: MOST_PROBLEMS - len(sheet.problems)])
        if not bad:
            sheet.rows[row] = _row(texts)


def _header_problems(names: Sequence[str]) -> Iterator[BadCell]:
    for title in COLUMNS.values():
        if names.count(title) != 1:
            sentence = (
                message("「{name}」の列が二つあります。", name=title)
                if title in names
                else message("「{name}」の列がありません。", name=title)
            )
            yield BadCell(1, title, "", sentence)
    for name in names:
        if name and name not in COLUMNS.values():
            yield BadCell(1, name, "", message("「{name}」という列は使えません。", name=name))


def _cell_problems(row: int, texts: Mapping[str, str]) -> Iterator[BadCell]:
    for code in DAYS:
        if texts[code] and parse_date(texts[code]) is None:
            yield BadCell(row, COLUMNS[code], texts[code], message("日付として読めません。"))
    if texts["active"].lower() not in _SAID:
        sentence = message("「はい」か「いいえ」で入力してください。")
        yield BadCell(row, COLUMNS["active"], texts["active"], sentence)


def _row(texts: Mapping[str, str]) -> PersonRow:
    starts_on, ends_on = (_day(texts[code]) for code in DAYS)
    agencies, groups = (tuple(filter(None, _PARTED.split(texts[code]))) for code in LISTS)
    return PersonRow(
        code=texts["code"],
        name=texts["name"],
        kana=texts["kana"],
        agencies=agencies,
        groups=groups,
        starts_on=starts_on,
        ends_on=ends_on,
        mail=texts["mail"],
        active=_SAID[texts["active"].lower()],
    )


def _day(text: str) -> str:
    read_ = parse_date(text) if text else None
    return "" if read_ is None else read_.isoformat()


def written(found: Iterable[PersonRow]) -> str:
    """Return the text of a file; no cell of it is run by a spreadsheet."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS.values())
    for row in found:
        writer.writerow(shield(_cell(value)) for value in astuple(row))
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return " ".join(value) if isinstance(value, tuple) else str(value)
