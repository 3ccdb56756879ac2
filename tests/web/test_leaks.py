"""A field somebody must not see does not exist for them, on any page they can reach.

Hidden values, titles, choices and codes are unique words.  The restricted person follows every
link there is, whole pages and fragments alike, and none of the words may come along.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from support.entering import enter
from tsuzuri.definitions.model import App
from tsuzuri.factory import create_app
from tsuzuri.services import records, threads
from tsuzuri.storage.records import Listing
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

CANARY = "カナリア"
MOST_PAGES = 400

HIDDEN: Mapping[str, tuple[dict[str, Any], Any]] = {
    "canary_text": ({"kind": "text"}, "カナリア一行"),
    "canary_long": ({"kind": "multiline"}, "カナリア長文\n二行目"),
    "canary_rich": ({"kind": "rich_text"}, "<p>カナリア飾り</p>"),
    "canary_number": ({"kind": "number"}, 8_675_309),
    "canary_day": ({"kind": "date"}, "1991-03-17"),
    "canary_radio": ({"kind": "radio", "enum": ["カナリア甲", "カナリア乙"]}, "カナリア甲"),
    "canary_boxes": (
        {"kind": "checkbox", "items": {"type": "string", "enum": ["カナリアい", "カナリアろ"]}},
        ["カナリアい"],
    ),
    "canary_name": ({"kind": "name"}, "カナリア花子"),
    "canary_phone": ({"kind": "phone"}, "0771-86-7530"),
    "canary_address": ({"kind": "address"}, {"town": "カナリア町"}),
    "canary_log": ({"kind": "timed_log"}, [{"at": "10:01", "text": "カナリア発言"}]),
    "canary_rows": (
        {
            "kind": "table",
            "items": {"properties": {"canary_x": {"kind": "text", "title": "カナリア列"}}},
        },
        [{"canary_x": "カナリア行"}],
    ),
}
TRACES = (CANARY, "canary", "8675309", "8,675,309", "1991-03-17", "平成3年3月17日", "0771-86-7530")


def _rules() -> dict[str, Any]:
    hidden = [*HIDDEN]
    return {
        "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
        "record": [
            {"who": ["agency:CARE"], "allow": [*EVERYTHING]},
            {"who": ["field:scope"], "allow": [*EVERYTHING]},
        ],
        "field": [
            {"fields": hidden, "who": ["agency:CARE"], "allow": "edit"},
            {"fields": hidden, "who": ["everyone"], "allow": "none"},
        ],
    }


@pytest.fixture(scope="module")
def app(world: World) -> App:
    """Publish an app with hidden fields of every sort, and records with and without a share."""
    fields: dict[str, Any] = {
        "title": {"kind": "text"},
        "scope": {"kind": "agencies"},
        **{code: {"title": f"カナリア{code}", **given} for code, (given, _) in HIDDEN.items()},
    }
    published = world.publish(
        fields,
        _rules(),
        comments={"acknowledge": ["確認しました"]},
        recordTitle=["title", "canary_text"],
        form=[["title", "canary_text"], {"group": "カナリア組", "rows": [["canary_long"]]}],
        views=[
            {"name": "ふつう", "columns": ["title", "canary_text"]},
            {"name": "カナリア順", "columns": ["title"], "sort": "canary_text desc"},
            {"name": "カナリア条件", "columns": ["title"], "where": 'canary_text != ""'},
        ],
    )
    access = world.entering("mori", published)
    values = {code: value for code, (_, value) in HIDDEN.items()}
    shared = records.create(
        world.platform, access, {"title": "共有", "scope": ["NURSERY"], **values}
    )
    records.create(world.platform, access, {"title": "カナリア他所", "scope": ["CARE"], **values})
    changed = {"canary_text": "カナリア改", "title": "共有した"}
    records.change(world.platform, access, shared.id, changed, revision=1)
    threads.comment(world.platform, access, shared.id, "園の様子はいかがですか")
    gone = records.create(world.platform, access, {"title": "削除", "scope": ["NURSERY"], **values})
    records.delete(world.platform, access, gone.id, reason="重複", revision=None)
    return published


@pytest.fixture
def client(world: World, app: App) -> FlaskClient:
    """Sign the nursery's teacher in."""
    flask = create_app(world.platform.config, world.platform)
    client = flask.test_client()
    enter(client, world.platform, "takahashi")
    return client


