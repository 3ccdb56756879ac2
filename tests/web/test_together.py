"""Two agencies at one record: who writes is said, what was saved is told, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from support.browser import VIEWPORTS
from web.test_live import SOON
from web.test_mentions import shot
from web.test_story import BODY, enter, visiting, write
from worlds.served import town

BEAT = 15_000
"""Milliseconds within which an open form has asked again."""
NEXT = "次の対応"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with town(tmp_path_factory.mktemp("town") / "home") as found:
        yield found


def both(teacher: Page, centre: Page) -> str:
    """Have a teacher write a record that the centre may edit as well; return its address."""
    enter(teacher, "hoiku")
    enter(centre, "admin")
    write(teacher, script=True)
    expect(teacher.get_by_text("保存しました。")).to_be_visible()
    return teacher.url.split("?")[0]


def save(page: Page) -> None:
    page.get_by_role("button", name="保存する").first.click()
    expect(page.get_by_text("保存しました。").first).to_be_visible()


@pytest.mark.parametrize("size", ["phone", "tablet", "desktop"])
def test_who_writes_is_said_and_other_fields_merge(
    browser: Browser, address: str, size: str
) -> None:
    with (
        visiting(browser, address, VIEWPORTS[size]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as centre,
    ):
        where = both(teacher, centre)
        centre.goto(f"{where}/edit")
        expect(teacher.locator("#editing")).to_have_text("森 和也さんが編集中です。", timeout=SOON)
        shot(teacher, f"editing-{size}")
        teacher.get_by_role("link", name="編集").click()
        expect(teacher.locator("#together")).to_contain_text("森 和也さんが編集中です。")
        expect(centre.locator("#together")).to_contain_text(
            "中村 早紀さんが編集中です。", timeout=BEAT
        )
        teacher.locator("#f-body").fill("夕方、ころんで膝をすりむいた。")
        centre.locator("#f-next_action").fill("家庭訪問を予定")
        save(centre)
        told = teacher.locator("#together")
        expect(told).to_contain_text("森 和也さんが", timeout=BEAT)
        expect(told).to_contain_text(f"変わった項目：{NEXT}", timeout=BEAT)
        expect(told).not_to_contain_text("編集中", timeout=BEAT)
        teacher.locator("#together").scroll_into_view_if_needed()
        shot(teacher, f"told-{size}")
        save(teacher)
        note = f"ほかの人が保存した変更（{NEXT}）と合わせて保存しました。"
        expect(teacher.get_by_text(note)).to_be_visible()
        shot(teacher, f"merged-{size}")
        expect(teacher.get_by_text("家庭訪問を予定")).to_be_visible()
        expect(teacher.get_by_text("夕方、ころんで膝をすりむいた。")).to_be_visible()
        expect(centre.locator("#editing")).to_have_text("")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_the_same_field_is_shown_twice_and_what_was_typed_elsewhere_stays(
    browser: Browser, address: str, size: str
) -> None:
    with (
        visiting(browser, address, VIEWPORTS[size]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as centre,
    ):
        where = both(teacher, centre)
        teacher.goto(f"{where}/edit")
        centre.goto(f"{where}/edit")
        centre.locator("#f-body").fill("センターが書いた内容。")
        save(centre)
        teacher.locator("#f-body").fill("保育所が書いた内容。")
        teacher.locator("#f-next_action").fill("あす電話する")
        teacher.get_by_role("button", name="保存する").first.click()
        sides = teacher.locator("#conflict")
        expect(sides).to_contain_text("センターが書いた内容。")
        expect(sides).to_contain_text("保育所が書いた内容。")
        expect(teacher.locator("#f-next_action")).to_have_value("あす電話する")
        expect(teacher.locator("#f-body")).to_have_value("保育所が書いた内容。")
        shot(teacher, f"conflict-{size}")
        sides.get_by_label("先に保存された内容を残す").check()
        save(teacher)
        expect(teacher.get_by_text("センターが書いた内容。")).to_be_visible()
        expect(teacher.get_by_text("あす電話する")).to_be_visible()
        expect(teacher.get_by_text(BODY)).to_have_count(0)


def test_a_hidden_change_is_told_by_nothing(browser: Browser, address: str) -> None:
    with (
        visiting(browser, address, VIEWPORTS["tablet"]) as teacher,
        visiting(browser, address, VIEWPORTS["desktop"]) as centre,
    ):
        where = both(teacher, centre)
        teacher.goto(f"{where}/edit")
        teacher.locator("#f-body").fill("午睡のあとも元気。")
        centre.goto(f"{where}/edit")
        risk = centre.locator('[data-field="f.risk_change"]')
        risk.get_by_role("radio").first.check()
        save(centre)
        teacher.wait_for_timeout(12_000)
        expect(teacher.locator("#together")).to_have_text("")
        save(teacher)
        expect(teacher.get_by_text("午睡のあとも元気。")).to_be_visible()
        expect(teacher.get_by_text("合わせて保存")).to_have_count(0)
