"""axe-core finds nothing serious on any kind of page, at the desk and on the phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from support.requirements import absent
from tsuzuri.sample.people import users
from worlds.served import PASSWORD, town

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = (ViewportSize(width=390, height=844), ViewportSize(width=1440, height=900))

Visit = Callable[[Page], None]


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        absent("axe-core (npm ci)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with town(tmp_path_factory.mktemp("town") / "home") as found:
        yield found


def enter(page: Page, user: str) -> None:
    page.goto("/login")
    page.get_by_label("ログイン名", exact=True).fill(user)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url("**/")


def at(path: str) -> Visit:
    """Open an address."""

    def visit(page: Page) -> None:
        page.goto(path)

    return visit


def record(app: str, *parts: str) -> Visit:
    """Open the first record of an app's list, or a page about it."""

    def visit(page: Page) -> None:
        page.goto(f"/apps/{app}/?view=all")
        link = page.locator(".data__title a").first.get_attribute("href")
        page.goto("/".join((str(link), *parts)))

    return visit


def mistakes(page: Page) -> None:
    """Send a form that lacks nearly everything."""
    page.goto("/apps/visit-log/new")
    page.locator("#f-happened_at").fill("R8.13.40")
    page.get_by_role("button", name="保存する").last.click()
    page.wait_for_selector(".summary")


def everything_open(page: Page) -> None:
    """Open every disclosure of a long form."""
    page.goto("/apps/case-record/new")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def conflict(page: Page) -> None:
    """Change one field in two windows."""
    record("visit-log", "edit")(page)
    other = page.context.new_page()
    other.goto(page.url)
    for window, text in ((other, "先の人"), (page, "あとの人")):
        window.locator("#f-body").fill(f"{text} {page.viewport_size}")
        window.get_by_role("button", name="保存する").last.click()
        window.wait_for_load_state()
    other.close()
    page.wait_for_selector("#conflict")


def expired(page: Page) -> None:
    """Send a form after the session ran out."""
    page.goto("/apps/visit-log/new")
    page.locator("#f-body").fill("書きかけ")
    page.context.clear_cookies()
    page.get_by_role("button", name="保存する").last.click()
    page.wait_for_selector("#password")


def authenticator(page: Page) -> None:
    """Begin to set up a second factor."""
    page.goto("/account/second")
    begin = page.get_by_role("button", name="設定をはじめる")
    # At another size it was begun before.
    if begin.count():
        begin.click()
    page.wait_for_selector(".qr")


def drafted(page: Page) -> None:
    """See what a changed definition changes, and what is wrong with it."""
    page.goto("/apps/visit-log/design")
    page.locator("button[name=kind][value=lookup]").click()
    page.goto("/apps/visit-log/design/changes")
    page.wait_for_selector(".summary")


PAGES: dict[str, Visit] = {
    "second factor": at("/account/second"),
    "authenticator": authenticator,
    "account": at("/account"),
    "home": at("/"),
    "list": at("/apps/visit-log/"),
    "empty list": at("/apps/visit-log/?view=all&f.0.field=body&f.0.op=like&f.0.value=ありえない語"),
    "filter": at("/apps/visit-log/?f.0.field=scope&f.1.field=happened_at&_filter=add"),
    "filter refused": at("/apps/visit-log/?f.0.field=nothing&f.0.value=x"),
    "search": at("/search?q=母"),
    "nothing found": at("/search?q=ありえない語"),
    "record": record("visit-log"),
    "case": record("case-record"),
    "history": record("visit-log", "history"),
    "delete": record("visit-log", "delete"),
    "action": record("visit-log", "process", "ask"),
    "assign": record("visit-log", "assign"),
    "to do": at("/todo"),
    "deputies": at("/account/deputies"),
    "mails": at("/account/mail"),
    "print": record("visit-log", "print"),
    "new": at("/apps/visit-log/new"),
    "long form": everything_open,
    "edit": record("visit-log", "edit"),
    "mistakes": mistakes,
    "conflict": conflict,
    "bin": at("/apps/visit-log/trash"),
    "hold": record("visit-log", "hold"),
    "retention": at("/retention"),
    "export": at("/apps/visit-log/export"),
    "import": at("/apps/visit-log/import"),
    "form builder": at("/apps/visit-log/design"),
    "field settings": at("/apps/visit-log/design/fields/body"),
    "drafted": drafted,
    "versions": at("/apps/visit-log/design/versions?version=1"),
    "definition": at("/apps/visit-log/design/source"),
    "not found": at("/apps/nothing/"),
    "expired": expired,
    "login": at("/login"),
}
"""Kinds of pages; the last ones leave nobody signed in."""