def _links(body: str) -> list[str]:
    found = re.findall(r'(?:href|action|hx-get|src|data-[a-z]+)="(/[^"#]*)"', body)
    return [unescape(one) for one in found if not one.startswith("/static")]


def _crawl(client: FlaskClient, starts: list[str], headers: Mapping[str, str]) -> dict[str, str]:
    """Follow every link by GET, each once; return what every page said."""
    seen: dict[str, str] = {}
    waiting = deque(starts)
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.popleft()
        if address in seen or "logout" in address:
            continue
        answer = client.get(address, headers=dict(headers))
        assert answer.status_code < 500
        seen[address] = f"{answer.headers}\n{answer.get_data().decode('utf-8', 'replace')}"
        waiting.extend(one for one in _links(seen[address]) if one not in seen)
    return seen


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}, {"Accept-Language": "en"}])
def test_no_page_knows_a_hidden_word(
    client: FlaskClient, app: App, headers: Mapping[str, str]
) -> None:
    starts = ["/", f"/apps/{app.code}/", f"/apps/{app.code}/new", f"/apps/{app.code}/export.csv"]
    starts += [f"/api/apps/{app.code}/records", f"/apps/{app.code}/trash", "/search?q=共有"]
    pages = _crawl(client, starts, headers)
    assert len(pages) > 10
    assert any("共有した" in page for page in pages.values())
    for address, page in pages.items():
        leaked = [trace for trace in TRACES if trace in page]
        assert not leaked, f"{address} shows {leaked}"


@pytest.mark.parametrize("code", [*HIDDEN, "canary_x"])
def test_asking_for_a_hidden_field_is_asking_for_nothing(
    client: FlaskClient, app: App, code: str
) -> None:
    """The answer about a hidden field is, but for its name, the answer about no field."""
    for form in (
        "/api/apps/{app}/records?query={code}%20%3D%20%22x%22",
        "/api/apps/{app}/records?field={code}",
        "/api/apps/{app}/records?query=order%20by%20{code}%20asc",
        "/apps/{app}/?sort={code}",
        "/apps/{app}/?f.0.field={code}&f.0.op=like&f.0.value=x",
        "/apps/{app}/lookup/{code}?q=x",
        "/apps/{app}/echo/{code}?q=R8.1.1",
    ):
        answers = []
        for name in (code, "n" * len(code)):
            answer = client.get(form.format(app=app.code, code=name))
            body = re.sub(r'name="csrf_token"[^>]*>|content="[^"]{60,}"', "", answer.text)
            answers.append((answer.status_code, body.replace(name, "…")))
        assert answers[0] == answers[1], form


def test_an_unseen_record_and_a_missing_one_are_one_answer(
    client: FlaskClient, world: World, app: App
) -> None:
    with world.platform.reading(world.entering("mori", app)) as reading:
        ids = [row[0] for row in reading.page(Listing(size=10)).rows]
    unseen = [one for one in ids if _answer(client, app, one)[0] == 404]
    assert len(unseen) == 1
    for form in ("", "/edit", "/history", "/print", "/delete", "/files/title/" + "0" * 64):
        answers = {_answer(client, app, unseen[0] + step, form) for step in (0, 1, 7)}
        assert len(answers) == 1, form


def _answer(client: FlaskClient, app: App, record: int, form: str = "") -> tuple[int, str]:
    """Return a page about a record but for its id and the token of its forms."""
    answer = client.get(f"/apps/{app.code}/records/{record}{form}")
    body = re.sub(r'csrf_token[^>]*>|content="[^"]{60,}"', "", answer.text)
    return answer.status_code, body.replace(str(record), "")
