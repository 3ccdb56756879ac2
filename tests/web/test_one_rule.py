"""A rule that opens a field on some records only counts on every way to the field alike."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tsuzuri.definitions.model import App
from tsuzuri.wire.csv import MASK
from worlds import face
from worlds.face import Visitor
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

CHANGED, AGE = re.compile("4/3|4月3日|04-03"), "10歳"
"""As people read them: the moment of the last change, and how old the child is today."""

FIELDS: Mapping[str, Any] = {
    "t": {"kind": "text"},
    "changed": {"kind": "updated"},
    "day": {"kind": "date"},
    "age": {"kind": "age", "of": "day", "form": "age"},
}
GUARDED = ["changed", "age"]


def _rules(allow: str, where: str) -> Mapping[str, Any]:
    return {
        "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
        "field": [
            {"fields": GUARDED, "who": ["everyone"], "where": where, "allow": "view"},
            {"fields": GUARDED, "who": ["everyone"], "allow": allow},
        ],
    }


@pytest.fixture(scope="module")
def visitor(world: World) -> Visitor:
    return Visitor(face.opened(world)).enter("takahashi")


@pytest.mark.parametrize("where", ['t like "開"', '$creator in ("takahashi")'])
@pytest.mark.parametrize("allow", ["none", "masked"])
def test_every_way_asks_the_rule(world: World, visitor: Visitor, allow: str, where: str) -> None:
    app = world.publish(
        FIELDS,
        _rules(allow, where),
        recordTitle=["t", "changed", "age"],
        views=[{"name": "全部", "columns": ["t", "changed", "age"]}],
    )
    same = {"$updated": "2019-04-03T02:22:00Z", "day": "2016-06-01"}
    open_, closed = world.put(
        app,
        {**same, "t": "開 word", "$creator": "takahashi"},
        {**same, "t": "閉 word", "$creator": "ito"},
    )
    shown, hidden = (_ways(visitor, app, one) for one in (open_, closed))
    for way, text in shown.items():
        assert CHANGED.search(text), f"{way} hides what is open: {text}"
        assert AGE in text or way.startswith("json"), way
    for way, text in hidden.items():
        assert not CHANGED.search(text), f"{way} shows what is closed: {text}"
        assert AGE not in text, way
        assert (MASK in text) == (allow == "masked"), way


def _ways(visitor: Visitor, app: App, record: int) -> dict[str, str]:
    """Return what each way shows of a record, without the moment that every record has."""
    base, api = f"/apps/{app.code}", f"/api/apps/{app.code}/records"
    page = visitor.get(f"{base}/records/{record}").text
    found = re.sub(
        '<p class="feed__time">.*', "", visitor.get(f"/search?q=word&app={app.code}").text
    )
    many = visitor.get(f"{api}?field=changed&field=day&query=$id = {record}").json
    assert many is not None
    return {
        "page": page[: page.index("作成日時")],
        "list": _with(visitor.get(f"{base}/?view=0").text.split("<tr>"), f"/records/{record}"),
        "search": _with(found.split("<li"), f"/records/{record}"),
        "export": _with(visitor.get(f"{base}/export.csv").text.splitlines(), str(record)),
        "json": json.dumps(visitor.get(f"{api}/{record}").json, ensure_ascii=False),
        "json of many": json.dumps(many["records"], ensure_ascii=False),
    }


def _with(parts: list[str], word: str) -> str:
    return next(part for part in parts if word in part)
