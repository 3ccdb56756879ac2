"""緊急 between two agencies, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from support.browser import VIEWPORTS
from web.test_live import shared
from web.test_story import visiting
from worlds.served import town

SOON = 10.0
"""Seconds until a page that is opened anew shows the band, on a busy test machine."""
CALL = "通知だけでは、伝わったことになりません。必ず電話でも伝えてください。"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with town(tmp_path_factory.mktemp("town") / "home") as found:
        yield found


def told(page: Page) -> None:
    """Look at the home page until the band stands there."""
    for _ in range(int(SOON * 5)):
        page.goto("/")
        if page.locator(".urgent--band").count():
            return
        page.wait_for_timeout(200)
    raise AssertionError("nobody was told")


def test_an_urgent_record_is_opened_by_the_other_agency_and_its_writer_sees_it(
    browser: Browser, address: str
) -> None:
    with (
        visiting(browser, address, VIEWPORTS["phone"]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as officer,
    ):
        shared(teacher, officer)
        teacher.get_by_role("link", name="編集").click()
        teacher.get_by_role("radio", name="緊急", exact=True).check()
        teacher.get_by_role("button", name="保存").first.click()
        expect(teacher.locator(".urgent-panel")).to_contain_text(CALL)
        told(officer)
        name = officer.locator(".menu__who strong").text_content()
        assert name
        teacher.goto(teacher.url.split("?")[0])
        panel = teacher.locator(".urgent-panel")
        expect(panel).to_contain_text("まだ開いていない人")
        expect(panel.locator("dd", has_text=name)).to_have_count(1)
        expect(panel.locator('a[href^="tel:"]').first).to_be_visible()
        band = officer.locator(".urgent--band")
        expect(band).to_contain_text("経過記録")
        band.get_by_role("button", name="開く").click()
        officer.wait_for_url("**/records/*")
        expect(officer.locator(".urgent--band")).to_have_count(0)
        officer.goto("/")
        expect(officer.locator(".urgent--band")).to_have_count(0)
        teacher.reload()
        expect(panel).to_contain_text(CALL)
        expect(panel.locator("dd", has_text=name)).to_have_count(0)


def test_an_urgent_comment_reaches_the_other_agency(browser: Browser, address: str) -> None:
    with (
        visiting(browser, address, VIEWPORTS["tablet"]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as officer,
    ):
        shared(teacher, officer)
        officer.goto("/")
        teacher.get_by_label("コメントを書く").fill("お迎えが来ません。至急お電話ください。")
        teacher.get_by_role("checkbox", name="緊急として知らせる").check()
        teacher.get_by_role("button", name="コメントする").click()
        expect(teacher.locator("#talk .chip", has_text="緊急")).to_be_visible()
        told(officer)
        officer.locator(".urgent--band").get_by_role("button", name="開く").first.click()
        expect(officer.locator("#talk .comment", has_text="お迎えが来ません。")).to_have_count(1)
