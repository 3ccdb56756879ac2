"""Whatever is sent to whatever address: a clear refusal, never a crash, never half a record.

The requests follow from the route map, so a new route is fuzzed by existing.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from support.entering import enter
from tsuzuri.factory import create_app
from tsuzuri.services import attachments, history, people, records
from tsuzuri.services.platform import Platform
from tsuzuri.wire import record as wire
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

EXAMPLES = 60 * int(os.environ.get("TSUZURI_EXAMPLES", "1"))
PASSWORD = "十文字よりも長い合言葉"

FIELDS: dict[str, dict[str, Any]] = {
    "title": {"kind": "text", "maxLength": 20},
    "body": {"kind": "multiline"},
    "html": {"kind": "rich_text"},
    "number": {"kind": "number", "minimum": -5},
    "day": {"kind": "date"},
    "at": {"kind": "datetime"},
    "clock": {"kind": "time"},
    "choice": {"kind": "radio", "enum": ["甲", "乙"]},
    "choices": {"kind": "checkbox", "items": {"type": "string", "enum": ["い", "ろ"]}},
    "yes": {"kind": "yes_no"},
    "who": {"kind": "users"},
    "scope": {"kind": "agencies"},
    "file": {"kind": "attachment"},
    "where": {"kind": "address"},
    "log": {"kind": "timed_log"},
    "rows": {"kind": "table", "items": {"properties": {"x": {"kind": "text", "title": "x"}}}},
    "secret": {"kind": "text"},
}
RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE"], "allow": [*EVERYTHING]},
        {"who": ["field:scope"], "allow": ["view"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["group:heads"], "allow": "masked"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
    ],
}


@dataclass(frozen=True)
class Target:
    """What is fuzzed: the application, and real names to mix with nonsense."""

    app: Flask
    platform: Platform
    code: str
    record: int
    key: str


@pytest.fixture(scope="module")
def target(world: World) -> Target:
    platform = world.platform
    published = world.publish(
        FIELDS, RULES, comments={"acknowledge": ["確認しました"]}, recordTitle=["title"]
    )
    access = world.entering("mori", published)
    file = attachments.receive(platform, world.actor("mori"), "a.txt", io.BytesIO(b"text"))
    saved = records.create(platform, access, {"title": "題", "file": [file], "scope": ["NURSERY"]})
    for user in ("mori", "takahashi", "ito"):
        people.set_password(platform, user, PASSWORD)
    app = create_app(platform.config, platform)
    app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    return Target(app, platform, published.code, saved.id, file["key"])


ODD_WORDS = [
    "0",
    "-1",
    "1e999",
    "NaN",
    "R8.13.40",
    "令和元年",
    "2026-02-30",
    "%s%n",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "null",
    "true",
    "[]",
    "{}",
    "../../etc/passwd",
    "甲",
    "確認しました",
    "like",
    "body",
    "//evil.example",
    "https://evil.example",
    '[{"id":"1","x":2}]',
]
ODD_TEXTS = [
    *("", " ", "\x00", "\ud800", "\u202e逆", "' or 1=1 --", "a\r\nb: c"),
    *(str(2**53), str(2**63), "9" * 400, "[" * 5000, '{"a":' * 50, "あ" * 20_000),
    *('title = "x" and (', "order by nothing"),
]
ODD = st.one_of(st.sampled_from(ODD_WORDS + ODD_TEXTS), st.text(max_size=40))
NAME_WORDS = [
    *("f.title", "f.number", "f.at", "f.rows.0.x", "f.rows.0._id", "f.rows.-1.x", "f.log.0.at"),
    *(
        "f.where.city",
        "f.file.keep",
        "f.file.remove",
        "f.yes",
        "f.choices",
        "_revision",
        "_keep.title",
    ),
    *("_fill", "_again", "_filter", "f.0.field", "f.0.op", "f.0.value", "join", "word", "body"),
    *("carries", "carried.f.title", "where", "saved"),
    "revision",
    "reason",
    "phrase",
    "f",
    "o",
    "v",
    "sort",
    "size",
    "after",
    "before",
    "view",
    "exact",
    "q",
    "query",
    "field",
    "next",
    "user",
    "password",
    "language",
    "_add",
    "_remove",
    "rows.0.x",
    "rows.-1.x",
    "rows.99999999999.x",
    "log.0.at",
    "where.prefecture",
    "file.keep",
    "name",
    "columns",
    "encoding",
    "at",
    "id",
    "text",
    "key",
    "mode",
    "token",
]
NAMES = st.one_of(st.sampled_from([*FIELDS, *NAME_WORDS]), st.text(max_size=15))
PAIRS = st.lists(st.tuples(NAMES, ODD), max_size=8)


def _rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def _address(data: st.DataObject, target: Target, rule: Rule) -> str:
    """Draw an address of a route, with real and with nonsensical parts."""
    real = {"app": target.code, "record": str(target.record), "field": "file", "key": target.key}
    parts = []
    for piece in rule.rule.split("/"):
        name = piece.strip("<>").rsplit(":", 1)[-1]
        if piece.startswith("<"):
            odd = data.draw(st.booleans())
            drawn = data.draw(ODD) if odd else real.get(name, "1")
            parts.append(_path(drawn))
        else:
            parts.append(piece)
    return "/".join(parts) or "/"


def _path(text: str) -> str:
    return quote(text[:300].encode("utf-8", "surrogatepass"), safe="")


def _encoded(pairs: list[tuple[str, str]]) -> bytes:
    raw = [
        (name.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass"))
        for name, value in pairs
    ]
    return urlencode(raw).encode()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_request_makes_any_route_crash(target: Target, data: st.DataObject) -> None:
    user = data.draw(st.sampled_from(["mori", "takahashi", "ito", None]))
    client = target.app.test_client()
    if user is not None:
        enter(client, target.app.extensions["tsuzuri"], user)
    for _ in range(4):
        rule = data.draw(st.sampled_from(_rules(target.app)))
        method = data.draw(st.sampled_from(sorted((rule.methods or set()) - {"OPTIONS"})))
        query = _encoded(data.draw(PAIRS)).decode()
        kind = data.draw(st.sampled_from(["form", "multipart", "json", "rubbish"]))
        headers = data.draw(
            st.sampled_from([{}, {"HX-Request": "true"}, {"Accept-Language": "en"}])
        )
        body: dict[str, Any] = {}
        if method == "POST":
            body = _body(data, kind)
        answer = client.open(
            _address(data, target, rule), method=method, query_string=query, headers=headers, **body
        )
        text = answer.get_data()
        answer.close()
        assert answer.status_code < 500, (rule.rule, method, text[:2000].decode(errors="replace"))
        assert b"Traceback" not in text


def _body(data: st.DataObject, kind: str) -> dict[str, Any]:
    pairs = data.draw(PAIRS)
    if kind == "form":
        return {"data": _encoded(pairs), "content_type": "application/x-www-form-urlencoded"}
    if kind == "multipart":
        clean = {n: v.encode("utf-8", "replace").decode() for n, v in pairs if n.isidentifier()}
        files = {"file": (io.BytesIO(b"\x89PNG\r\n\x1a\n"), "画像.png")}
        return {"data": {**clean, **files}, "content_type": "multipart/form-data"}
    raw = data.draw(st.one_of(st.binary(max_size=200), st.just(b"[" * 100_000), st.just(b"NaN")))
    return {"data": raw, "content_type": "application/json" if kind == "json" else "text/x-odd"}


def test_the_record_that_was_there_is_whole_afterwards(target: Target, world: World) -> None:
    """Requests may have changed it, as its people may; then every change is in its history."""
    app = target.platform.apps[target.code]
    access = world.entering("mori", app)
    with target.platform.reading(access) as reading:
        state = reading.get(target.record)
    entries = history.changes(target.platform, access, target.record)
    assert [one.revision for one in entries] == list(range(state.revision, 0, -1))
    assert wire.load(access.app, state.values) == state.values
