"""A CSV file as it comes in: its encoding, its records, its header, its cells.

Nothing is guessed that could be wrong: the bytes decode strictly or the file is refused, and
quotes must close.  A file of any size passes through in flat memory.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from tsuzuri.definitions.model import App
from tsuzuri.errors import Message, TsuzuriError, message
from tsuzuri.fields.base import Field, Scene, Wire
from tsuzuri.wire.csv import ESCAPED, ID, MASK, REVISION, Ambiguous, Names, unescape, unshield
from tsuzuri.wire.record import Value, is_empty, judges

BLOCK = 256 * 1024
LINE_CHARACTERS = 4_000_000
CELL_CHARACTERS = 4_000_000
"""Longer than any value a definition allows; without a limit one lost quote takes all memory."""

MEMO_CELLS = 4096
MEMO_LENGTH = 48
"""Short cells come again and again in a column; what they mean is kept."""

# One setting for the whole process, and the module's default is too short for long records.
csv.field_size_limit(CELL_CHARACTERS)


class Unreadable(TsuzuriError):
    """The file as a whole cannot be read; ``row`` is the last one that could, 0 for none."""

    def __init__(self, why: Message, row: int = 0) -> None:
        super().__init__(why)
        self.row = row


def encoding_of(source: BinaryIO) -> str:
    """Return the encoding of a file: UTF-8, with BOM or not, or CP932.  Raises ``Unreadable``."""
    head = source.read(4)
    source.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable(
            message(
                "UTF-16 のファイルは読めません。UTF-8 または Shift_JIS(CP932)で保存してください。"
            )
        )
    if head.startswith(codecs.BOM_UTF8):
        wanted: tuple[str, ...] = ("utf-8-sig",)
    else:
        wanted = ("utf-8", "cp932")
    for encoding in wanted:
        if _decodes(source, encoding):
            return encoding
    raise Unreadable(
        message("文字コードを読み取れません。UTF-8 または Shift_JIS(CP932)で保存してください。")
    )


def _decodes(source: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    source.seek(0)
    try:
        while block := source.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        source.seek(0)
    return True


def rows(source: BinaryIO, encoding: str) -> Generator[tuple[int, list[str]]]:
    """Yield (row, cells) as a spreadsheet counts rows, the header being 1; empty rows are left out.

    Close it before the file.  Raises ``Unreadable``.
    """
    text = io.TextIOWrapper(source, encoding, errors="strict", newline="")
    row = 0
    try:
        for row, cells in enumerate(csv.reader(_lines(text), strict=True), start=1):
            if any(cells):
                yield row, cells
    except csv.Error:
        why = message("引用符の対応が崩れているか、セルが長すぎます({row}行目のあと)。", row=row)
        raise Unreadable(why, row) from None
    finally:
        # The caller opened the file and closes it.
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LINE_CHARACTERS):
        if len(line) == LINE_CHARACTERS and line[-1] not in "\r\n":
            raise csv.Error
        yield line


@dataclass(frozen=True, slots=True)
class Refused:
    """A cell that cannot be taken, and every reason why."""

    reasons: tuple[Message, ...]


Reader = Callable[[str], Wire | Refused | None]
"""Turns a cell into wire, None where it is empty."""

UNSTORABLE = Refused((message("保存できない文字が含まれています。"),))
MASKED_CELL = Refused((message("伏せ字の列は取り込めません。"),))


def cell_reader(field: Field, judge: Value, scene: Scene, *, escaped: bool, masked: bool) -> Reader:
    """Return what reads the cells of one column; ``masked`` where some read as a mask."""
    kind, accepts = field.kind, judge.accepts

    def read(cell: str) -> Wire | Refused | None:
        if "\x00" in cell:
            return UNSTORABLE
        if masked and cell == MASK:
            return MASKED_CELL
        text = unshield(cell)
        wire = kind.normal(field, kind.parse(field, unescape(text) if escaped else text, scene))
        if is_empty(wire):
            return None
        if accepts(wire):
            return wire
        found = tuple(one.message for one in judge.problems(wire))
        return Refused(found) if found else wire

    return _remembering(read)


def _remembering(read: Reader) -> Reader:
    """Return ``read`` with a memory of short cells that never grows beyond its bounds."""
    memo: dict[str, Any] = {}

    def remembered(cell: str) -> Wire | Refused | None:
        if len(cell) > MEMO_LENGTH:
            return read(cell)
        try:
            return memo[cell]
        except KeyError:
            if len(memo) >= MEMO_CELLS:
                memo.clear()
            wire = memo[cell] = read(cell)
            return wire

    return remembered


@dataclass(frozen=True, slots=True)
class Taken:
    """A column that is taken in: its place in the row, the field's code, what reads a cell."""

    place: int
    code: str
    read: Reader


@dataclass(frozen=True, slots=True)
class HeaderProblem:
    """What is wrong with one name of the header."""

    place: int
    name: str
    why: Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What the first row of a file says: which column is which field.

    ``places`` maps the code of every column that is taken in, ``$id`` and ``$revision`` among
    them, to its place; ``ignored`` names columns that nobody fills by hand.
    """

    names: tuple[str, ...]
    taken: tuple[Taken, ...]
    places: Mapping[str, int]
    ignored: tuple[str, ...]
    nameless: tuple[int, ...]
    problems: tuple[HeaderProblem, ...]


class HeaderReader:
    """Reads the header of a file for one person, who knows ``app`` and may write ``writable``.

    ``masked`` are the fields that read as a mask on some records.
    """

    def __init__(
        self, app: App, scene: Scene, *, writable: frozenset[str], masked: frozenset[str]
    ) -> None:
        self._names = Names(app)
        self._fields = {field.code: field for field in app.fields}
        self._judges: Mapping[str, Value] = judges(app)
        self._scene = scene
        self._writable = writable
        self._masked = masked

    def read(self, names: Sequence[str]) -> Header:
        """Return what the header means, with everything that is wrong with it."""
        places: dict[str, int] = {}
        taken: list[Taken] = []
        ignored: list[str] = []
        problems: list[HeaderProblem] = []
        for place, name in enumerate(map(unshield, names)):
            if not name.strip():
                continue
            code, escaped, why = self._meant(name)
            if why is None and code in places:
                why = message("同じフィールドの列が二つあります。")
            if why is not None or code is None:
                problems.append(HeaderProblem(place, name, why or _unknown(name)))
                continue
            places[code] = place
            if code in self._writable:
                taken.append(Taken(place, code, self._reader(code, escaped=escaped)))
            elif code not in {ID, REVISION}:
                ignored.append(name)
        nameless = tuple(place for place, name in enumerate(names) if not name.strip())
        return Header(
            names=tuple(names),
            taken=tuple(taken),
            places=places,
            ignored=tuple(ignored),
            nameless=nameless,
            problems=tuple(problems),
        )

    def _meant(self, name: str) -> tuple[str | None, bool, Message | None]:
        """Return the code a name means, whether its cells are escaped, and what is wrong."""
        try:
            code = self._names.code(name)
            if code is not None or not name.endswith(ESCAPED):
                return code, False, None
            return self._names.code(name.removesuffix(ESCAPED)), True, None
        except Ambiguous as error:
            return None, False, error.message

    def _reader(self, code: str, *, escaped: bool) -> Reader:
        return cell_reader(
            self._fields[code],
            self._judges[code],
            self._scene,
            escaped=escaped,
            masked=code in self._masked,
        )


def _unknown(name: str) -> Message:
    """Return the one answer for a field that is hidden and one that never was."""
    return message("「{code}」というフィールドはありません。", code=name.strip())
