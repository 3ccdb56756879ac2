"""What a program may send, and how its tokens are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from noninterference.asking import Strategy, address, remember_record
from noninterference.kinds import EVERY
from noninterference.pool import Asking, Pool, Request


def by_program(method: str, path: str, send: Callable[[Pool, str], Mapping[str, Any]]) -> Strategy:
    """Return the strategy of a change by JSON; under a key the same request comes twice."""

    def ask(pool: Pool) -> Asking:
        app = pool.app()
        key = pool.rng.choice(["", "k1", "k2"])
        request = Request(
            path=f"/api{address(pool, path, app)}",
            method=method,
            json=send(pool, app),
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


def sent_record(pool: Pool, app: str) -> Mapping[str, Any]:
    codes = pool.some(app) if pool.rng.randrange(6) else pool.rng.sample([*EVERY], 2)
    record = {code: _wire(pool, code) for code in codes}
    return {"record": record, **({} if pool.rng.randrange(3) else {"$revision": 1})}


def _wire(pool: Pool, code: str) -> Any:
    """Return a value as the field holds it, or rarely as another one does."""
    if EVERY[code].values and pool.rng.randrange(6):
        return pool.rng.choice(EVERY[code].values)
    return pool.rng.choice([pool.literal(code), pool.said(), None])


def sent_new(pool: Pool, app: str) -> Mapping[str, Any]:
    return {"record": sent_record(pool, app)["record"]}


def sent_reason(pool: Pool, _app: str) -> Mapping[str, Any]:
    return {"reason": pool.rng.choice(["重複", ""])}


def sent_body(pool: Pool, _app: str) -> Mapping[str, Any]:
    body = {"body": pool.rng.choice(["了解しました", "", pool.said()])}
    if pool.rng.random() < 0.7:
        return body
    kind, code = pool.rng.choice([("USER", "sato"), ("ORGANIZATION", "NURSERY"), ("USER", "none")])
    return {**body, "mentions": [{"code": code, "type": kind}]}


def make_token(pool: Pool) -> Asking:
    form = [
        ("name", "連携"),
        ("app", pool.app()),
        *pool.maybe(("rights", "view"), ("rights", "edit"), ("rights", "delete")),
        ("days", pool.rng.choice(["0", "30"])),
    ]
    yield Request(path="/account/tokens", form=form)
    yield Request(path="/account/tokens")
