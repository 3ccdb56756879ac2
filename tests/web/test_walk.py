"""The sample town as its people see it: every page, in a real browser, stays among ourselves.

Somebody of each role follows links, forms that only ask, and the parts that pages ask for by htmx.
Every answer carries every header; no page breaks the policy, throws an error or fails to load a
part of itself.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from tsuzuri.config import Config
from tsuzuri.errors import Denied, Unknown
from tsuzuri.factory import create_app
from tsuzuri.sample.people import users
from tsuzuri.services import attachments, drafts, importing, people, records, threads
from tsuzuri.services.drafts import Writing
from tsuzuri.services.platform import Platform
from tsuzuri.services.threads import Draft
from tsuzuri.storage.records import Listing, Records
from web.witness import Walk, Witness, parts
from worlds.served import PASSWORD, town

SAVED = {
    *("files.download", "threads.file", "transfer.export", "auditing.export", "people_csv.export"),
    # Chromium's own page around a picture breaks our policy for files; pages show it as <img>.
    "files.preview",
    *("versions.export", "api.find", "api.show", "api.comments", "health.health"),
}
"""What is saved or read by a program; the browser asks for it without opening it."""
PASSED = {
    "static": "part of every page",
    "live.listed": "stays open; the pages that use it open it",
    "live.record": "the same",
    "oidc.start": "leads to the identity provider that the operator named; there is none here",
    "oidc.back": "the same",
}
AS_PROGRAMS = {
    "lists.index": ("/api/apps/{app}/records",),
    "records.show": (
        "/api/apps/{app}/records/{record}",
        "/api/apps/{app}/records/{record}/comments",
    ),
}
"""What programs read beside what people look at; no page leads there."""
REACHED_OTHERWISE = {
    **PASSED,
    "oidc.index": "not there without an identity provider",
    "oidc.begin_link": "the same",
    "account.second_form": "nobody in the town has a second factor",
    "factors.picture": "part of the page of one who sets it up (tests/web/test_axe.py opens it)",
    "alarms.show": "there is no alarm in the town",
    "retention.review": "no app of the town says how long it keeps",
    "interview.show": "nobody asked for help with a draft there",
    "interview.follow": "the same",
    "notices.told": "nobody was told of anything urgent there",
    "process.ask": "only where a record waits for this very person (tests/web/test_process.py)",
    "process.ask_assign": "the same",
    "process.ask_recall": "the same",
    "records.unmask": "only where a record has something to lift",
}
"""What no link leads to, or nobody opens; any other page not reached is a hole."""
STARTS = (
    "/",
    "/search?q=母",
    "/proof",
    "/todo",
    "/viewing",
    "/healthz",
    "/nowhere",
    "/retention",
    "/invitation",
)
FEW = ("admin", "hoiku", "sysadmin", "auditor")
MOST = 5000


def one_of_each() -> Iterator[tuple[str, str]]:
    """Yield (name, login) for every pair of a role and an agency, and for nobody."""
    pairs = {f"{one.role} of {one.agency}": one.code for one in reversed(users())}
    yield from sorted(pairs.items())
    yield "nobody", ""


def some() -> Iterator[tuple[str, str]]:
    """Yield (name, login) for an administrator, a nursery, a keeper of people, an auditor."""
    for wanted in FEW:
        found = next(one for one in users() if wanted in {one.code, one.role})
        yield f"{found.role} of {found.agency}", found.code
    yield "nobody", ""


@dataclass(frozen=True)
class Served:
    """The town behind a server: its address, its routes, and what was added to it."""

    address: str
    routes: Map
    added: list[str]


@dataclass
class Trip:
    """One person's walk: what was looked at, and what was wrong."""

    served: Served
    finely: bool
    """Whether the same page of two apps, or with another question, is another sort of page."""
    reached: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def sort(self, address: str) -> str:
        """Name the route of an address, what it is asked, and perhaps its app."""
        asked = urlsplit(address)
        try:
            endpoint, values = self.served.routes.bind("localhost").match(asked.path, method="GET")
        except HTTPException:
            return "no route"
        if endpoint in PASSED:
            return ""
        if not self.finely:
            return str(endpoint)
        given = sorted({name for name, _ in parse_qsl(asked.query)})
        return " ".join((endpoint, values.get("app", ""), *given))

    def beside(self, address: str) -> list[str]:
        """Return what a program would read where a person reads this."""
        endpoint, values = self.served.routes.bind("localhost").match(urlsplit(address).path)
        return [self.served.address + one.format(**values) for one in AS_PROGRAMS.get(endpoint, ())]

    def go(self, page: Page) -> None:
        """Look at a page of each sort."""
        witness = Witness(self.served.address)
        witness.watch(page)
        walk = Walk(page, witness, self.sort, lambda address: self._visit(walk, address))
        looked = walk.go([*self.served.added, *STARTS], MOST)
        self.counts.update(pages=looked, requests=witness.asked.total(), **witness.asked)
        self.wrong += witness.seen

    def _visit(self, walk: Walk, address: str) -> None:
        endpoint = self.sort(address).split(" ")[0]
        if endpoint in SAVED:
            self._save(walk, address)
            return
        opened = walk.page.goto(address)
        if opened is None or opened.status >= 400:
            return
        walk.witness.look(walk.page)
        # Somebody who is not signed in is led to the page for that.
        self.reached.add(self.sort(walk.page.url).split(" ")[0])
        for part in parts(walk.page):
            if walk.wanted(part):
                self._swap(walk.page, part)
                self.reached.add(self.sort(part).split(" ")[0])
                self.counts["parts"] += 1
        if endpoint in AS_PROGRAMS:
            for one in self.beside(address):
                if walk.wanted(one):
                    self._save(walk, one)

    def _save(self, walk: Walk, address: str) -> None:
        answer = walk.page.context.request.get(address, max_redirects=0)
        walk.witness.answered(f"GET {address}", answer.status, answer.headers)
        self.counts["saved"] += 1
        if answer.status == 200:
            self.reached.add(self.sort(address).split(" ")[0])

    def _swap(self, page: Page, address: str) -> None:
        """Have htmx fetch a part of a page and put it there, as it does by itself."""
        page.evaluate(
            """address => {
                const place = document.createElement('div');
                document.querySelector('main').append(place);
                return htmx.ajax('GET', address, {target: place, swap: 'innerHTML'});
            }""",
            address,
        )


