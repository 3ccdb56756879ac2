"""A real OpenID provider (node-oidc-provider) in a process of its own, and a browser for it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin

import httpx

_SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
_MODULES = _SCRIPT.parent.parent.parent / "node_modules"
CLIENT_ID = "tsuzuri"
CLIENT_SECRET = "a-secret-only-this-test-knows-0123456789"


def program() -> str | None:
    """Find Node, if the provider is installed for it."""
    places = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
    return shutil.which("node", path=places) if (_MODULES / "oidc-provider").is_dir() else None


@dataclass(frozen=True, slots=True)
class Running:
    """A running provider."""

    issuer: str
    _orders: IO[str]
    _said: IO[str]

    def set(self, **settings: Any) -> None:
        """Change what the next logins say."""
        self._orders.write(json.dumps(settings) + "\n")
        self._orders.flush()
        assert self._said.readline() == "\n"

    def sign_in(self, address: str, account: str) -> str:
        """Follow an address as a browser would, log in as somebody; return where it leads back."""
        with httpx.Client(trust_env=False, timeout=30) as browser:
            answer = self._followed(browser, browser.get(address))
            while answer.status_code == 200:
                form = re.search(r'action="([^"]+)"', answer.text)
                assert form is not None, answer.text
                sent = browser.post(urljoin(str(answer.url), form[1]), data={"account": account})
                answer = self._followed(browser, sent)
            return answer.headers["Location"]

    def _followed(self, browser: httpx.Client, answer: httpx.Response) -> httpx.Response:
        while answer.is_redirect:
            where = urljoin(str(answer.url), answer.headers["Location"])
            if not where.startswith(self.issuer):
                return answer
            answer = browser.get(where)
        assert answer.status_code == 200, answer.text
        return answer


@contextmanager
def running(node: str, redirect: str) -> Iterator[Running]:
    """Run a provider that sends people back to ``redirect``; it ends when its input does."""
    with subprocess.Popen(
        [node, str(_SCRIPT), redirect],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            yield Running(f"http://127.0.0.1:{port}", process.stdin, process.stdout)
        finally:
            process.stdin.close()
