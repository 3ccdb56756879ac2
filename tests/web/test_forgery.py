"""What a page of somebody else can make a browser send changes nothing; to look changes nothing.

Every route that changes something is sent as its own page would send it, less what only its own
page knows; and the whole database is compared before and after.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tsuzuri.web.notices import KINDS
from worlds.fixtures import world
from worlds.routes import PASSWORD, WATCHING, Place, laid_out

__all__ = ["world"]

SAFE = {"GET", "HEAD", "OPTIONS"}
FORMS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "account.sign_in": {"user": "mori", "password": PASSWORD},
        "account.language": {"language": "en"},
        "home.seen": {"at": "2026-11-20T00:00:00Z"},
        "mail.choose": {f"way.{kind}": "none" for kind in KINDS},
        "lists.save_view": {"name": "偽の一覧"},
        "records.create": {"f.title": "偽"},
        "interview.say": {"body": "偽"},
        "drafts.begin": {"f.title": "偽"},
        "drafts.complete": {"f.title": "偽"},
        "drafts.save": {"f.title": "偽", "_revision": "1"},
        "records.change": {"f.title": "偽"},
        "records.delete": {"reason": "偽"},
        "records.lift": {"reason": "偽"},
        "threads.comment": {"body": "偽"},
        "threads.edit": {"body": "偽"},
        "threads.withdraw": {},
        "presence.beat": {},
        "threads.thank": {"word": "確認しました"},
        "transfer.act": {"do": "go"},
        "viewing.start": {"user": "ito"},
    }
)
"""What a page would send; a route that is not here is sent nothing but its address."""
JSON: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "api.create": {"record": {"title": "偽"}},
        "api.change": {"record": {"title": "偽"}},
        "api.delete": {"reason": "偽"},
        "api.comment": {"body": "偽"},
    }
)
ENDING = ("delete", "complete", "discard")
"""How routes are called after which there is nothing left to ask about."""
NO_DEFENCE_NEEDED = frozenset({"reports.receive"})
"""A report is answered 204 and changes nothing, whoever sends it."""


@pytest.fixture(scope="module")
def place(world: Any) -> Place:
    return laid_out(world)


@dataclass(frozen=True)
class Forged:
    """One way of sending a request from somewhere else."""

    name: str
    token: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "form"


def ways(own: str, others: str) -> Iterator[Forged]:
    """Yield every way; those with the right token are refused for where they come from alone."""
    yield Forged("no token")
    yield Forged("wrong token", token="x" + own[1:])
    yield Forged("token of another session", token=others)
    for site in ("cross-site", "same-site", "odd"):
        yield Forged(f"from {site}", token=own, headers={"Sec-Fetch-Site": site})
    for origin in ("https://evil.example", "http://localhost.evil.example", "file://", "odd"):
        yield Forged(f"of {origin}", token=own, headers={"Origin": origin})
    yield Forged("JSON as text", kind="text/plain")
    yield Forged("JSON", kind="application/json")
    yield Forged("multipart", kind="multipart/form-data")
    yield Forged("from htmx elsewhere", headers={"HX-Request": "true", "Origin": "null"})
    yield Forged("another method in it", headers={"X-HTTP-Method-Override": "GET"})


def changing(place: Place) -> Iterator[tuple[Rule, str]]:
    """Yield every route that may change something, with its method."""
    for rule in place.rules():
        for method in sorted((rule.methods or set()) - SAFE):
            if rule.endpoint not in NO_DEFENCE_NEEDED:
                yield rule, method


def token_of(client: FlaskClient) -> str:
    """Return the token of a session, as its own pages carry it."""
    page = client.get("/viewing", follow_redirects=True)
    found = re.search(r'name="csrf-token" content="([^"]*)"', page.text)
    assert found is not None
    return found[1]


def sent(client: FlaskClient, place: Place, rule: Rule, method: str, way: Forged) -> TestResponse:
    """Send one route's request in one way."""
    form = dict(FORMS.get(rule.endpoint, {}))
    if way.token:
        form["csrf_token"] = way.token
    body: dict[str, Any] = {"data": form, "content_type": "application/x-www-form-urlencoded"}
    if rule.endpoint in JSON:
        body = {"json": dict(JSON[rule.endpoint])}
    elif way.kind == "multipart/form-data":
        body = {"data": {**form, "file": (io.BytesIO(b"title\nx"), "f.csv")}}
    if way.kind in {"text/plain", "application/json"}:
        given = JSON.get(rule.endpoint, FORMS.get(rule.endpoint, {}))
        body = {"data": place.flask.json.dumps(dict(given)), "content_type": way.kind}
    headers = {**way.headers, **({"X-CSRFToken": way.token} if way.token else {})}
    return client.open(place.address(rule), method=method, headers=headers, buffered=True, **body)


