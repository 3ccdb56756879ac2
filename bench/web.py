"""The production server: start-up, and requests as a browser and a program send them."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from urllib.parse import quote, urlencode

from bench.data import APP, PASSWORD, SECRET, Dataset
from bench.lists import CASES, COLUMNS
from bench.timing import Result, milliseconds
from support.server import free_port
from tsuzuri.services import people
from tsuzuri.storage.records import Listing

PATIENCE = 60
THREADS = 8
SECONDS = 4
STARTS = 3
WHO = ("all", "big", "three", "none")


class Browser:
    """One signed-in person on one kept-alive connection."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.cookie = cookie

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of a page."""
        return self._send("GET", path, None)

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        except (http.client.HTTPException, ConnectionError):
            # The server closes connections that were idle for seconds.
            self.connection.close()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        given = answer.getheader("Set-Cookie")
        if given:
            self.cookie = given.split(";", 1)[0]
        return answer.status, answer.read()

    def sign_in(self, user: str) -> None:
        """Sign in as a person does: by the form."""
        _, page = self.get("/login")
        token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
        form = {"user": user, "password": PASSWORD}
        if token:
            form["csrf_token"] = token[1].decode()
        status, _ = self._send("POST", "/login", urlencode(form))
        if status not in {302, 303}:
            raise SystemExit(f"signing in as {user} answered {status}")


@contextmanager
def serving(data: Dataset) -> Iterator[tuple[int, float]]:
    """Run the production server; give its port and how long it took to answer."""
    port = free_port()
    settings = {
        "TSUZURI_HOME": str(data.home),
        "TSUZURI_DATABASE": data.url,
        "TSUZURI_SECRET_KEY": SECRET,
    }
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "tsuzuri", "run", "--port", str(port)],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                status, _ = Browser(port).get("/healthz")
            except OSError:
                status = 0
            if status == 200:
                break
            if process.poll() is not None or time.monotonic() - started > PATIENCE:
                raise SystemExit("the server did not start")
            time.sleep(0.01)
        yield port, (time.monotonic() - started) * 1000
    finally:
        process.terminate()
        process.wait(PATIENCE)


def measure(data: Dataset, rounds: int, say: Callable[[Result], None]) -> None:
    """Measure start-up, pages at concurrency 1, and throughput with eight clients."""
    starts = []
    for _ in range(STARTS):
        with serving(data) as (_, took):
            starts.append(took)
    say(Result(engine=data.engine, operation="start until /healthz", ours=median(starts),
               note=f"least {min(starts):.0f}"))  # fmt: skip
    with serving(data) as (port, _):
        for who in WHO:
            browser = Browser(port)
            browser.sign_in(data.actors[who])
            for name, path in _paths(data, who):
                say(_page(data.engine, browser, (name, path, who), rounds))
        browser = Browser(port)
        browser.sign_in(data.actors["big"])
        for name, path in _paths(data, "big"):
            say(throughput(data, port, browser.cookie, name, path))


def _paths(data: Dataset, who: str) -> Iterator[tuple[str, str]]:
    access = _access(data, who)
    fields = "".join(f"&field={code}" for code in COLUMNS if code in access.app.by_code)
    where = CASES["child_state in 2 of 5"]
    query = quote(f"{where} order by happened_at desc limit 100")
    yield "JSON list of 100", f"/api/apps/{APP}/records?query={query}{fields}"
    yield "HTML list of 100", f"/apps/{APP}/?view=1&size=100"
    with data.platform.reading(access) as records:
        rows = records.page(Listing(size=1)).rows
    if rows:
        yield "HTML open", f"/apps/{APP}/records/{rows[0][0]}"
    yield "HTML search 訪問", f"/search?q={quote('訪問')}"


def _access(data: Dataset, who: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    actor = people.actor(data.platform, data.actors[who])
    assert actor is not None
    return data.platform.admit(actor, APP)


def _page(engine: str, browser: Browser, place: tuple[str, str, str], rounds: int) -> Result:
    """Measure one page; ``place`` is its name, its address and who asks for it."""
    name, path, who = place
    status, body = browser.get(path)
    for _ in range(6):
        browser.get(path)
    times = [milliseconds(lambda: browser.get(path)) for _ in range(rounds)]
    size = f"{len(body) // 1024} KiB" if status == 200 else f"status {status}"
    note = f"{size}, least {min(times):.2f}"
    return Result(engine=engine, operation=name, who=who, ours=median(times), note=note)


def throughput(data: Dataset, port: int, cookie: str, name: str, path: str) -> Result:
    """Count what eight clients get in a few seconds."""
    done: list[int] = []
    until = time.monotonic() + SECONDS

    def client() -> None:
        browser, mine = Browser(port, cookie), 0
        while time.monotonic() < until:
            browser.get(path)
            mine += 1
        done.append(mine)

    threads = [threading.Thread(target=client) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    each = SECONDS * 1000 * THREADS / max(1, sum(done))
    note = f"{sum(done) / SECONDS:.0f} requests a second"
    return Result(
        engine=data.engine, operation=f"{name}, {THREADS} clients", who="big", ours=each, note=note
    )
