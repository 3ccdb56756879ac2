"""Group K: what pages let browsers do, and what other pages make browsers send."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from playwright.sync_api import Browser

from attacks.cases import case
from attacks.oracles import canaries, stored
from attacks.serving import Site, Town
from attacks.visiting import Visitor
from attacks.world import PASSWORD, record_id
from worlds.routes import WATCHING, Place

A1 = f"/apps/case/records/{record_id('A1')}"
EVIL = "https://evil.example"
PAGES = ("/", "/apps/case/", A1, A1 + "/history", "/search?q=memo", "/apps/case/export.csv")
OBEYED = (
    '<b data-hx-get="/ZQ-called" data-hx-trigger="load">b</b>',
    '<b hx-get="/ZQ-called" hx-trigger="load">b</b>',
    '<b HX-GET="/ZQ-called" hx-on:click="x()" data-hx-on--load="x()" hx-on::load="x()">b</b>',
    '<p hx-swap-oob="true" id="main">m</p><p id="page" data-hx-swap-oob="outerHTML:#main">m</p>',
    '<a href="https://example.invalid" form="record-form" name="csrf_token" data-form="x">a</a>',
    '<table><tr data-hx-delete="/ZQ-called"><td hx-vals="js:{x:1}">t</td></tr></table>',
)
FENCES = (
    '</div><div hx-get="/ZQ-called" hx-trigger="load">x</div>',
    '</p></td></main><img src="/ZQ-called"><div data-hx-get="/ZQ-called" data-hx-trigger="load">',
    '<svg></p><style><a title="</style><img src=/ZQ-called onerror=1>">',
    '<math><mtext><table><mglyph><style><!--</style><img src="/ZQ-called">--></style>',
)


@case("K02", guard="markup-keeps-data-attributes")
def test_stored_markup_keeps_nothing_that_htmx_obeys(fresh: Town) -> None:
    worker, viewer = fresh.visitor("worker_a"), fresh.visitor("viewer_a")
    for markup in OBEYED:
        assert worker.fill(A1 + "/edit", f__memo=f"<p>memo</p>{markup}").status_code == 303
        kept = stored(fresh.here, "case", record_id("A1"))["memo"]
        assert not re.search(r"(hx-|data-|\bid=|\bname=|\bform=|\son)", kept, re.IGNORECASE), kept
        for path in (A1, A1 + "/print", "/apps/case/", "/search?q=memo"):
            text = viewer.get(path).text
            assert "ZQ-called" not in text, (path, markup)
            assert text.count('id="main"') <= 1, path


@case("K03", guard="markup-is-fenced-only")
def test_stored_markup_ends_no_element_of_the_page(fresh: Town, browser: Browser) -> None:
    worker, viewer = fresh.visitor("worker_a"), fresh.visitor("viewer_a")
    memo = "".join(f"<p>memo</p>{markup}" for markup in FENCES)
    assert worker.fill(A1 + "/edit", f__memo=memo).status_code == 303
    context = browser.new_context(base_url=fresh.here.url)
    try:
        for cookie in viewer.http.cookies.jar:
            context.add_cookies(
                [{"name": cookie.name, "value": str(cookie.value), "url": fresh.here.url}]
            )
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for path in (A1, A1 + "/print"):
            page.goto(path, wait_until="networkidle")
            assert page.locator("text=memo").count() > 0
        assert not [url for url in asked if "ZQ-called" in url]
        assert all(url.startswith((fresh.here.url, "data:", "blob:")) for url in asked)
    finally:
        context.close()


@dataclass
class Cache:
    """A shared cache in front of the server, as RFC 9111 lets one be."""

    kept: list[tuple[str, Mapping[str, str], httpx.Response]] = field(default_factory=list)

    def get(self, visitor: Visitor, path: str, headers: Mapping[str, str]) -> httpx.Response:
        """Answer from what was kept, else ask, and keep what may be kept."""
        cookies = "; ".join(f"{one.name}={one.value}" for one in visitor.http.cookies.jar)
        sent = {**{name.lower(): one for name, one in headers.items()}, "cookie": cookies}
        for known, asked, answer in self.kept:
            if known == path and all(sent.get(name) == one for name, one in asked.items()):
                return answer
        answer = visitor.get(path, headers=headers)
        said = answer.headers.get("cache-control", "")
        if answer.status_code == 200 and not re.search("no-store|private|no-cache", said):
            varied = answer.headers.get("vary", "").lower().replace(" ", "").split(",")
            self.kept.append((path, {name: sent.get(name, "") for name in varied if name}, answer))
        return answer


@case("K16", guard="answers-may-be-kept")
def test_a_shared_cache_gives_nobody_what_another_read(town: Town) -> None:
    cache, chief, viewer = Cache(), town.visitor("chief_a"), town.visitor("viewer_a")
    for path in PAGES:
        for headers in ({}, {"HX-Request": "true"}):
            assert canaries(cache.get(chief, path, headers)) or path in {"/", A1 + "/history"}
            assert not canaries(cache.get(viewer, path, headers)), path
            # Nothing of a person is kept for that person's next visit, either.
            assert "no-store" in viewer.get(path, headers=headers).headers["cache-control"]
    assert not cache.kept


@case("K10", guard="answers-may-be-kept")
def test_a_part_is_never_shown_for_a_page(town: Town) -> None:
    cache, viewer = Cache(), town.visitor("viewer_a")
    for path in ("/apps/case/", "/search?q=memo", A1, "/"):
        part = cache.get(viewer, path, {"HX-Request": "true"})
        page = cache.get(viewer, path, {})
        assert "<html" in page.text, path
        for answer in (part, page):
            assert answer.headers["cache-control"] == "no-store"
            assert "HX-Request" in answer.headers["vary"]


@dataclass(frozen=True)
class Forged:
    """What another page can make a browser send: a token, or none, and where it comes from."""

    token: str | None
    headers: Mapping[str, str] = field(default_factory=dict)


def forgeries(town: Town) -> Iterator[Forged]:
    """Yield requests that lack what only our page knows."""
    yield Forged(None)
    yield Forged("x" * 90)
    yield Forged(town.visitor("viewer_b").token)
    yield Forged(None, {"HX-Request": "true", "X-HTTP-Method-Override": "GET"})


def foreign(visitor: Visitor) -> Iterator[Forged]:
    """Yield requests with a token that leaked, from a page of somebody else."""
    for site in ("cross-site", "same-site"):
        yield Forged(visitor.token, {"Sec-Fetch-Site": site})
    for origin in (EVIL, "http://127.0.0.1.evil.example"):
        yield Forged(visitor.token, {"Origin": origin})


FORMS: Mapping[str, Mapping[str, str]] = {
    A1: {"f.owner": "forged", "revision": "1"},
    A1 + "/edit": {"f.owner": "forged", "revision": "1"},
    A1 + "/delete": {"reason": "forged"},
    A1 + "/comments": {"body": "forged"},
    "/apps/case/new": {"f.name": "forged", "f.unit": "A"},
    "/account/language": {"language": "en"},
    "/account/devices/end": {},
    "/logout": {},
}


def attempted(site: Site, visitor: Visitor, way: Forged) -> None:
    """Send every form and the JSON of a session in one forged way; nothing may change."""
    place = Place(site.world, site.app, site.platform.apps["case"])
    before = place.dump(without=WATCHING)
    token = {} if way.token is None else {"csrf_token": way.token}
    header = {} if way.token is None else {"X-CSRFToken": way.token}
    for path, form in FORMS.items():
        bodies: tuple[dict[str, Any], ...] = (
            {"data": {**form, **token}},
            {"files": {"x": ("x", b"x")}, "data": {**form, **token}},
            {"content": b'{"f.owner": "forged"}', "headers": {"Content-Type": "text/plain"}},
        )
        for body in bodies:
            given = {**body, "headers": {**body.get("headers", {}), **way.headers, **header}}
            sent = visitor.http.post(path, **given)
            assert 300 <= sent.status_code < 500, (path, way)
    record = {"record": {"owner": "forged", "name": "forged"}}
    api = "/api/apps/case/records"
    for method, path in (
        ("POST", api),
        ("PUT", f"{api}/{record_id('A1')}"),
        ("DELETE", f"{api}/{record_id('A1')}"),
    ):
        answer = visitor.http.request(method, path, json=record, headers={**way.headers, **header})
        assert 300 <= answer.status_code < 500, (method, way)
    assert place.dump(without=WATCHING) == before, way
    assert visitor.get("/account").status_code == 200, f"signed out by {way}"


@case("K12", guard="tokens-are-not-checked")
def test_what_lacks_the_token_of_our_page_is_not_done(fresh: Town) -> None:
    fresh.visitor("viewer_b")
    for way in forgeries(fresh):
        attempted(fresh.here, fresh.visitor("worker_a"), way)
        stranger = fresh.here.stranger()
        given = {"user": "viewer_a", "password": PASSWORD, "csrf_token": way.token or ""}
        stranger.send("POST", "/login", data=given, headers=way.headers)
        assert stranger.get("/").status_code == 302, "signed in as somebody by another page"


@case("K12", guard="foreign-pages-may-send")
def test_what_another_page_sends_is_not_done_even_with_the_token(fresh: Town) -> None:
    worker = fresh.visitor("worker_a")
    for way in foreign(worker):
        attempted(fresh.here, worker, way)


@case("K13", guard="looking-counts-as-seen")
def test_looking_changes_nothing(fresh: Town) -> None:
    site = fresh.here
    values: Mapping[str, Any] = {"app": "case", "record": record_id("A1"), "user": "viewer_a"}
    place = Place(site.world, site.app, site.platform.apps["case"], {**values, "filename": "x"})
    visitors = [site.visitor(user) for user in ("viewer_a", "worker_a", "admin", "auditor")]
    # Something was said since they came, and the moment of looking is another one.
    site.clock.now += timedelta(minutes=10)
    before = place.dump(without=WATCHING)
    asked = 0
    for rule in place.rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static":
            for visitor in visitors:
                for method in ("GET", "HEAD"):
                    answer = visitor.send(method, place.address(rule))
                    assert answer.status_code < 500, rule.rule
                    asked += answer.status_code == 200
            assert place.dump(without=WATCHING) == before, rule.rule
    assert asked > 60
    assert all(one.get("/account").status_code == 200 for one in visitors)


@case("K14", guard="any-origin-is-welcome")
def test_no_other_origin_reads_or_frames_an_answer(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for origin in (EVIL, "null", "http://localhost:1", f"{town.here.url}.evil.example"):
        for path in (*PAGES, "/login", "/nothing", "/api/apps/case/records?query="):
            for method in ("GET", "OPTIONS"):
                asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}
                head = viewer.send(method, path, headers=asking).headers
                assert not [name for name in head if name.startswith("access-control")], path
                assert "frame-ancestors 'none'" in head["content-security-policy"]
                assert head["x-frame-options"] == "DENY"
                assert head["cross-origin-opener-policy"] == "same-origin"
                assert head["cross-origin-resource-policy"] == "same-origin"
