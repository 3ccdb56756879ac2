"""Open pages: how soon everybody who looks at a record hears of a comment, and what that costs.

Viewers are streams of their own sessions, read by this process on the same machine; so their own
work is in the figures, as a reader's would not be.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.data import APP, Dataset
from bench.timing import Result
from bench.web import Browser, serving, throughput
from tsuzuri.access.gate import Access
from tsuzuri.errors import Unknown
from tsuzuri.factory import create_app
from tsuzuri.services import people, sessions, threads
from tsuzuri.storage.records import Listing

VIEWERS = 500
COMMENTS = 5
PATIENCE = 60.0
BREATH = 3.0
"""Seconds between two comments, so that each is measured by itself."""


class Viewers:
    """Streams that are read in a thread of their own; each notes when it heard of a comment."""

    def __init__(self, port: int, path: str, cookies: Sequence[str]) -> None:
        self._port, self._path = port, path
        self.heard: list[float] = []
        self.open = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        for cookie in cookies:
            asyncio.run_coroutine_threadsafe(self._view(cookie), self._loop)

    async def _view(self, cookie: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = (
            f"GET {self._path}/live HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n"
            "Accept: text/event-stream\r\n\r\n"
        )
        writer.write(head.encode())
        async for line in reader:
            if line.startswith(b"retry:"):
                self.open += 1
            elif line.startswith(b"event: comment"):
                self.heard.append(time.perf_counter())

    def wait(self, done: Callable[[], bool]) -> None:
        """Wait until something is so, at most ``PATIENCE``."""
        until = time.monotonic() + PATIENCE
        while not done() and time.monotonic() < until:
            time.sleep(0.005)

    def close(self) -> None:
        """Hang up."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    async def _hang_up(self) -> None:
        mine = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)


def measure(data: Dataset, rounds: int, say: Callable[[Result], None]) -> None:
    """Measure the arrival of comments at 500 open pages, and ordinary pages meanwhile."""
    del rounds
    access, record, users = _place(data)
    path = f"/apps/{APP}/records/{record}"
    cookies = list(_signed_in(data, users))
    with serving(data) as (port, _):
        browser = Browser(port)
        browser.sign_in(access.actor.user)
        alone = throughput(data, port, browser.cookie, "HTML open, nobody else looks", path)
        say(alone)
        before = _memory()
        with _viewing(port, path, cookies) as viewers:
            say(_arrivals(data, access, record, viewers))
            used = (_memory() - before) / max(1, viewers.open)
            quiet = throughput(data, port, browser.cookie, "HTML open, 500 look", path)
        ratio = quiet.ours / alone.ours
        say(Result(engine=data.engine, operation=quiet.operation, who="big", ours=quiet.ours,
                   raw=alone.ours, note=f"{quiet.note}; {ratio:.2f} times; "
                   f"{used:.0f} KiB of memory a viewer"))  # fmt: skip


@contextmanager
def _viewing(port: int, path: str, cookies: Sequence[str]) -> Iterator[Viewers]:
    viewers = Viewers(port, path, cookies)
    viewers.wait(lambda: viewers.open == len(cookies))
    try:
        yield viewers
    finally:
        viewers.close()


def _arrivals(data: Dataset, access: Access, record: int, viewers: Viewers) -> Result:
    """Write comments and measure how long each takes to everybody."""
    worst, middle, missing = [], [], 0
    for number in range(COMMENTS):
        viewers.heard = []
        begun = time.perf_counter()
        threads.comment(data.platform, access, record, f"{number}つめのコメントです。")
        viewers.wait(lambda: len(viewers.heard) >= viewers.open)
        times = sorted((at - begun) * 1000 for at in viewers.heard)
        missing += viewers.open - len(times)
        if times:
            middle.append(median(times))
            worst.append(times[int(len(times) * 0.99) - 1])
        time.sleep(BREATH)
    each = ", ".join(f"{one:.0f}" for one in worst)
    note = f"p99 {median(worst):.0f} (of each comment: {each})"
    return Result(
        engine=data.engine,
        operation=f"a comment to {viewers.open} open pages",
        ours=median(middle),
        note=f"{note}; {missing} not heard",
    )


def _place(data: Dataset) -> tuple[Access, int, list[str]]:
    """Return a record, somebody who may comment on it, and everybody who sees it."""
    actor = people.actor(data.platform, data.actors["big"])
    assert actor is not None
    access = data.platform.admit(actor, APP)
    with data.platform.reading(access) as records:
        record = int(records.page(Listing(size=1)).rows[0][0])
    return (
        access,
        record,
        [code for code in data.platform.directory.users if _sees(data, code, record)],
    )


def _sees(data: Dataset, code: str, record: int) -> bool:
    actor = people.actor(data.platform, code)
    if actor is None:
        return False
    try:
        access = data.platform.admit(actor, APP)
        with data.platform.reading(access) as records:
            records.get(record)
    except Unknown:
        return False
    return access.may("view")


def _signed_in(data: Dataset, users: Sequence[str]) -> Iterator[str]:
    """Yield the cookies of new sessions, of each of ``users`` in turn."""
    # The town's clock stands still; the server's does not.
    present = replace(data.platform, clock=lambda: datetime.now(UTC))
    app = create_app(data.platform.config, data.platform)
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # of Flask's own interface
    name = app.config["SESSION_COOKIE_NAME"]
    for number in range(VIEWERS):
        actor = people.actor(data.platform, users[number % len(users)])
        assert actor is not None
        token = sessions.begin(present, actor)
        yield f"{name}={signer.dumps({'_user_id': token, '_fresh': True})}"


def _memory() -> int:
    """Return the resident memory of the server's processes, in KiB."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = status.with_name("cmdline").read_bytes()
            if b"tsuzuri\0run" in command:
                line = next(one for one in status.read_text().splitlines() if "VmRSS" in one)
                total += int(line.split()[1])
        except (OSError, StopIteration):
            continue
    return total
