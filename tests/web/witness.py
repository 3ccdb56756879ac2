"""What a real browser saw while it walked through pages that it should not have seen."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page
from werkzeug.datastructures import Headers

from web.expected import ALWAYS, FILE_POLICY, PAGE_POLICY, wrong_in
from web.payloads import COMPUTED, TRACES

OUR_OWN = re.compile(r"the server responded with a status of 4\d\d")
"""Of the browser, about a page that says in words that it is not there."""

REPORTING = (
    "addEventListener('securitypolicyviolation', (e) =>"
    " console.error('policy', e.effectiveDirective, e.blockedURI, e.sample))"
)
LOADED = """all => all.flatMap(one => [...one.attributes]
    .filter(a => /^(src|srcset|poster|data|action|formaction|(data-)?hx-\\w+)$/.test(a.name))
    .filter(a => /^\\s*(https?:)?\\/\\//i.test(a.value) && !a.value.startsWith(location.origin))
    .map(a => `${one.tagName} ${a.name}=${a.value}`))"""
"""What a page would load from elsewhere, or send there, if somebody touched it; http: too."""
GIVEN = """forms => forms.map(form => {
    const asked = new URL(form.getAttribute('action') || '', location.href);
    asked.search = new URLSearchParams(new FormData(form));
    return asked.href;
})"""
PARTS = "all => all.map(one => new URL(one.getAttribute('hx-get'), location.href).href)"


@dataclass
class Witness:
    """Listens to pages; ``forbidden`` ends an address that nobody but a payload asks for."""

    origin: str
    forbidden: str = ""
    seen: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    """How often the browser asked for what: ``document``, ``image``, ``fetch`` and so on."""

    def watch(self, page: Page) -> None:
        """Listen to a page."""
        page.on("dialog", self._dialog)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"error {error} at {page.url}"))
        page.on("request", self._request)
        page.on("response", self._response)
        page.add_init_script(REPORTING)

    def _dialog(self, shown: Any) -> None:
        if shown.type == "beforeunload":
            shown.accept()
            return
        self.seen.append(f"dialog {shown.message}")
        shown.dismiss()

    def _console(self, told: Any) -> None:
        if told.type in {"error", "warning"} and not OUR_OWN.search(told.text):
            self.seen.append(f"console {told.text} at {told.location.get('url')}")

    def _request(self, asked: Any) -> None:
        # "localhost:8000" in the name of another host must not pass for ours.
        ours = asked.url.startswith((f"{self.origin}/", f"blob:{self.origin}/"))
        wanted = self.forbidden and urlsplit(asked.url).path.endswith(self.forbidden)
        if not ours or wanted:
            self.seen.append(f"request {asked.url}")
        self.asked[str(asked.resource_type)] += 1

    def _response(self, answer: Any) -> None:
        if not answer.url.startswith(f"{self.origin}/"):
            return
        request = answer.request
        # A page may say that it is not there; what a page is made of has to be there.
        worst = 500 if request.is_navigation_request() or request.resource_type == "fetch" else 400
        self.answered(f"{request.method} {answer.url}", answer.status, answer.headers, worst)

    def answered(self, name: str, status: int, given: Any, worst: int = 500) -> None:
        """Look at an answer: its status, and every header that it has to carry."""
        if status >= worst:
            self.seen.append(f"{status} {name}")
        headers = Headers(given)
        if "/static/" in name and status < 400:
            expected = {**ALWAYS, "Content-Security-Policy": PAGE_POLICY}
            wrong = [key for key, text in expected.items() if headers.get(key) != text]
        else:
            sent = "/files/" in name and status == 200
            wrong = wrong_in(headers, policy=FILE_POLICY if sent else PAGE_POLICY)
        if wrong:
            self.seen.append(f"headers of {status} {name}: {wrong}")

    def look(self, page: Page) -> None:
        """Look at a page for what a payload made of it, and for what it would load elsewhere."""
        for found in page.query_selector_all(TRACES):
            self.seen.append(f"{page.url} {found.evaluate('e => e.outerHTML')[:200]}")
        if COMPUTED in page.inner_text("body"):
            self.seen.append(f"{page.url} computed")
        for named in page.eval_on_selector_all("*", LOADED):
            self.seen.append(f"{page.url} names {named}")


def links(page: Page) -> Iterator[str]:
    """Yield where a page leads: by links, and by forms that only ask."""
    for one in page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)"):
        yield str(one).split("#")[0]
    for one in page.eval_on_selector_all("form[method=get]", GIVEN):
        yield str(one)


def parts(page: Page) -> list[str]:
    """Return the parts of itself that a page asks for by htmx."""
    found: list[str] = page.eval_on_selector_all("[hx-get]", PARTS)
    return found


@dataclass
class Walk:
    """Follows links from page to page in one person's browser, a few of each sort."""

    page: Page
    witness: Witness
    sort: Callable[[str], str]
    """Names the sort of an address; nothing for what is not to be looked at."""
    visit: Callable[[str], None]
    few: int = 1
    known: set[str] = field(default_factory=set)
    sorts: Counter[str] = field(default_factory=Counter)

    def wanted(self, address: str) -> bool:
        """Say whether to look at this one, and remember that it was."""
        sort = self.sort(address)
        if not address.startswith(f"{self.witness.origin}/") or address in self.known or not sort:
            return False
        self.known.add(address)
        self.sorts[sort] += 1
        return self.sorts[sort] <= self.few

    def go(self, starts: list[str], most: int) -> int:
        """Look at up to ``most`` pages; return how many there were."""
        waiting = deque(f"{self.witness.origin}{path}" for path in starts)
        looked = 0
        while waiting and looked < most:
            address = waiting.popleft()
            if not self.wanted(address):
                continue
            self.visit(address)
            looked += 1
            waiting.extend(links(self.page))
        return looked
