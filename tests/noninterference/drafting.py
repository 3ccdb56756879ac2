"""How drafts are asked for: one's own, others', and numbers of records."""

from __future__ import annotations

import re

from noninterference.asking import address, filled, remember_record
from noninterference.pool import Asking, Pool, Request
from worlds.town import USERS


def begin(pool: Pool) -> Asking:
    """Begin a draft, go on with it, and make it a record or not."""
    app = pool.app()
    page = yield Request(path=f"/apps/{app}/new")
    if page.status_code != 200:
        return
    answer = yield filled(pool, app, page.text, f"/apps/{app}/drafts")
    found = re.search(r"/drafts/(\d+)/edit", answer.headers.get("Location", ""))
    if not found:
        return
    path = f"/apps/{app}/drafts/{found[1]}"
    users = [("user", pool.rng.choice([one.code for one in USERS]))]
    yield Request(path=f"{path}/guests", form=users, headers=pool.headers())
    yield Request(path=f"{path}/say", form=[("body", "けがはありますか")])
    yield Request(path=path, query=[("part", pool.rng.choice(["talk", "guests", "values"]))])
    page = yield Request(path=f"{path}/edit")
    yield filled(pool, app, page.text, f"{path}/save")
    yield Request(path="/")
    answer = yield filled(pool, app, page.text, f"{path}/edit")
    remember_record(pool, app, answer)


def others(pool: Pool) -> Asking:
    """Ask for a draft that is not one's own, or none: a record, seen or unseen."""
    path = address(pool, "/apps/{app}/drafts/{record}")
    form = [("f.t", pool.said()), ("_revision", "1"), *pool.maybe(("_auto", "1"))]
    yield Request(path=path + pool.rng.choice(["/edit", "/save"]), form=form)


def asked(pool: Pool) -> Asking:
    """Ask somebody for advice on what is not one's own."""
    form = [("user", pool.rng.choice([one.code for one in USERS])), *pool.maybe(("act", "leave"))]
    path = address(pool, "/apps/{app}/drafts/{record}/guests")
    yield Request(path=path, form=form, headers=pool.headers())
