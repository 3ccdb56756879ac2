"""A form admin adds a field, publishes it and takes it back: by mouse, and by keys alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from support.browser import VIEWPORTS
from web.test_story import enter, visiting
from worlds.served import town

MOST = 25
"""Interactions that a field, a rule and a publication may take together."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with town(tmp_path_factory.mktemp("town") / "home") as found:
        yield found


@dataclass
class Hand:
    """Uses a page and counts: pressing something is one, filling in something is one."""

    press: Callable[[Locator], None]
    count: int = 0

    def do(self, target: Locator) -> None:
        self.press(target)
        self.count += 1

    def type(self, target: Locator, words: str) -> None:
        target.fill(words)
        self.count += 1


def clicked(target: Locator) -> None:
    target.click()


def by_key(target: Locator) -> None:
    """Press Enter on what the keyboard reached; what it cannot reach fails."""
    target.focus()
    expect(target).to_be_focused()
    target.press("Enter")


@pytest.mark.parametrize(
    ("press", "title"),
    [(clicked, "連絡のとれやすさ"), (by_key, "連絡の時間帯")],
    ids=["mouse", "keys"],
)
def test_a_field_is_added_published_used_and_taken_back(
    browser: Browser,
    address: str,
    capsys: pytest.CaptureFixture[str],
    press: Callable[[Locator], None],
    title: str,
) -> None:
    with visiting(browser, address, VIEWPORTS["desktop"]) as page:
        enter(page, "admin")
        page.goto("/apps/visit-log/")
        hand = Hand(press)
        _add(page, hand, title)
        hand.do(page.get_by_role("link", name="変更の確認と公開").first)
        expect(page.get_by_text(f"項目「{title}」（ラジオボタン）を追加します。")).to_be_visible()
        hand.do(page.get_by_role("button", name="公開する"))
        expect(page.get_by_text("公開しました。")).to_be_visible()
        with capsys.disabled():
            print(f"\n{hand.count} interactions for a field and its publication")  # noqa: T201  the figure is what is asked
        assert hand.count <= MOST
        page.goto("/apps/visit-log/new")
        expect(page.get_by_label("夜だけ")).to_be_visible()
        _take_back(page, hand)
        page.goto("/apps/visit-log/new")
        expect(page.locator("#f-body")).to_be_visible()
        expect(page.get_by_label("夜だけ")).to_have_count(0)


def _add(page: Page, hand: Hand, title: str) -> None:
    hand.do(page.get_by_role("link", name="アプリの設定").locator("visible=true").first)
    hand.do(page.locator("button[name=kind][value=radio]"))
    hand.type(page.get_by_label("項目の名前"), title)
    hand.type(page.get_by_label("選択肢（1行に一つ）"), "いつでも\n夜だけ\n土日だけ")
    hand.do(page.get_by_role("button", name="下書きに入れる"))
    # It stands in the form as it will look, before anybody else has it.
    expect(page.locator(".design__paper").get_by_text(title)).to_be_visible()


def _take_back(page: Page, hand: Hand) -> None:
    page.goto("/apps/visit-log/design/versions")
    hand.do(page.get_by_role("link", name="この版に戻すと…").first)
    expect(page.get_by_text("を外します。")).to_be_visible()
    hand.do(page.get_by_role("button", name="この版に戻す"))
    expect(page.get_by_text("以前の版に戻しました。")).to_be_visible()


def test_fields_move_without_losing_the_place(browser: Browser, address: str) -> None:
    with visiting(browser, address, VIEWPORTS["tablet"]) as page:
        enter(page, "admin")
        page.goto("/apps/visit-log/design")
        names = page.locator(".design__name")
        before = names.all_inner_texts()
        at = before.index("方法")
        names.nth(at).locator("..").get_by_role("button", name="下へ").click()
        expect(names.nth(at + 1)).to_have_text("方法")
        names.nth(at + 1).locator("..").get_by_role("button", name="上へ").click()
        expect(names.nth(at)).to_have_text("方法")
        assert names.all_inner_texts() == before
