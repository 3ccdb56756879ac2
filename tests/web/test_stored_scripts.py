"""What one person typed into anything is text to every other person's browser, on every page.

Everything is stored through the product, then another person's Chromium follows every link.  It
reports dialogs, violations of the content policy, errors, requests to outside, and elements or
attributes that only a payload could have made.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from support.server import Server, serving
from tsuzuri.access.gate import Access
from tsuzuri.config import Config
from tsuzuri.services import (
    attachments,
    definitions,
    importing,
    people,
    records,
    saved_views,
    threads,
)
from tsuzuri.services.platform import Platform
from tsuzuri.storage import people as stored
from tsuzuri.storage.people import Agency, Group, User
from web.payloads import PAYLOADS
from web.witness import Walk, Witness
from worlds.town import EVERYTHING, document_of

PASSWORD = "十文字よりも長い合言葉"
TOGETHER = 8
SOME_PAGES, ALL_PAGES = 45, 2000


def chunk(number: int, longest: int) -> str:
    """Return payloads one after another, as many as fit."""
    text = ""
    for one in PAYLOADS[number * TOGETHER :]:
        if len(text) + len(one) > longest:
            break
        text += one + " "
    return text.strip() or PAYLOADS[number * TOGETHER][:longest]


CHUNKS = -(-len(PAYLOADS) // TOGETHER)
LONGEST_TITLE = 90


def document() -> dict[str, Any]:
    """Return a definition whose every text is a payload."""
    kinds: dict[str, dict[str, Any]] = {
        "text": {"kind": "text"},
        "body": {"kind": "multiline"},
        "rich": {"kind": "rich_text"},
        "name": {"kind": "name"},
        "where": {"kind": "address"},
        "log": {"kind": "timed_log"},
        "rows": {"kind": "table", "items": {"properties": {"x": {"kind": "text", "title": "x"}}}},
        "files": {"kind": "attachment"},
        "pick": {"kind": "radio", "enum": [chunk(n, 60) for n in range(3)]},
        "who": {"kind": "users"},
        "scope": {"kind": "agencies"},
        "masked": {"kind": "text"},
    }
    fields = {
        code: {"title": chunk(n % CHUNKS, LONGEST_TITLE), **given}
        for n, (code, given) in enumerate(kinds.items())
    }
    access = {
        "app": [{"who": ["everyone"], "allow": [*EVERYTHING, "manage"]}],
        "record": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    }
    views = [{"name": chunk(5, 60), "columns": ["text", "body", "rich", "pick", "files", "who"]}]
    found = document_of(
        fields, access, code="xss", views=views, comments={"acknowledge": [chunk(2, 20)]}
    )
    return {**found, "name": chunk(0, 60), "description": chunk(1, 200), "recordTitle": ["text"]}


def filled(platform: Platform) -> None:
    """Store every payload everywhere it may be typed."""
    with platform.database.platform(writing=True) as connection:
        stored.put_agencies(connection, [Agency(code="A", name=chunk(3, 60))])
        stored.put_groups(connection, [Group(code="g", name=chunk(4, 60))])
        editor = User(code="editor", name=chunk(6, 40), agencies=("A",), groups=("g",))
        chief = User(
            code="chief", name="長", agencies=("A",), groups=("g",), administers=True, audits=True
        )
        stored.put_users(connection, [editor, chief], platform.today)
    for user in ("chief", "editor"):
        people.set_password(platform, user, PASSWORD)
    definitions.publish(platform, document(), by="editor")
    actor = people.actor(platform, "editor")
    assert actor is not None
    access = platform.admit(actor, "xss")
    for number in range(CHUNKS):
        _record(platform, access, number)
    for number in range(CHUNKS):
        saved_views.save(platform, access, name=chunk(number, 60), where="", sort="")
    bad = "\r\n".join(
        ["text,pick", *(f'"{one.replace(chr(34), chr(34) * 2)}",x' for one in PAYLOADS)]
    )
    importing.receive(platform, access, chunk(0, 80), io.BytesIO(bad.encode()), match="")


def _record(platform: Platform, access: Access, number: int) -> None:
    name = chunk(number, 80)
    file = attachments.receive(platform, access.actor, name, io.BytesIO(name.encode()))
    long = "\n".join(PAYLOADS[number * TOGETHER : (number + 1) * TOGETHER])
    given: dict[str, Any] = {
        "text": chunk(number, 200),
        "body": long,
        "rich": long,
        "where": {"town": chunk(number, 60)},
        "log": [{"at": "10:00", "text": long}],
        "rows": [{"x": chunk(number, 200)}],
        "files": [file],
        "who": ["editor"],
        "pick": chunk(number % 3, 60),
        "masked": chunk(number, 200),
    }
    saved = records.create(platform, access, given)
    records.change(platform, access, saved.id, {"text": "改 " + chunk(number, 190)}, revision=None)
    threads.comment(platform, access, saved.id, long)
    threads.thank(platform, access, saved.id, chunk(2, 20))
    if number == 0:
        gone = records.create(platform, access, {"text": chunk(1, 200)})
        records.delete(platform, access, gone.id, reason=chunk(1, 200), revision=None)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("xss")
    platform = Platform.open(Config.from_environment({"TSUZURI_HOME": str(home)}))
    filled(platform)
    platform.database.close()
    with serving(home) as running:
        yield running


@contextmanager
def entered(
    browser: Browser, server: Server, user: str = "chief"
) -> Iterator[tuple[Page, Witness]]:
    """Give somebody's browser, watched."""
    page, witness = browser.new_page(), Witness(server.url, "/xss")
    witness.watch(page)
    try:
        page.goto(f"{server.url}/login")
        page.fill("[name=user]", user)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{server.url}/")
        yield page, witness
    finally:
        page.context.close()


