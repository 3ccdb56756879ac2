r"""Records as CSV: what columns are called, how cells are written, what CP932 cannot hold.

The form is RFC 4180 with CRLF, one record a row, the header in row 1.  A file that is exported
comes back unchanged:

* A cell that a spreadsheet would run as a formula is shielded by an apostrophe, and so is one
  that already looks shielded; reading takes exactly one apostrophe off what looks shielded.
  A plain negative number runs nothing and stays a number.
* A column is called by its title; where two have the same title, by ``title [code]``.
* The machine-readable form calls columns by their codes and keeps every record on one line: a
  column whose cells may have several lines is called ``code(\n)``, and in it a line break is
  written ``\n`` and a backslash ``\\``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from tsuzuri.definitions.model import App, system_fields
from tsuzuri.errors import TsuzuriError, message
from tsuzuri.fields.base import Field, Scene, Slot

ID, REVISION = "$id", "$revision"
REVISION_TITLES: Mapping[str, str] = {"ja": "版", "en": "Revision"}
MASK = "●●●●●"
"""Stands in every cell of a masked value; it tells nothing, not even a length."""

ESCAPED = "(\\n)"
"""Ends the name of a column in which line breaks are written as a backslash and an n."""

GETA = "〓"
"""What printers put where they have no type for a character: visible, and nobody's name."""

_RISKY = "=+\\-@\t\r\n＝＋－＠"
_SHIELD_NEEDED = re.compile(f"'*[{_RISKY}]")
_SHIELDED = re.compile(f"'+[{_RISKY}]")
_FIRST = frozenset("'=+-@\t\r\n＝＋－＠")
_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANT: Mapping[str, str] = {"n": "\n", "r": "\r"}
_SEVERAL_LINES = frozenset({Slot.LONG, Slot.LIST, Slot.DOCUMENT})
ROWS_A_BLOCK = 500


def shield(cell: str) -> str:
    """Return ``cell`` so that no spreadsheet runs it; ``unshield`` is its inverse."""
    if not cell or cell[0] not in _FIRST or not _SHIELD_NEEDED.match(cell):
        return cell
    return cell if _NEGATIVE.fullmatch(cell) else f"'{cell}"


def unshield(cell: str) -> str:
    """Return what ``shield`` was given, or what a person typed."""
    return cell[1:] if cell.startswith("'") and _SHIELDED.match(cell) else cell


def escape(cell: str) -> str:
    """Return ``cell`` on one line; ``unescape`` is its inverse."""
    return cell.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def unescape(cell: str) -> str:
    """Return what ``escape`` was given."""
    return _ESCAPE.sub(lambda match: _MEANT.get(match[1], match[1]), cell)


class Ambiguous(TsuzuriError):
    """Several fields have the title by which a column is called."""

    def __init__(self, name: str, fuller: str) -> None:
        super().__init__(
            message(
                "「{name}」というフィールドが複数あります。「{fuller}」のように書いてください。",
                name=name,
                fuller=fuller,
            )
        )


class Names:
    """What columns of one app are called, in both languages, as one reader knows the app."""

    def __init__(self, app: App) -> None:
        self._titles: dict[str, frozenset[str]] = {REVISION: frozenset(REVISION_TITLES.values())}
        self._fields: dict[str, Field] = {}
        for field in (*system_fields(), *app.fields):
            self._fields[field.code] = field
            self._titles[field.code] = frozenset(map(field.title, ("ja", "en")))
        self._bearers: dict[str, list[str]] = {}
        for code, titles in self._titles.items():
            for title in titles:
                self._bearers.setdefault(title.strip(), []).append(code)

    def code(self, name: str) -> str | None:
        """Return the code that a column's ``name`` means; None for no field this reader knows.

        Raises ``Ambiguous``.
        """
        name = name.strip()
        if name in self._titles:
            return name
        title, bracket, rest = name.rpartition(" [")
        code = rest.removesuffix("]")
        if bracket and title in self._titles.get(code, ()):
            return code
        bearers = self._bearers.get(name, ())
        if len(bearers) > 1:
            raise Ambiguous(name, f"{name} [{bearers[0]}]")
        return bearers[0] if bearers else None

    def label(self, code: str, language: str) -> str:
        """Return the name of a column: the shortest that means ``code`` and nothing else."""
        field = self._fields.get(code)
        title = REVISION_TITLES[language] if field is None else field.title(language)
        for name in (title, f"{title} [{code}]"):
            try:
                if self.code(name) == code:
                    return name
            except Ambiguous:
                continue
        return code


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file that is written: its name, and its cell of a value (never None)."""

    label: str
    cell: Callable[[Any], str]


def column(field: Field, label: str, scene: Scene, *, machine: bool) -> Column:
    """Return the column of a field: cells are plain text that ``shield`` has not met yet."""
    kind = field.kind
    if machine and field.slot in _SEVERAL_LINES:
        return Column(label + ESCAPED, lambda wire: escape(kind.cell(field, wire, scene)))
    return Column(label, lambda wire: kind.cell(field, wire, scene))


def cells(columns: Sequence[Column], row: Sequence[Any], mask: object) -> list[str]:
    """Return the finished cells of one row of values, None where empty, ``mask`` where masked."""
    found = []
    for one, value in zip(columns, row, strict=True):
        if value is None:
            found.append("")
        elif value is mask:
            found.append(MASK)
        else:
            found.append(shield(one.cell(value)))
    return found


def written(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], mask: object
) -> Iterator[str]:
    """Yield the text of a file in blocks, header first."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([shield(one.label) for one in columns])
    waiting = iter(rows)
    while block := list(islice(waiting, ROWS_A_BLOCK)):
        writer.writerows(cells(columns, row, mask) for row in block)
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()


@lru_cache(maxsize=65_536)
def in_cp932(character: str) -> str:
    """Return what is left of a character after a journey through CP932: itself, or another."""
    try:
        return character.encode("cp932").decode("cp932")
    except UnicodeEncodeError:
        return GETA


def changed_in_cp932(text: str) -> list[tuple[str, str]]:
    """Return (character, what would stand for it) of those that CP932 cannot hold, each once."""
    try:
        if text.encode("cp932").decode("cp932") == text:
            return []
    except UnicodeEncodeError:
        pass
    found = {one: in_cp932(one) for one in text}
    return [(one, other) for one, other in found.items() if one != other]


def to_cp932(text: str, *, replace: bool) -> bytes:
    """Return ``text`` in CP932; where it cannot hold a character, 〓 if so chosen.

    Raises ``UnicodeEncodeError`` otherwise: a file that breaks off is better than a wrong name.
    """
    if changed_in_cp932(text):
        if not replace:
            raise UnicodeEncodeError("cp932", text, 0, len(text), "not in CP932")
        text = "".join(map(in_cp932, text))
    return text.encode("cp932")


TYPE = "text/csv; charset=utf-8"


def line(row: Sequence[str]) -> bytes:
    """Return one line of a file whose cells no spreadsheet runs."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([shield(cell) for cell in row])
    return out.getvalue().encode()
