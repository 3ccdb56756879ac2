"""Open pages bring themselves up to date: two agencies talk, each in a browser of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from support.browser import VIEWPORTS
from web.test_story import BODY, enter, visiting, write
from worlds.served import town

SOON = 3_000
"""Milliseconds: a second is promised, a busy test machine gets three."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with town(tmp_path_factory.mktemp("town") / "home") as found:
        yield found


def shared(teacher: Page, officer: Page) -> None:
    """Have both look at one record: the teacher's own, which they shared with the office."""
    enter(teacher, "hoiku")
    enter(officer, "gakko")
    write(teacher, script=True)
    expect(teacher.get_by_text("保存しました。")).to_be_visible()
    officer.goto(teacher.url.split("?")[0])
    expect(officer.get_by_text(BODY)).to_be_visible()


def say(page: Page, words: str) -> None:
    page.get_by_label("コメントを書く").fill(words)
    page.get_by_role("button", name="コメントする").click()


def heard(page: Page, words: str) -> None:
    expect(page.locator("#talk .comment", has_text=words)).to_have_count(1, timeout=SOON)


def test_two_agencies_talk_without_reloading(browser: Browser, address: str) -> None:
    with (
        visiting(browser, address, VIEWPORTS["phone"]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as officer,
    ):
        shared(teacher, officer)
        officer.get_by_label("コメントを書く").fill("書きかけの")
        say(teacher, "お昼寝のあとも元気でした。")
        heard(officer, "お昼寝のあとも元気でした。")
        # What somebody types stays while the page around it changes.
        expect(officer.get_by_label("コメントを書く")).to_have_value("書きかけの")
        say(officer, "学校でも様子を見ます。")
        heard(teacher, "学校でも様子を見ます。")
        heard(officer, "学校でも様子を見ます。")
        officer.get_by_role("button", name="助かります").click()
        given = teacher.locator("#thanks-given", has_text="助かります")
        expect(given).to_be_visible(timeout=SOON)


def test_a_changed_field_and_a_new_record_appear_by_themselves(
    browser: Browser, address: str
) -> None:
    with (
        visiting(browser, address, VIEWPORTS["tablet"]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as officer,
    ):
        shared(teacher, officer)
        teacher.get_by_role("link", name="編集").click()
        teacher.locator("#f-body").fill("夕方、ころんで膝をすりむいた。")
        teacher.get_by_role("button", name="保存").first.click()
        expect(teacher.get_by_text("保存しました。")).to_be_visible()
        expect(officer.get_by_text("夕方、ころんで膝をすりむいた。")).to_be_visible(timeout=SOON)
        officer.goto("/apps/visit-log/?view=all")
        expect(officer.locator("#list tbody tr").first).to_be_visible()
        teacher.goto("/")
        write(teacher, script=True)
        expect(teacher.get_by_text("保存しました。")).to_be_visible()
        path = teacher.url.split("?")[0].removeprefix(address)
        expect(officer.locator(f'#list a[href="{path}"]')).to_be_visible(timeout=SOON)


def test_a_record_that_is_not_shared_any_more_leaves_the_screen(
    browser: Browser, address: str
) -> None:
    with (
        visiting(browser, address, VIEWPORTS["tablet"]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as officer,
    ):
        shared(teacher, officer)
        teacher.get_by_role("link", name="編集").click()
        scope = teacher.locator('[data-field="f.scope"]')
        scope.locator("#f-scope").click()
        for code in ("A06", "C01"):
            scope.locator(f'input[value="{code}"]').uncheck()
        teacher.get_by_role("button", name="保存").first.click()
        expect(teacher.get_by_text("保存しました。")).to_be_visible()
        expect(officer.get_by_text("表示できなくなりました")).to_be_visible(timeout=SOON)
        expect(officer.get_by_text(BODY)).to_have_count(0)


def test_what_was_missed_while_the_network_was_away_is_made_up_for(
    browser: Browser, address: str
) -> None:
    with (
        visiting(browser, address, VIEWPORTS["tablet"]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as officer,
    ):
        shared(teacher, officer)
        say(teacher, "ひとつめ")
        heard(officer, "ひとつめ")
        officer.context.set_offline(True)
        officer.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        say(teacher, "ふたつめ")
        time.sleep(1)
        officer.context.set_offline(False)
        expect(officer.locator("#talk .comment", has_text="ふたつめ")).to_have_count(
            1, timeout=15_000
        )
        expect(officer.locator("#talk .comment", has_text="ひとつめ")).to_have_count(1)


def test_words_are_quoted_put_right_and_taken_back(browser: Browser, address: str) -> None:
    with (
        visiting(browser, address, VIEWPORTS["phone"]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as officer,
    ):
        shared(teacher, officer)
        say(teacher, "熱は38度です。")
        heard(officer, "熱は38度です。")
        officer.get_by_role("link", name="引用して返す").click()
        expect(officer.locator(".thread__new .quote")).to_contain_text("熱は38度です。")
        say(officer, "承知しました。")
        heard(teacher, "承知しました。")
        answer = teacher.locator("#talk .comment", has_text="承知しました。")
        expect(answer.locator(".quote")).to_contain_text("熱は38度です。")
        teacher.get_by_role("link", name="直す・取り消す").click()
        teacher.get_by_label("コメントを直す").fill("熱は37度でした。")
        teacher.get_by_role("button", name="直して送る").click()
        expect(officer.locator("#talk .comment", has_text="（編集済み）")).to_have_count(
            1, timeout=SOON
        )
        teacher.get_by_role("link", name="直す・取り消す").click()
        teacher.get_by_role("button", name="コメントを取り消す").click()
        expect(officer.get_by_text("このコメントは取り消されました。")).to_be_visible(timeout=SOON)
        expect(officer.get_by_text("熱は37度でした。")).to_have_count(0)