def person(page: Page) -> None:
    """Open somebody's page with the form of where they belong."""
    page.goto("/people/users/hoiku")
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")


def previewed(page: Page) -> None:
    """Send a list of people, with and without something wrong."""
    page.goto("/people/import")
    header = "ログイン名,氏名,ふりがな,所属コード,グループコード,開始日,終了日,メール,有効"
    rows = "\r\nx1,新人,,A01,,R9.4.1,,,\r\nx2,,,NOWHERE,,,,,"
    content = (header + rows).encode()
    page.set_input_files("#file", {"name": "people.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="内容を確かめる").click()
    page.wait_for_selector("#found-title")


def looking(page: Page) -> None:
    """Look at somebody else's screen."""
    page.goto("/viewing")
    page.select_option("#user", "hoiku")
    page.get_by_role("button", name="この人の画面を見る").click()
    page.wait_for_selector(".looking")


def slip(page: Page) -> None:
    """Make somebody a way back in."""
    page.goto("/people/users/hoiku")
    page.get_by_role("button", name="再設定の案内を作る").click()
    page.wait_for_selector(".slip")


def invited(page: Page) -> None:
    """Go where the code on a slip leads."""
    link = page.locator(".slip input").input_value()
    page.goto(f"/invitation#{link.rpartition('#')[2]}")
    page.get_by_role("button", name="次へ").click()
    page.wait_for_selector("#new_password")


ADMINISTRATION: dict[str, Visit] = {
    "people": at("/people"),
    "new person": at("/people/new"),
    "person": person,
    "agencies": at("/people/agencies"),
    "agency": at("/people/agencies/A06"),
    "groups": at("/people/groups"),
    "new group": at("/people/new-group"),
    "people from a file": at("/people/import"),
    "people previewed": previewed,
    "invitations": at("/people/invitations"),
    "slip": slip,
    "invited": invited,
    "sending mails": at("/people/mail"),
    "code": at("/invitation"),
    "whose screen": at("/viewing"),
    "looking": looking,
    "looking at a list": at("/apps/visit-log/"),
    "not while looking": at("/people"),
}
"""Pages of those who look after people; from the last but two on as somebody else."""


AUDITING: dict[str, Visit] = {
    "log": at("/audit"),
    "reads of a person": at("/audit?user=admin&action=read"),
    "nothing in the log": at("/audit?user=nobody"),
    "alarms": at("/alarms"),
}
"""Pages of auditors."""


def somebody(role: str) -> str:
    """Return the login name of somebody with a role."""
    return next(one.code for one in users() if one.role == role)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("viewport", SIZES, ids=["phone", "desktop"])
@pytest.mark.parametrize(
    "user, pages",
    [("admin", PAGES), (somebody("sysadmin"), ADMINISTRATION), (somebody("auditor"), AUDITING)],
)
def test_axe_finds_nothing_serious(
    browser: Browser,
    address: str,
    axe: str,
    viewport: ViewportSize,
    user: str,
    pages: dict[str, Visit],
) -> None:
    # The policy rightly refuses a script from outside, which axe is; it alone is let past.
    context = browser.new_context(
        viewport=viewport, base_url=address, locale="ja-JP", bypass_csp=True
    )
    page = context.new_page()
    enter(page, user)
    found = {}
    for name, visit in pages.items():
        visit(page)
        page.evaluate(axe)
        serious = page.evaluate(
            """async tags => (await axe.run(document, {runOnly: tags})).violations
                .filter(one => ["serious", "critical"].includes(one.impact))
                .map(one => one.id + ": " + one.nodes.map(node => node.html).join(" | "))""",
            TAGS,
        )
        if serious:
            found[name] = serious
    context.close()
    assert not found