def _may_edit(reading: Records, record: int) -> bool:
    with suppress(Unknown, Denied):
        reading.get(record, "edit")
        return True
    return False


def furnished(platform: Platform) -> list[str]:
    """Add what the sample town lacks: a photograph, a comment with a file, an import, a draft."""
    actor = people.actor(platform, "hoiku")
    assert actor is not None
    access = platform.admit(actor, "visit-log")
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "PNG")
    picture.seek(0)
    photo = attachments.receive(platform, actor, "園庭.png", picture)
    letter = attachments.receive(platform, actor, "手紙.txt", io.BytesIO(b"letter"))
    with platform.reading(access) as reading:
        found = (row[0] for row in reading.page(Listing(size=100)).rows)
        ours = next(one for one in found if _may_edit(reading, one))
    saved = records.change(platform, access, ours, {"photos": [photo]}, revision=None)
    said = Draft(body="手紙を添えます", files=[letter["key"]])
    threads.comment(platform, access, saved.id, said)
    manager = people.actor(platform, "admin")
    assert manager is not None
    access = platform.admit(manager, "visit-log")
    job = importing.receive(platform, access, "a.csv", io.BytesIO(b"body\r\nx"), match="")
    draft = drafts.begin(platform, access, Writing(given={}, typed=()))
    parts = (
        f"records/{saved.id}",
        f"import/{job}",
        f"drafts/{draft}/edit",
        f"drafts/{draft}/discard",
    )
    return [f"/apps/visit-log/{one}" for one in parts]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("walk") / "home"
    with town(home) as address:
        platform = Platform.open(Config.from_environment({"TSUZURI_HOME": str(home)}))
        routes = create_app(platform.config, platform).url_map
        added = furnished(platform)
        platform.database.close()
        yield Served(address, routes, added)


@contextmanager
def entered(browser: Browser, address: str, user: str) -> Iterator[Page]:
    """Give somebody's browser."""
    context = browser.new_context(base_url=address, locale="ja-JP")
    page = context.new_page()
    try:
        if user:
            page.goto("/login")
            page.fill("[name=user]", user)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(f"{address}/")
        yield page
    finally:
        context.close()


Say = Callable[[str], None]


def walked(
    browser: Browser, served: Served, people: list[tuple[str, str]], say: Say, *, finely: bool
) -> None:
    """Walk as each of some people; fail for anything wrong and for pages that nobody reached."""
    trips = {}
    for name, user in people:
        with entered(browser, served.address, user) as page:
            trips[name] = trip = Trip(served, finely)
            trip.go(page)
            say(f"{name}: {dict(trip.counts)}, wrong: {len(trip.wrong)}")
    total = sum((one.counts for one in trips.values()), Counter[str]())
    say(f"{len(trips)} people: {dict(total)}")
    wrong = [f"{name}: {found}" for name, trip in trips.items() for found in trip.wrong]
    assert not wrong, "\n".join(wrong[:40])
    reached = set().union(*(trip.reached for trip in trips.values()))
    pages = {
        rule.endpoint for rule in served.routes.iter_rules() if "GET" in (rule.methods or set())
    }
    missed = sorted(pages - reached - REACHED_OTHERWISE.keys())
    assert not missed, "\n".join(missed)
    # Nothing would be wrong either with pages that load nothing.
    assert min(total[sort] for sort in ("document", "script", "stylesheet", "eventsource")) > 0


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def told(text: str) -> None:
        with capsys.disabled():
            print(text)  # noqa: T201  the figures

    return told


@pytest.mark.timeout(300)
def test_no_page_of_some_people_asks_anybody_else(
    browser: Browser, served: Served, say: Say
) -> None:
    walked(browser, served, [*some()], say, finely=False)


@pytest.mark.long
@pytest.mark.timeout(5400)
def test_no_page_of_anybody_asks_anybody_else(browser: Browser, served: Served, say: Say) -> None:
    walked(browser, served, [*one_of_each()], say, finely=True)
