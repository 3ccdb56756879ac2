"""Make the pictures of the README from the sample town: ``make images``.

The town of one fixed day is built in a temporary folder and served on loopback; Chromium
looks at it as the officer of the school board.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests")]

from support.browser import VIEWPORTS, program, running  # noqa: E402  the tests' own Chromium
from support.server import serving  # noqa: E402  and server
from tsuzuri.config import Config  # noqa: E402  the path is set above
from tsuzuri.sample.demo import Wanted, make  # noqa: E402  the path is set above

DAY = date(2026, 11, 21)
PASSWORD = "tsuzuri-2026"  # noqa: S105  a town that does not exist
SIZE = VIEWPORTS["desktop"]


def main() -> None:
    """Write ``docs/images/record.png``."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "town"
        config = Config.from_environment({"TSUZURI_HOME": str(home)})
        wanted = Wanted(today=DAY, records=9000, password=PASSWORD)
        make(config, wanted, fresh=False, say=print)
        chromium = program()
        if chromium is None:
            raise SystemExit("Chromium is needed to take pictures")
        with (
            serving(home, {"TSUZURI_MUNICIPALITY": "つづり市"}) as server,
            running(chromium) as browser,
        ):
            page = browser.new_context(viewport=SIZE, locale="ja-JP").new_page()
            take(page, server.url)


def take(page: Page, url: str) -> None:
    """Sign in, open the newest nursery record in the list, and take the picture."""
    page.goto(f"{url}/login")
    page.fill("input[name=user]", "gakko")
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto(f"{url}/apps/visit-log/?f.0.field=method&f.0.op=in&f.0.value=日常の様子(所属)")
    with page.expect_navigation():
        page.locator("main a[href*='/records/']").first.click()
    page.screenshot(path=ROOT / "docs" / "images" / "record.png")


if __name__ == "__main__":
    main()
