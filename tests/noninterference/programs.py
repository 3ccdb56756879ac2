"""What a program may send, and how its tokens are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from noninterference.asking import Strategy, address, remember_record
from noninterference.kinds import EVERY
from noninterference.pool import Asking, Pool, Request


def by_program(method: str, path: str, send: Callable[[Pool], Mapping[str, Any]]) -> Strategy:
    """Return the strategy of a change by JSON; under a key the same request comes twice."""

    def ask(pool: Pool) -> Asking:
        app = pool.app()
        key = pool.rng.choice(["", "k1", "k2"])
        request = Request(
            path=f"/api{address(pool, path, app)}",
            method=method,
            json=send(pool),
            headers={"Idempotency-Key": key} if key else {},
        )
        yield Request(path="/")
        answer = yield request
        remember_record(pool, app, answer)
        if key:
            yield request
        if answer.headers.get("Location"):
            yield Request(path=answer.headers["Location"])

    return ask


def sent_record(pool: Pool) -> Mapping[str, Any]:
    codes = pool.rng.sample([*EVERY], pool.rng.randint(1, 3))
    record = {code: pool.rng.choice([pool.literal(code), pool.said(), None]) for code in codes}
    return {"record": record, **({} if pool.rng.randrange(3) else {"$revision": 1})}


def sent_new(pool: Pool) -> Mapping[str, Any]:
    return {"record": sent_record(pool)["record"]}


def sent_reason(pool: Pool) -> Mapping[str, Any]:
    return {"reason": pool.rng.choice(["重複", ""])}


def sent_body(pool: Pool) -> Mapping[str, Any]:
    return {"body": pool.rng.choice(["了解しました", "", pool.said()])}


def make_token(pool: Pool) -> Asking:
    form = [
        ("name", "連携"),
        ("app", pool.app()),
        *pool.maybe(("rights", "view"), ("rights", "edit"), ("rights", "delete")),
        ("days", pool.rng.choice(["0", "30"])),
    ]
    yield Request(path="/account/tokens", form=form)
    yield Request(path="/account/tokens")