def test_nothing_forged_is_done(place: Place) -> None:
    others = token_of(place.client("mori"))
    before = place.dump(without=WATCHING)
    asked = 0
    for rule, method in changing(place):
        client = place.client("" if rule.endpoint == "account.sign_in" else "mori")
        for way in ways(token_of(client), others):
            answer = sent(client, place, rule, method, way)
            asked += 1
            assert answer.status_code >= 300, (rule.rule, way.name)
            assert answer.status_code < 500, (rule.rule, way.name)
            if rule.endpoint == "account.sign_in":
                assert client.get("/").status_code == 302, way.name
        assert place.dump(without=WATCHING) == before, rule.rule
        if rule.endpoint != "account.sign_in":
            assert client.get("/").status_code == 200, f"{rule.rule} ended the session"
    assert asked > 200


def test_the_same_requests_from_its_own_page_are_done(place: Place) -> None:
    """Otherwise the test above would pass on requests that never do anything."""
    done: set[str] = set()
    # What ends a session or a record comes last.
    order = sorted(
        changing(place),
        key=lambda one: (one[0].endpoint.endswith(ENDING), "sign_out" in one[0].endpoint),
    )
    for rule, method in order:
        client = place.client("" if rule.endpoint == "account.sign_in" else "mori")
        before = place.dump()
        own = Forged("own", token=token_of(client), headers={"Sec-Fetch-Site": "same-origin"})
        answer = sent(client, place, rule, method, own)
        if answer.status_code < 400 and place.dump() != before:
            done.add(rule.endpoint)
    expected = {*FORMS, *JSON, "account.sign_out"} - {"records.lift", "records.delete"}
    assert expected - done <= {"transfer.act", "api.delete", "api.change"}, expected - done


@pytest.mark.parametrize("site", ["same-origin", "none", None])
def test_own_pages_work_whatever_an_old_browser_says(place: Place, site: str | None) -> None:
    client = place.client()
    headers = {"Origin": "null"} if site is None else {"Sec-Fetch-Site": site, "Origin": "null"}
    sent = {"csrf_token": token_of(client), "at": "2026-11-20T00:00:00Z"}
    assert client.post("/seen", data=sent, headers=headers).status_code == 303
    assert (
        client.post("/seen", data=sent, headers={"Origin": "http://localhost"}).status_code == 303
    )


def test_no_page_of_somebody_else_loads_ours_into_itself(place: Place) -> None:
    inside = [
        {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    ]
    for given in inside:
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example", **given}
        answer = place.client().get("/", headers=headers)
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    led = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = place.client().get("/", headers={"Sec-Fetch-Site": "cross-site", **led})
    assert answer.status_code == 200


def test_a_forged_text_is_not_shown_back(place: Place) -> None:
    path = f"/apps/{place.app.code}/new"
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = place.client().post(path, data={"f.title": "振込先はこちら"}, headers=headers)
    assert answer.status_code == 403
    assert "振込先" not in answer.text


def test_looking_changes_nothing(place: Place) -> None:
    before = place.dump(without=WATCHING)
    headers: tuple[Mapping[str, str], ...] = ({}, {"HX-Request": "true"})
    for rule in place.rules():
        for method in ("GET", "GET", "HEAD", "HEAD"):
            for given in headers:
                address, client = place.address(rule), place.client()
                answer = client.open(address, method=method, headers=dict(given), buffered=True)
                assert answer.status_code < 500, rule.rule
    assert place.dump(without=WATCHING) == before
