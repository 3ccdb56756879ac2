"""Fields that a drawn app may have: how each is defined, what it may hold, how it is asked for.

Values are few, so that those of two worlds meet, lie beside each other and begin alike.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from PIL import Image

FIRST, SECOND = "first", "second"
"""The two apps: the second looks up into the first and is shown beside its records."""


def _picture(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (2, 2), shade).save(out, "PNG")
    return out.getvalue()


PICTURES: Mapping[str, bytes] = {"部屋.png": _picture(0), "玄関.png": _picture(255)}
FILES: Mapping[str, bytes] = {
    "意見書.txt": "意見書の本文".encode(),
    "経過.txt": "経過の本文です".encode(),
    "写し.txt": b"copy",
    **PICTURES,
}
TEXTS = ("山田", "山田花", "山本", "川口", "A-1", "A-2")
WORDS = ("甲", "乙", "丙")
USERS = ("abe", "mori", "sato", "suzuki", "takahashi", "ito")
AGENCIES = ("CITY", "CARE", "DESK", "HEALTH", "NURSERY")
GROUPS = ("caseworkers", "heads")


def file(name: str) -> dict[str, Any]:
    """Return the wire value of one of ``FILES``."""
    content = FILES[name]
    key = sha256(content).hexdigest()
    kind = "image/png" if name in PICTURES else "text/plain"
    return {"key": key, "name": name, "type": kind, "size": len(content)}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A field that may be drawn: its definition, values, the oracle's word for what it is.

    ``asked`` are its values as a condition writes them, ``operators`` those it offers.
    """

    schema: Mapping[str, Any]
    values: tuple[Any, ...] = ()
    shape: str = ""
    asked: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    sortable: bool = False


EQUAL = ("=", "!=", "in", "not in")
LIKE = ("like", "not like")
ORDER = ("<", "<=", ">", ">=")
FILLED = ("is empty", "is not empty")


def _text(kind: str, values: tuple[str, ...], **schema: Any) -> Drawn:
    return Drawn(
        schema={"kind": kind, **schema},
        values=values,
        shape="text",
        asked=values,
        operators=(*EQUAL, *LIKE),
        sortable=True,
    )


def _chosen(kind: str, values: tuple[str, ...], *, several: bool, **schema: Any) -> Drawn:
    given = {"items": {"enum": list(values)}} if several else {"enum": list(values)}
    if "entity" in schema:
        given = {}
    wires: tuple[Any, ...] = values
    if several:
        wires = (*([one] for one in values), [*values[:2]])
    return Drawn(
        schema={"kind": kind, **given},
        values=wires,
        shape="list" if several else "choice",
        asked=values,
        operators=("in", "not in"),
        sortable=not several,
    )


