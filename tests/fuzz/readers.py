"""What reads text and bytes from anybody, each as one function of bytes.

A reader refuses in the domain's words (``TsuzuriError``) or understands.  Whatever else it raises,
and whatever takes long, is a bug.  ``python -m fuzz NAME SECONDS`` searches for one, guided by the
branches that an input reaches.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

from tsuzuri import formula
from tsuzuri.definitions import load as loading
from tsuzuri.definitions import strict_json
from tsuzuri.definitions.model import App
from tsuzuri.errors import TsuzuriError
from tsuzuri.query.bind import Asker, bind, bind_order
from tsuzuri.query.parse import parse
from tsuzuri.query.period import Moment
from tsuzuri.services import definitions
from tsuzuri.wire import csv_reading
from tsuzuri.wire import record as wire
from tsuzuri.wire.csv_reading import HeaderReader
from worlds.routes import FIELDS
from worlds.town import OPEN_TO_ALL, TOKYO, document_of

Reader = Callable[[bytes], None]
MOST_ROWS = 50
LANGUAGE_APP = document_of(
    {
        **FIELDS,
        "sum": {"kind": "calculated", "expression": "number * 2"},
        "born": {"kind": "date"},
    },
    OPEN_TO_ALL,
    code="fuzzed",
)


@lru_cache(maxsize=1)
def app() -> App:
    """Return the app that conditions and files are about."""
    return definitions.check(json.dumps(LANGUAGE_APP))


@lru_cache(maxsize=1)
def asker() -> Asker:
    """Return who asks."""
    return Asker(
        moment=Moment(datetime(2026, 11, 22, tzinfo=UTC), TOKYO), user="mori", agency="CARE"
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass" if len(data) % 2 else "replace")


def read_json(data: bytes) -> None:
    """Read JSON as the API does."""
    with suppress(TsuzuriError):
        strict_json.loads(data)


def read_definition(data: bytes) -> None:
    """Read a definition with everything that is checked in one."""
    with suppress(TsuzuriError):
        loading.load(data)
    with suppress(TsuzuriError):
        definitions.check(data)


def read_field(data: bytes) -> None:
    """Read a definition with one field of these members, which random bytes seldom reach."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return
    document = {**LANGUAGE_APP, "record": {"type": "object", "properties": {"a": given}}}
    with suppress(TsuzuriError):
        definitions.check_document(document)


def read_condition(data: bytes) -> None:
    """Read a query and bind it to an app."""
    with suppress(TsuzuriError, UnicodeDecodeError):
        query = parse(_text(data))
        bind(app(), query.where, asker())
        bind_order(app(), query.order)


def read_formula(data: bytes) -> None:
    """Read the expression of a calculated field."""
    with suppress(TsuzuriError, UnicodeDecodeError):
        formula.parse(_text(data))


def read_csv(data: bytes) -> None:
    """Read a CSV file down to the cells of its first rows."""
    source = io.BytesIO(data)
    known = app()
    writable = frozenset(one.code for one in known.stored)
    with suppress(TsuzuriError):
        encoding = csv_reading.encoding_of(source)
        with closing(csv_reading.rows(source, encoding)) as rows:
            reader = HeaderReader(
                known, asker().scene, writable=writable, masked=frozenset({"secret"})
            )
            header = None
            for _, cells in islice(rows, MOST_ROWS):
                if header is None:
                    header = reader.read(cells)
                    continue
                for taken in header.taken:
                    if taken.place < len(cells):
                        taken.read(cells[taken.place])


def read_record(data: bytes) -> None:
    """Read a record as the API brings it."""
    with suppress(TsuzuriError):
        given = strict_json.loads(data)
        if isinstance(given, dict):
            wire.load(app(), given)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "json": read_json,
        "definition": read_definition,
        "field": read_field,
        "condition": read_condition,
        "formula": read_formula,
        "csv": read_csv,
        "record": read_record,
    }
)

SEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "json": ('{"a": [1, 2.5e3, null, true, "\\u3042"]}',),
        "definition": (json.dumps(LANGUAGE_APP, ensure_ascii=False),),
        "field": tuple(json.dumps({"title": "a", **one}) for one in FIELDS.values()),
        "condition": (
            'title = "題" and (number > 3 or day >= FROM_TODAY(-1, WEEKS)) order by at desc',
            'choice in ("甲", "乙") or who in (LOGINUSER()) and x like "あ"',
            "body is not empty and not (yes = true) offset 10",
        ),
        "formula": (
            'IF(number > 3, ROUND(number / 7, 2), "少ない")',
            'DATE_FORMAT(day, "YYYY-MM-dd", "Asia/Tokyo") & title',
            "SUM(a, b, 3) ^ 2 - -1",
        ),
        "csv": (
            "title,number,day\r\n題,3,令和8年11月20日\r\n",
            '$id,$revision,title,rows\r\n1,2,"a""b\n","[{""x"":""y""}]"\r\n',
            "\ufefftitle,choices,where\r\n'=1,い,城山市\r\n",
        ),
        "record": ('{"title": "題", "number": 3, "rows": [{"x": "y"}], "where": {"town": "町"}}',),
    }
)
