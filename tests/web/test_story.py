"""What the program is for, in a real browser: a teacher writes, another office reads and thanks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from worlds.served import PASSWORD, TODAY, TODAY_IN_ERA, town

BODY = "玄関で「おはよう」と自分から言えた。給食は全部食べた。"
SIZES = (ViewportSize(width=390, height=844), ViewportSize(width=1440, height=900))
AXE = "node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with town(tmp_path_factory.mktemp("town") / "home") as found:
        yield found


@contextmanager
def visiting(
    browser: Browser, address: str, viewport: ViewportSize, *, script: bool = True
) -> Iterator[Page]:
    """Open a browser of somebody's own; anything it complains about fails the test."""
    context = browser.new_context(
        viewport=viewport,
        base_url=address,
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        java_script_enabled=script,
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    try:
        yield page
        told = [one for one in complaints if "Failed to load resource" not in one]
        assert not told, told
    finally:
        context.close()


def enter(page: Page, user: str) -> None:
    page.goto("/")
    page.get_by_label("ログイン名", exact=True).fill(user)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    expect(page.get_by_role("heading", name="ホーム")).to_be_visible()


def write(page: Page, *, script: bool) -> None:
    """Write a visit record as a nursery teacher does, shared with three agencies."""
    page.get_by_role("link", name=re.compile("新しく書く.*経過記録")).click()
    case = page.locator("#f-case")
    if script:
        case.click()
        page.locator(".lookup__option").first.click()
        expect(page.locator("#f-case-echo")).not_to_be_empty()
        expect(page.locator('[data-field="f.child_name"]')).to_be_visible()
    else:
        page.goto("/apps/visit-log/lookup/case")
        key = page.locator("[data-value]").first.get_attribute("data-value")
        page.goto("/apps/visit-log/new")
        case.fill(key or "")
    page.locator("#f-happened_at").fill(f"{TODAY_IN_ERA} 0時5分")
    for choice in ("日常の様子(所属)", "目視で確認", "変わりなし"):
        page.get_by_role("radio", name=choice, exact=True).check()
    page.get_by_role("checkbox", name="本人", exact=True).check()
    page.locator("#f-body").fill(BODY)
    scope = page.locator('[data-field="f.scope"]')
    scope.locator("#f-scope").click()
    for code in ("A01", "A06", "C01"):
        scope.locator(f'input[value="{code}"]').check()
    page.get_by_role("button", name="保存する").last.click()


@pytest.mark.parametrize("viewport", SIZES, ids=["phone", "desktop"])
def test_a_teacher_writes_and_the_school_office_thanks(
    browser: Browser, address: str, viewport: ViewportSize
) -> None:
    with visiting(browser, address, viewport) as teacher:
        enter(teacher, "hoiku")
        write(teacher, script=True)
        expect(teacher.get_by_text("保存しました。")).to_be_visible()
        expect(teacher.get_by_text(f"{TODAY:%Y/%m/%d} 00:05")).to_be_visible()
        record = teacher.url.split("?")[0]
        assert "risk_change" not in teacher.content()
        assert "リスクの変化" not in teacher.content()
    with visiting(browser, address, viewport) as officer:
        enter(officer, "gakko")
        officer.goto("/apps/visit-log/")
        row = officer.locator(
            "tr", has=officer.locator(f'a[href="{record.removeprefix(address)}"]')
        )
        row.get_by_role("link").click()
        expect(officer.get_by_text(BODY)).to_be_visible()
        officer.get_by_role("button", name="ありがとうございます").click()
        expect(officer.get_by_role("button", name="ありがとうございます")).to_have_attribute(
            "aria-pressed", "true"
        )
    with visiting(browser, address, viewport) as teacher:
        enter(teacher, "hoiku")
        news = teacher.locator(".feed__item", has_text="ありがとうございます").first
        expect(news).to_contain_text("お礼")
        news.get_by_role("link").click()
        expect(teacher.locator("#thanks")).to_contain_text("ありがとうございます")


def test_the_core_path_needs_no_script(browser: Browser, address: str) -> None:
    with visiting(browser, address, SIZES[0], script=False) as page:
        enter(page, "hoiku")
        write(page, script=False)
        expect(page.get_by_text("保存しました。")).to_be_visible()
        page.get_by_role("link", name="編集").click()
        page.locator("details:has(#f-injury_sites) > summary").click()
        page.locator('[data-rows="f.injury_sites"] button[name="_add"]').click()
        assert page.locator("#f-injury_sites tbody tr").count() == 2
        page.get_by_role("button", name="保存する").last.click()
        page.get_by_label("コメントを書く").fill("読みました")
        page.get_by_role("button", name="コメントする").click()
        expect(page.locator(".comment__body", has_text="読みました")).to_be_visible()
        page.get_by_role("button", name="確認しました").click()
        expect(page.locator("#thanks .ack__count")).to_have_text("1")
        page.goto("/apps/visit-log/?view=all")
        page.locator(".filters > summary").click()
        page.get_by_role("button", name="条件を追加").click()
        page.get_by_label("フィールド").select_option("body")
        page.get_by_role("button", name="表示する").last.click()
        page.locator('input[name="f.0.value"]').fill("おはよう")
        page.get_by_role("button", name="表示する").last.click()
        expect(page.locator(".data tbody tr").first).to_be_visible()


def test_the_keyboard_reaches_the_end_of_the_core_path(browser: Browser, address: str) -> None:
    with visiting(browser, address, SIZES[1]) as page:
        page.goto("/")
        page.get_by_label("ログイン名", exact=True).focus()
        page.keyboard.type("hoiku")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="ホーム")).to_be_visible()
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.className")
        assert focused == "skip-link"
        page.goto("/apps/visit-log/new")
        page.locator("#f-case").focus()
        page.wait_for_selector(".lookup__option")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#f-case")).not_to_have_value("")
        reached = set()
        for _ in range(120):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.name || document.activeElement.id"))
        for name in ("f.happened_at", "f.method", "f.met", "f.body", "f.importance"):
            assert name in reached
