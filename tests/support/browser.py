"""A real Chromium for the tests, the sizes they look at, and no way out of this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from playwright.sync_api import Browser, ViewportSize, sync_playwright

# The three ways people meet the program: in the street, at a visit, at the desk.
VIEWPORTS: Final = MappingProxyType(
    {
        "phone": ViewportSize(width=390, height=844),
        "tablet": ViewportSize(width=820, height=1180),
        "desktop": ViewportSize(width=1440, height=900),
    }
)

_QUIET: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that names an outside host gets nothing, wherever the tests run.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def program() -> str | None:
    """Find the machine's own Chromium: Playwright's download of one is never used."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def running(executable: str) -> Iterator[Browser]:
    """Run it without a window; as root it has to be without its sandbox too."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*_QUIET, *sandbox])
        try:
            yield browser
        finally:
            browser.close()
