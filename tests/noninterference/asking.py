"""What somebody may send to the pages about records, with values worth asking for.

Each function is a strategy of one route (``routes``): it yields requests and is given answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from noninterference.kinds import EVERY, FILES, FIRST, SECOND, file
from noninterference.pool import Asking, Pool, Request
from worlds.face import read_form
from worlds.town import AGENCIES, GROUPS, USERS

Strategy = Callable[[Pool], Asking]


def one_page(path: str, **parts: Any) -> Strategy:
    """Return the strategy of a page that only its address decides; ``{...}`` are drawn."""

    def ask(pool: Pool) -> Asking:
        yield Request(path=address(pool, path), headers=pool.headers(), **parts)

    return ask


def address(pool: Pool, path: str, app: str = "") -> str:
    """Fill in the parts of an address; anything else in braces is a word."""
    app = app or pool.app()
    record = pool.record(app)
    field, key = pool.file(app, record)
    drawn = {
        "app": app,
        "record": record,
        "field": field if "{key}" in path else pool.code(app),
        "key": key,
        "number": pool.rng.choice([*pool.found.get("numbers", ()), pool.record(app)]),
        "step": pool.rng.choice(["go", "back", "more", "none"]),
    }
    return path.format(**drawn)


def home(pool: Pool) -> Asking:
    yield Request(path="/", headers=pool.headers())


def seen(pool: Pool) -> Asking:
    at = pool.rng.choice(
        ["2026-11-18T15:45:00Z", "2026-11-20T00:00:00Z", "2027-01-01T00:00:00Z", "x"]
    )
    yield Request(path="/seen", form=[("at", at)])
    yield Request(path="/")


def listed(pool: Pool) -> Asking:
    app = pool.app()
    code = pool.code(app)
    record = str(pool.record(app))
    operators = EVERY[code].operators if code in EVERY and EVERY[code].operators else ("=", "like")
    query = [
        *pool.maybe(("view", pool.view(app)), ("sort", pool.sort(app)), ("exact", "1")),
        *pool.maybe(
            *(("after", record), ("before", record), ("size", "20")),
            one_in=2 if pool.channel.unseen else 3,
        ),
    ]
    if pool.rng.randrange(2):
        value = pool.literal(code)
        query += [("f.0.field", code), ("f.0.op", pool.rng.choice(operators)), ("f.0.value", value)]
        query += pool.maybe(("_filter", "add"), ("join", "or"), one_in=4)
    yield Request(path=f"/apps/{app}/", query=query, headers=pool.headers())


def queried(pool: Pool) -> Asking:
    app = pool.app()
    text = pool.where(app)
    if not pool.rng.randrange(3):
        text += f" order by {pool.sort(app)}"
    if not pool.rng.randrange(3):
        text += f" limit {pool.rng.randint(1, 3)} offset {pool.rng.randrange(3)}"
    fields = [("field", pool.code(app)) for _ in range(pool.rng.randrange(3))]
    yield Request(path=f"/api/apps/{app}/records", query=[("query", text), *fields])


def searched(pool: Pool) -> Asking:
    text = pool.rng.choice([pool.word(), pool.said(), f"{pool.word()} {pool.said()}"])
    yield Request(
        path="/search",
        query=[("q", text), *pool.maybe(("app", pool.app()))],
        headers=pool.headers(),
    )


def save_view(pool: Pool) -> Asking:
    app = pool.app()
    form = [
        ("name", pool.word()),
        ("where", pool.where(app)),
        ("sort", pool.rng.choice(["", pool.sort(app)])),
    ]
    answer = yield Request(path=f"/apps/{app}/views", form=form)
    found = re.search(r"own-(\d+)", answer.headers.get("Location", ""))
    if found:
        pool.remember(f"views {app}", found[1])
        pool.remember("numbers", found[1])
        yield Request(path=f"/apps/{app}/", query=[("view", f"own-{found[1]}")])


def forget_view(pool: Pool) -> Asking:
    yield Request(path=address(pool, "/apps/{app}/views/{number}/delete"), form=[])


def echoed(pool: Pool) -> Asking:
    yield Request(path=address(pool, "/apps/{app}/echo/{field}"), query=[("q", pool.said())])


def offered(pool: Pool) -> Asking:
    app = pool.rng.choice([SECOND, SECOND, SECOND, pool.app()])
    code = pool.rng.choice(["case", "case", "to", "to", pool.code(app)])
    text = pool.rng.choice(["", pool.word(), pool.said()])
    yield Request(path=f"/apps/{app}/lookup/{code}", query=[("q", text)], headers=pool.headers())


def new(pool: Pool) -> Asking:
    app = pool.app()
    code = pool.code(app)
    yield Request(
        path=f"/apps/{app}/new",
        query=pool.maybe((f"f.{code}", pool.literal(code)), ("copy", str(pool.record(app)))),
    )


def create(pool: Pool) -> Asking:
    app = pool.app()
    page = yield Request(path=f"/apps/{app}/new")
    if page.status_code == 200:
        answer = yield filled(pool, app, page.text, f"/apps/{app}/new")
        remember_record(pool, app, answer)


def change(pool: Pool) -> Asking:
    app = pool.app()
    record = pool.record(app)
    path = f"/apps/{app}/records/{record}/edit"
    page = yield Request(path=path)
    if page.status_code != 200:
        yield Request(path=path, form=[("f.t", pool.said()), ("_revision", "1")])
        return
    answer = yield filled(pool, app, page.text, path)
    if answer.status_code < 400:
        yield Request(path=f"/apps/{app}/records/{record}")
    if not pool.rng.randrange(3):
        # The same form once more: now it was opened before somebody's change.
        yield filled(pool, app, page.text, path)


def read_by(pool: Pool) -> Asking:
    app = pool.app()
    path = f"/apps/{app}/records/{pool.record(app)}/readers"
    codes = pool.codes(app)
    form = [
        (f"f.{code}", pool.literal(code)) for code in pool.rng.sample(codes, min(3, len(codes)))
    ]
    yield Request(path=pool.rng.choice([path, path, f"/apps/{app}/readers"]), form=form)


def filled(pool: Pool, app: str, page: str, path: str) -> Request:
    """Return a form as it stands on a page, with some of it changed, hidden fields added."""
    rng = pool.rng
    form = [
        (n, v)
        for n, vs in read_form(page, "record-form").fields.items()
        for v in vs
        if n != "csrf_token"
    ]
    for code in pool.some(app):
        name = f"f.{code}"
        value = pool.literal(code)
        present = [n for n, _ in form if n == name]
        form = [(n, v) for n, v in form if n != name]
        if present or not rng.randrange(3):
            form.append((name, rng.choice([value, value, "", pool.said()])))
    form += pool.maybe(("_add", "f.rows"), ("_fill", "1"), ("_again", "1"), one_in=10)
    form += pool.maybe(("_readers", "1"), ("_preset", f"{pool.code(app)}:last"), one_in=10)
    form += pool.maybe(("f.papers.keep", file(rng.choice(list(FILES)))["key"]), one_in=3)
    if not rng.randrange(6):
        form = [(n, rng.choice(["1", "2", "3"]) if n == "_revision" else v) for n, v in form]
    files = []
    if "papers" in pool.codes(app) and not rng.randrange(3):
        name = rng.choice(list(FILES))
        files.append(("f.papers", name, FILES[name]))
    return Request(path=path, form=form, files=files, headers=pool.headers())


def remember_record(pool: Pool, app: str, answer: Any) -> None:
    """Keep the id of a record that was just made."""
    found = re.search(r"/records/(\d+)", answer.headers.get("Location", ""))
    if found:
        pool.remember(app, found[1])


def delete(pool: Pool) -> Asking:
    path = address(pool, "/apps/{app}/records/{record}/delete")
    reason = pool.rng.choice(["重複", ""])
    yield Request(path=path, form=[("reason", reason), *pool.maybe(("_revision", "1"))])
    yield Request(path=f"{path.partition('/records')[0]}/trash")


def restore(pool: Pool) -> Asking:
    yield Request(path=address(pool, "/apps/{app}/records/{record}/restore"), form=[])


def decide(pool: Pool) -> Asking:
    app = pool.app()
    path = f"/apps/{app}/retention"
    form = [
        ("act", pool.rng.choice(["propose", "propose", "withdraw"])),
        ("record", str(pool.record(app))),
        ("reason", pool.rng.choice(["保存期間の満了", ""])),
    ]
    yield Request(path=path, form=form)
    yield Request(path=path)


def approve(pool: Pool) -> Asking:
    app = pool.app()
    yield Request(path=f"/apps/{app}/retention/approve", form=[("record", str(pool.record(app)))])


def keep(pool: Pool) -> Asking:
    path = address(pool, "/apps/{app}/records/{record}")
    act = pool.rng.choice(["place", "place", "lift"])
    yield Request(
        path=f"{path}/hold",
        form=[("act", act), ("reason", pool.rng.choice(["裁判所からの照会", ""]))],
    )
    yield Request(path=path)


def lift(pool: Pool) -> Asking:
    form = [("reason", pool.rng.choice(["確認のため", ""]))]
    yield Request(path=address(pool, "/apps/{app}/records/{record}/unmask/{field}"), form=form)


def beat(pool: Pool) -> Asking:
    app = pool.app()
    record = pool.record(app)
    page = yield Request(path=f"/apps/{app}/records/{record}/edit")
    found = re.search(r'name="_revision" value="([0-9]+)"', page.text)
    form = [("_revision", found[1] if found else "1"), *pool.maybe(("leaving", "1"), one_in=4)]
    yield Request(path=f"/apps/{app}/records/{record}/presence", form=form)


def addressed(pool: Pool) -> Sequence[tuple[str, str]]:
    """Return people, agencies and groups to address, some of whom are nowhere."""
    everybody = [
        *(f"user:{one.code}" for one in USERS),
        *(f"agency:{one.code}" for one in AGENCIES),
        *(f"group:{one.code}" for one in GROUPS),
        "user:nobody",
    ]
    return [("to", name) for name in pool.rng.sample(everybody, 2)]


def addressees(pool: Pool) -> Asking:
    query = pool.rng.choice([("all", "1"), ("q", ""), ("q", "森"), ("q", "課")])
    yield Request(path=address(pool, "/apps/{app}/records/{record}/mentions"), query=[query])


def act_on(pool: Pool) -> Asking:
    """Do an action as its page asks for it, or without having been asked."""
    step = pool.rng.choice(["go", "back", "more", "none"])
    record = address(pool, "/apps/{app}/records/{record}")
    page = yield Request(path=f"{record}/process/{step}")
    form = [("comment", pool.rng.choice(["", "お願いします"]))]
    if page.status_code == 200:
        fields = read_form(page.text, step).fields
        form += [(n, fields[n][0]) for n in ("_revision", "_once") if pool.rng.randrange(4)]
    offered = re.findall(r'<option value="([^"]+)"', page.text)
    form += [("assignee", pool.rng.choice([*offered, "mori"]))]
    yield Request(path=f"{record}/process/{step}", form=form)
    yield Request(path=record)


def assign(pool: Pool) -> Asking:
    form = [("assignee", pool.rng.choice(USERS).code), *pool.maybe(("status", "受付"))]
    yield Request(path=address(pool, "/apps/{app}/records/{record}/assign"), form=form)


def name_deputy(pool: Pool) -> Asking:
    form = [
        ("deputy", pool.rng.choice(USERS).code),
        ("starts_on", "2026-11-20"),
        ("ends_on", pool.rng.choice(["2026-11-21", "2026-12-31"])),
    ]
    yield Request(path="/account/deputies", form=form)
    page = yield Request(path="/account/deputies")
    for number in re.findall(r"/account/deputies/([0-9]+)/end", page.text):
        pool.remember("numbers", number)


def comment(pool: Pool) -> Asking:
    app = pool.app()
    quotes = [f"comment:{pool.comment()}", f"field:{pool.code(app)}"]
    form = [
        ("body", pool.rng.choice(["了解しました", "", pool.said()])),
        *pool.maybe(("quote", pool.rng.choice(quotes)), *addressed(pool)),
    ]
    files = [("files", "手紙.txt", b"a letter")] if pool.rng.random() < 0.2 else []
    answer = yield Request(
        path=f"/apps/{app}/records/{pool.record(app)}/comments",
        form=form,
        files=files,
        headers=pool.headers(),
    )
    found = re.search(r"#comment-([0-9]+)$", answer.headers.get("Location", ""))
    if found:
        pool.remember("comments", found[1])


def edit_comment(pool: Pool) -> Asking:
    path = address(pool, "/apps/{app}/records/{record}/comments/")
    yield Request(
        path=f"{path}{pool.comment()}/edit",
        form=[("body", pool.rng.choice(["直しました", ""])), *pool.maybe(*addressed(pool))],
        headers=pool.headers(),
    )


def withdraw_comment(pool: Pool) -> Asking:
    path = address(pool, "/apps/{app}/records/{record}/comments/")
    yield Request(path=f"{path}{pool.comment()}/withdraw", form=[], headers=pool.headers())


def comment_file(pool: Pool) -> Asking:
    app = pool.app()
    record = pool.record(app)
    key = pool.file(app, record)[1]
    yield Request(path=f"/apps/{app}/records/{record}/comments/{pool.comment()}/files/{key}")


def thank(pool: Pool) -> Asking:
    form = [
        ("word", pool.rng.choice(["確認しました", "助かりました", "x"])),
        *pool.maybe(("next", "/")),
    ]
    yield Request(
        path=address(pool, "/apps/{app}/records/{record}/thanks"), form=form, headers=pool.headers()
    )


def exported(pool: Pool) -> Asking:
    app = pool.app()
    query = [
        *pool.maybe(("view", pool.view(app)), ("where", pool.where(app)), ("sort", pool.sort(app))),
        *pool.maybe(("form", "machine"), ("encoding", "cp932"), ("replace", "1")),
    ]
    path = pool.rng.choice(["export.csv", "export.csv", "export"])
    yield Request(path=f"/apps/{app}/{path}", query=query)


def imported(pool: Pool) -> Asking:
    app = pool.app()
    if not pool.rng.randrange(3):
        mine = yield Request(
            path=f"/apps/{app}/export.csv", query=[("form", "machine"), ("replace", "1")]
        )
        content = mine.get_data() if mine.status_code == 200 else pool.table(app)
    else:
        content = pool.table(app)
    match = pool.rng.choice(["", "", pool.code(app)])
    answer = yield Request(
        path=f"/apps/{app}/import", form=[("match", match)], files=[("file", "表.csv", content)]
    )
    job = answer.headers.get("Location", "")
    if answer.status_code == 303:
        pool.remember("numbers", job.rpartition("/")[2])
        yield Request(path=job)
        yield Request(path=job, form=pool.maybe(("do", "drop"), one_in=4))
        yield Request(path=job)


def act(pool: Pool) -> Asking:
    yield Request(
        path=address(pool, "/apps/{app}/import/{number}"), form=pool.maybe(("do", "drop"))
    )


def language(pool: Pool) -> Asking:
    yield Request(
        path="/language",
        form=[("language", pool.rng.choice(["ja", "en", "x"])), ("next", f"/apps/{FIRST}/")],
    )
