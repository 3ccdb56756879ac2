"""A comment is addressed by a button, by @ and to all, and found in the inbox of whom it is for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from support.browser import VIEWPORTS
from web.test_live import SOON, heard, say, shared
from web.test_story import visiting
from worlds.served import town

SHOTS = os.environ.get("TSUZURI_SHOTS", "")
"""A directory for pictures to look at; none are taken without."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with town(tmp_path_factory.mktemp("town") / "home") as found:
        yield found


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def chips(page: Page) -> list[str]:
    return page.locator("#thread-to label").all_inner_texts()


@pytest.mark.parametrize("size", ["phone", "tablet", "desktop"])
def test_a_comment_is_addressed_by_at_and_found_under_mine(
    browser: Browser, address: str, size: str
) -> None:
    with (
        visiting(browser, address, VIEWPORTS[size]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as officer,
    ):
        shared(teacher, officer)
        body = teacher.get_by_label("コメントを書く")
        body.fill("迎えは17時です。")
        body.press("End")
        body.press_sequentially("@")
        find = teacher.get_by_label("宛先を名前・よみ・所属で探す")
        expect(find).to_be_focused()
        find.press_sequentially("やまさき")
        option = teacher.locator("#thread-to-list [data-value]")
        expect(option).to_have_count(1)
        expect(option).to_contain_text("山﨑 健一")
        shot(teacher, f"find-{size}")
        find.press("ArrowDown")
        find.press("Enter")
        expect(body).to_be_focused()
        expect(body).to_have_value("迎えは17時です。")
        assert chips(teacher) == ["山﨑 健一"]
        shot(teacher, f"chip-{size}")
        teacher.get_by_role("button", name="コメントする").click()
        heard(officer, "迎えは17時です。")
        expect(officer.locator("#talk .comment").last).to_contain_text("あなた宛て")
        expect(teacher.locator("#talk .comment").last).to_contain_text("山﨑 健一")
        assert chips(teacher) == []
        shot(officer, f"read-{size}")
        # Putting it right: the chip is there, and goes with its tick.
        teacher.get_by_role("link", name="直す・取り消す").click()
        expect(teacher.locator("#thread-to label")).to_have_count(1)
        shot(teacher, f"change-{size}")
        teacher.locator("#thread-to input").click()
        expect(teacher.locator("#thread-to label")).to_have_count(0)
        teacher.get_by_role("button", name="直して送る").click()
        expect(officer.locator("#talk .comment").last).not_to_contain_text("あなた宛て")
        officer.goto("/notices?box=mine")
        expect(officer.get_by_text("あなた宛てのコメント").first).to_be_visible(timeout=SOON)
        shot(officer, f"inbox-{size}")


def test_an_answer_to_all_shows_its_chips_and_by_touch_one_is_added(
    browser: Browser, address: str
) -> None:
    with (
        visiting(browser, address, VIEWPORTS["phone"]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as officer,
    ):
        shared(teacher, officer)
        expect(teacher.get_by_role("link", name="全員に返信")).to_have_count(0)
        say(officer, "様子はいかがですか。")
        heard(teacher, "様子はいかがですか。")
        teacher.reload()
        teacher.get_by_label("コメントを書く").fill("元気でした。")
        teacher.get_by_role("link", name="全員に返信").click()
        expect(teacher.locator("#thread-to label")).to_have_count(1)
        expect(teacher.get_by_label("コメントを書く")).to_have_value("元気でした。")
        teacher.get_by_role("button", name="宛先を選ぶ").click()
        teacher.get_by_label("宛先を名前・よみ・所属で探す").fill("児童相談所")
        teacher.locator("#thread-to-list [data-value]").first.click()
        expect(teacher.locator("#thread-to label")).to_have_count(2)
        shot(teacher, "all-phone")
        names = chips(teacher)
        teacher.reload()
        # A kept draft brings the words back, and whom they are for.
        expect(teacher.get_by_label("コメントを書く")).to_have_value("元気でした。")
        assert chips(teacher) == names
        teacher.get_by_role("button", name="コメントする").click()
        heard(officer, "元気でした。")
        for name in names:
            expect(officer.locator("#talk .comment").last).to_contain_text(name)


def test_without_scripts_a_list_is_ticked(browser: Browser, address: str) -> None:
    with (
        visiting(browser, address, VIEWPORTS["phone"]) as teacher,
        visiting(browser, address, VIEWPORTS["phone"], script=False) as officer,
    ):
        shared(teacher, officer)
        say(teacher, "確認をお願いします。")
        heard(teacher, "確認をお願いします。")
        officer.reload()
        officer.get_by_role("link", name="宛先を選ぶ").click()
        listed = officer.locator(".to__listed")
        listed.get_by_label("中村 早紀").check()
        shot(officer, "without-scripts")
        officer.get_by_label("コメントを書く").fill("承知しました。")
        officer.get_by_role("button", name="コメントする").click()
        expect(officer.locator("#talk .comment").last).to_contain_text("中村 早紀")
        officer.get_by_role("link", name="全員に返信").click()
        expect(officer.locator("#thread-to label")).to_have_count(2)