def crawled(page: Page, witness: Witness, most: int) -> int:
    """Follow every link to pages of ours, up to so many; return how many were looked at."""

    def visit(address: str) -> None:
        page.goto(address)
        witness.look(page)

    def sort(address: str) -> str:
        saved = any(one in address for one in ("/files/", ".csv", "definition.json"))
        return "" if saved else address

    return Walk(page, witness, sort, visit).go([*STARTS], most)


def test_no_page_runs_what_somebody_typed(browser: Browser, server: Server) -> None:
    with entered(browser, server, "chief") as (page, witness):
        assert crawled(page, witness, SOME_PAGES) == SOME_PAGES
    assert not witness.seen, "\n".join(witness.seen[:20])


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("user", ["chief", "editor"])
def test_no_page_at_all_runs_what_somebody_typed(
    browser: Browser, server: Server, user: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with entered(browser, server, user) as (page, witness):
        looked = crawled(page, witness, ALL_PAGES)
    with capsys.disabled():
        print(f"\n{user}: {len(PAYLOADS)} payloads, {looked} pages")  # noqa: T201  the figures
    assert not witness.seen, "\n".join(witness.seen[:20])


STARTS = (
    "/",
    "/apps/xss/",
    "/apps/xss/new",
    "/apps/xss/trash",
    "/apps/xss/import",
    "/search?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E",
    "/apps/xss/?f.0.field=text&f.0.op=like&f.0.value=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/apps/xss/?sort=%3Cscript%3Ealert(1)%3C/script%3E",
    "/apps/%3Cscript%3Ealert(1)%3C%2Fscript%3E/",
    "/login?next=javascript:alert(1)",
)


def test_the_witness_sees_what_it_looks_for(browser: Browser, server: Server) -> None:
    """Otherwise the test above would pass on pages that run everything."""
    with entered(browser, server) as (page, witness):
        page.evaluate("document.body.insertAdjacentHTML('beforeend', `<b class=xss>7</b>`)")
        page.evaluate("document.body.append(new Image()); document.images[0]")
        page.evaluate("{ const i = new Image(); i.src = 'https://outside.example/x.png'; }")
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>1337')")
        page.evaluate("setTimeout(() => alert('xss'))")
        page.wait_for_timeout(300)
        witness.look(page)
        told = "\n".join(witness.seen)
        for sort in (
            "dialog",
            "console policy img-src",
            "policy style-src",
            "computed",
            'class="xss',
        ):
            assert sort in told, sort


def test_whoever_comes_next_finds_nothing_of_the_last_one(browser: Browser, server: Server) -> None:
    with entered(browser, server) as (page, _):
        page.goto(f"{server.url}/apps/xss/new")
        page.fill("[name='f.body']", "下書きの秘密")
        page.wait_for_timeout(700)
        assert "下書きの秘密" in page.evaluate("JSON.stringify({...sessionStorage})")
        assert page.evaluate("localStorage.length") == 0
        page.goto(f"{server.url}/apps/xss/")
        page.evaluate("document.querySelector('form[data-logout]').requestSubmit()")
        page.wait_for_url("**/login*")
        kept = "JSON.stringify([{...sessionStorage}, {...localStorage}])"
        # Htmx keeps the path of the page that is shown; what was shown before is gone.
        assert page.evaluate(kept) == '[{"htmx-current-path-for-history":"/login"},{}]'
        for _step in range(2):
            page.go_back()
            page.wait_for_timeout(300)
            assert "/login" in page.url, "a page came back from memory"