CATALOGUE: Mapping[str, Drawn] = {
    "t": _text("text", TEXTS),
    "no": _text("text", ("R8-1", "R8-2", "R8-3", "R8-4"), unique=True),
    "u": _text("text", ("東", "東西", "西")),
    "name": _text("name", ("髙橋 花", "高橋 花")),
    "kana": _text("kana", ("タカハシ", "タカイ")),
    "phone": _text("phone", ("0771-22-3333", "0771-22-3334")),
    "post": _text("postal_code", ("601-2345", "601-2346")),
    "link": _text("link", ("https://example.jp/a", "https://example.jp/ab"), protocol="web"),
    "body": Drawn(
        schema={"kind": "multiline"},
        values=("相談の記録\n二行目", "相談", "夜間の通報"),
        shape="long",
        asked=("相談", "二行目", "通報", "相談の"),
        operators=(*LIKE, *FILLED),
    ),
    "rich": Drawn(
        schema={"kind": "rich_text"},
        values=("<p>太字<b>山</b></p>", "<p>太字</p>"),
        asked=("太字", "山"),
        operators=LIKE,
    ),
    "home": Drawn(
        schema={"kind": "address"},
        values=({"city": "城山市", "town": "東町"}, {"city": "城山市", "town": "西町"}),
        asked=("東町", "西町"),
        operators=LIKE,
    ),
    "log": Drawn(
        schema={"kind": "timed_log"},
        values=([{"at": "10:01", "text": "来所"}], [{"at": "10:02", "text": "来所した"}]),
        asked=("来所", "来所した"),
        operators=LIKE,
    ),
    "n": Drawn(
        schema={"kind": "number"},
        values=(1, 2, 3, 5, 10),
        shape="number",
        asked=("0", "1", "2", "3", "4", "5", "10"),
        operators=(*EQUAL, *ORDER),
        sortable=True,
    ),
    "m": Drawn(
        schema={"kind": "number"},
        values=(1, 2, 7),
        shape="number",
        asked=("1", "2", "7"),
        operators=(*EQUAL, *ORDER),
        sortable=True,
    ),
    "day": Drawn(
        schema={"kind": "date"},
        values=("2026-11-21", "2026-11-22", "2026-11-23"),
        shape="date",
        asked=("2026-11-21", "2026-11-22", "2026-11-23"),
        operators=("=", "!=", *ORDER),
        sortable=True,
    ),
    "age": Drawn(schema={"kind": "age", "of": "day", "form": "age"}, needs=("day",)),
    "moment": Drawn(
        schema={"kind": "datetime"},
        values=("2026-11-21T15:00:00Z", "2026-11-21T15:30:00Z"),
        shape="datetime",
        asked=("2026-11-21T15:00:00Z", "2026-11-21T15:30:00Z"),
        operators=("=", "!=", *ORDER),
        sortable=True,
    ),
    "clock": Drawn(
        schema={"kind": "time"},
        values=("09:00", "09:05"),
        shape="time",
        asked=("09:00", "09:05"),
        operators=("=", "!=", *ORDER),
        sortable=True,
    ),
    "radio": _chosen("radio", WORDS, several=False),
    "drop": _chosen("dropdown", WORDS, several=False),
    "state": _chosen("status", ("受付", "終結"), several=False),
    "turn": _chosen("assignee", USERS, several=True, entity=1),
    "boxes": _chosen("checkbox", WORDS, several=True),
    "many": _chosen("multi_select", WORDS, several=True),
    "sure": Drawn(
        schema={"kind": "yes_no"},
        values=(True, False),
        shape="flag",
        asked=("はい", "いいえ"),
        operators=("in", "not in"),
        sortable=True,
    ),
    "staff": _chosen("users", USERS, several=True, entity=1),
    "scope": _chosen("agencies", AGENCIES, several=True, entity=1),
    "team": _chosen("groups", GROUPS, several=True, entity=1),
    "papers": Drawn(
        schema={"kind": "attachment"},
        values=(*tuple([file(name)] for name in FILES), [file("意見書.txt"), file("写し.txt")]),
        shape="files",
        asked=("意見書", "経過", "txt"),
        operators=(*LIKE, *FILLED),
    ),
    "photo": Drawn(
        schema={"kind": "photo"},
        values=tuple([file(name)] for name in PICTURES),
        shape="files",
        asked=("部屋", "玄関", "png"),
        operators=FILLED,
    ),
    "rows": Drawn(
        schema={
            "kind": "table",
            "items": {
                "properties": {
                    "cell": {"kind": "text", "title": "cell"},
                    "x": {"kind": "number", "title": "x"},
                }
            },
        },
        values=([{"cell": "山田", "x": 1}], [{"cell": "山"}, {"cell": "川口", "x": 2}]),
    ),
    "sum": Drawn(
        schema={"kind": "calculated", "expression": "n * 2"},
        shape="number",
        asked=("2", "4", "6", "10", "20"),
        operators=(*EQUAL, *ORDER),
        needs=("n",),
        sortable=True,
    ),
    "label": Drawn(
        schema={"kind": "calculated_text", "expression": 't & "様"'},
        shape="text",
        asked=("山田様", "川口様"),
        operators=(*EQUAL, *LIKE),
        needs=("t",),
        sortable=True,
    ),
    "made": Drawn(schema={"kind": "created"}),
    "maker": Drawn(schema={"kind": "creator"}),
    "changed": Drawn(schema={"kind": "updated"}),
    "changer": Drawn(schema={"kind": "updater"}),
}
"""Every field of the first app by its code, and so by one role in all examples."""

LINKING: Mapping[str, Drawn] = {
    "case": Drawn(
        schema={"kind": "lookup", "lookup": {"app": FIRST, "key": "t", "copy": {"n": "n"}}},
        values=TEXTS,
        shape="text",
        asked=TEXTS,
        operators=(*EQUAL, *LIKE),
        needs=("n",),
        sortable=True,
    ),
    "to": Drawn(schema={"kind": "reference", "reference": {"app": FIRST}}, shape="text"),
    "near": Drawn(
        schema={
            "kind": "related",
            "related": {
                "app": FIRST,
                "key": "t",
                "match": "t",
                "columns": ["t", "n"],
                "sort": "n desc",
            },
        },
        needs=("t",),
    ),
}
"""Fields by which the second app reaches into the first."""

COLUMNS: Mapping[str, str] = {"cell": "text", "x": "number"}
SYSTEM: Mapping[str, str] = {
    "$id": "number",
    "$creator": "choice",
    "$creator_agency": "choice",
    "$created": "datetime",
    "$updater": "choice",
    "$updated": "datetime",
}
EVERY: Mapping[str, Drawn] = {**CATALOGUE, **LINKING}
