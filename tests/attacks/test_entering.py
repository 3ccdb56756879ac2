"""Group J: accounts and sessions, from signing in to what an account may give itself."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

from attacks.cases import case
from attacks.oracles import inside, silent, told
from attacks.serving import Town, site
from attacks.visiting import Visitor
from attacks.world import CASE, CASE_RULES, PASSWORD, record_id
from tsuzuri.cli import main
from tsuzuri.storage import people

A1 = f"/apps/case/records/{record_id('A1')}"
API = "/api/apps/case/records?query="
EVIL = "evil.example"
MANY = 24
"""Guesses of one attack; five are let by."""


def token(visitor: Visitor) -> str:
    """Return a new API token of somebody."""
    visitor.get("/account/tokens")
    answer = visitor.post(
        "/account/tokens", {"name": "mine", "app": "case", "rights": "view", "days": "9"}
    )
    found = re.search(r"tsuzuri_[\w-]+", answer.text)
    assert found is not None
    return found[0]


def copied(visitor: Visitor) -> Visitor:
    """Return another browser with the same cookies."""
    other = Visitor(visitor.url)
    for cookie in visitor.http.cookies.jar:
        other.http.cookies.jar.set_cookie(cookie)
    return other


@case("J01", guard="closed-accounts-go-on")
def test_a_closed_account_opens_nothing_any_more(fresh: Town) -> None:
    viewer, admin = fresh.visitor("viewer_a"), fresh.visitor("admin")
    program = {"headers": {"Authorization": f"Bearer {token(viewer)}"}}
    assert viewer.get(A1).status_code == 200
    assert fresh.here.stranger().get(API, **program).status_code == 200
    admin.get("/people/users/viewer_a")
    assert admin.post("/people/users/viewer_a/active", {"active": "0"}).status_code == 303
    for path in (A1, "/", "/account", "/apps/case/export.csv"):
        assert viewer.get(path).status_code == 302, path
    assert viewer.get(API).status_code == 401
    assert fresh.here.stranger().get(API, **program).status_code == 401
    stranger = fresh.here.stranger()
    stranger.get("/login")
    assert stranger.post("/login", {"user": "viewer_a", "password": PASSWORD}).status_code == 422


@case("J02", guard="signing-out-clears-the-cookie-only")
def test_a_new_password_ends_every_other_session(fresh: Town) -> None:
    viewer, thief = fresh.visitor("viewer_a"), fresh.here.stranger().enter("viewer_a")
    program = {"headers": {"Authorization": f"Bearer {token(thief)}"}}
    chosen = {"password": PASSWORD, "new_password": "himawari no tane 5", "end_tokens": "1"}
    viewer.get("/account")
    assert viewer.post("/account/password", chosen).status_code == 303
    assert viewer.get(A1).status_code == 200
    assert thief.get(A1).status_code == 302
    assert fresh.here.stranger().get(API, **program).status_code == 401


@case("J03", guard="signing-out-clears-the-cookie-only")
def test_a_copied_cookie_ends_with_its_session(fresh: Town) -> None:
    viewer = fresh.visitor("viewer_a")
    copy = copied(viewer)
    assert copy.get(A1).status_code == 200
    assert viewer.post("/logout").status_code == 303
    for path in (A1, "/", "/account"):
        assert copy.get(path).status_code == 302, path
    assert copy.get(API).status_code == 401


@case("J04", guard="rights-are-remembered")
def test_a_change_of_rights_counts_at_once_on_every_server(fresh: Town) -> None:
    here = fresh.here
    with site(here.platform.config.database, here.platform.config.files) as other:
        viewers = [one.visitor("viewer_a") for one in (here, other)]
        assert all("owner of A1" in one.get(A1).text for one in viewers)
        rules = [{"fields": ["owner"], "who": ["everyone"], "allow": "none"}, *CASE_RULES["field"]]
        here.world.publish(CASE, {**CASE_RULES, "field": rules}, code="case", by="chief_a")
        for one in viewers:
            for path in (A1, "/apps/case/", "/apps/case/export.csv", API):
                assert "owner of A1" not in silent(one.get(path)).text, path
        known = here.platform.directory.users["viewer_a"]
        with here.platform.database.platform(writing=True) as connection:
            away = replace(known, agencies=("B",))
            people.put_users(connection, (away,), here.platform.today)
        for one in viewers:
            assert one.get(A1).status_code == 404


@contextmanager
def guessing(town: Town, user: str) -> Iterator[Any]:
    """Give what tries one password from this machine and tells whether it was looked at."""
    strangers = [town.here.stranger() for _ in range(MANY)]
    for one in strangers:
        one.get("/login")

    def tried(number: int, password: str, form: Mapping[str, str], headers: Any) -> int:
        one = strangers[number]
        given = {"user": user, "password": password, **form}
        return one.post("/login", given, headers=headers).status_code

    yield tried
    for one in strangers:
        one.close()


@case("J08", guard="sources-are-what-they-say")
def test_no_header_and_no_spelling_is_a_way_around_the_brake(fresh: Town) -> None:
    with guessing(fresh, "viewer_a") as tried:
        answers = []
        for n in range(MANY - 1):
            headers = {"X-Forwarded-For": f"198.51.100.{n}", "X-Real-IP": f"198.51.100.{n}"}
            headers["Forwarded"] = f"for=198.51.100.{n}"
            spelt = {"user": "viewer_a" + " " * (n % 3), "email": f"someone{n}@example.invalid"}
            answers.append(tried(n, f"guess {n}", spelt, headers))
        assert answers.count(422) == 5
        assert set(answers[5:]) == {429}
        assert tried(MANY - 1, PASSWORD, {}, {}) == 429
    # What is spelt otherwise is another name, and opens nothing.
    for name in ("VIEWER_A", "ｖｉｅｗｅｒ＿ａ", "viewer_a\u200b"):
        stranger = fresh.here.stranger()
        stranger.get("/login")
        assert stranger.post("/login", {"user": name, "password": PASSWORD}).status_code == 422


@case("J08", guard="failures-are-counted-afterwards")
def test_guesses_at_the_same_moment_are_counted_one_by_one(fresh: Town) -> None:
    with guessing(fresh, "worker_a") as tried, ThreadPoolExecutor(MANY) as pool:
        given = [pool.submit(tried, n, f"guess {n}", {}, {}) for n in range(MANY)]
        answers = [one.result() for one in given]
    assert answers.count(422) == 5
    assert answers.count(429) == MANY - 5


@case("J09", guard="redirects-name-the-host")
def test_no_answer_repeats_a_forged_host(fresh: Town) -> None:
    forged = (
        {"Host": EVIL},
        {"X-Forwarded-Host": EVIL},
        {"Host": EVIL, "X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https"},
        {"Forwarded": f"host={EVIL}"},
        {"X-Original-URL": f"//{EVIL}/", "X-Rewrite-URL": f"//{EVIL}/"},
    )
    viewer, admin = fresh.visitor("viewer_a"), fresh.visitor("admin")
    for headers in forged:
        for one in (fresh.here.stranger(), viewer):
            for path in ("/", "/login", f"/login?next=//{EVIL}/", A1, "/nothing", "/apps/case"):
                answer = one.get(path, headers=headers)
                assert EVIL not in _answered(answer), (headers, path)
        stranger = fresh.here.stranger()
        stranger.get("/login")
        given = {"user": "viewer_b", "password": PASSWORD}
        entered = stranger.post("/login", given, headers=headers)
        assert EVIL not in _answered(entered), headers
        # A link that lets somebody in names the address of the settings, or none.
        admin.get("/people/users/viewer_a")
        linked = admin.post("/people/users/viewer_a/link", headers=headers)
        assert EVIL not in _answered(linked), headers


def _answered(answer: httpx.Response) -> str:
    """Return an answer without the address that was asked for and comes back in a form."""
    return told(answer).decode().replace(f'name="next" value="//{EVIL}/"', "")


@case("J12", guard="sessions-keep-their-number")
def test_a_session_begins_with_a_number_nobody_knew(fresh: Town) -> None:
    here, attacker = fresh.here, fresh.here.stranger()
    attacker.get("/login")
    victim = copied(attacker)
    victim.get("/login")
    victim.enter("viewer_a")
    planted = number_of(victim)
    assert attacker.get(A1).status_code == 302
    kept = copied(victim)
    victim.post("/logout")
    again = here.stranger().enter("viewer_a")
    assert number_of(again) != planted
    assert kept.get(A1).status_code == 302
    assert attacker.get(A1).status_code == 302
    # Signing in on top of a session leaves nothing of it.
    theirs = fresh.visitor("worker_b")
    mixed = copied(theirs)
    mixed.get("/")
    entered = mixed.post("/login", {"user": "viewer_a", "password": PASSWORD})
    assert entered.status_code == 303
    assert number_of(mixed) != number_of(theirs)


def number_of(visitor: Visitor) -> str:
    """Return what names the session inside the cookie."""
    return str(json.loads(inside(visitor.http.cookies["tsuzuri"]))["_user_id"])


@case("J12", guard="cookies-lose-their-flags")
def test_cookies_are_for_this_server_over_tls_and_for_no_script(fresh: Town) -> None:
    config = fresh.here.platform.config
    with site(config.database, config.files, secure_cookies=True) as behind_tls:
        stranger = behind_tls.stranger()
        page = stranger.get("/login")
        # The client keeps cookies for TLS to itself, as it should; here they are sent by hand.
        cookie = page.headers["set-cookie"].split(";")[0]
        given = {"user": "viewer_a", "password": PASSWORD}
        answer = stranger.post("/login", given, headers={"Cookie": cookie})
        assert answer.status_code == 303
        cookies = [*page.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")]
        assert {one.split("=")[0] for one in cookies} == {"__Host-tsuzuri", "__Host-tsuzuri-device"}
        for one in cookies:
            flags = {flag.strip().lower() for flag in one.split(";")[1:]}
            assert {"secure", "httponly", "path=/", "samesite=lax"} <= flags, one
            assert not [flag for flag in flags if flag.startswith("domain")], one


@case("J15", guard="everybody-administers")
def test_nobody_gives_themselves_rights(fresh: Town) -> None:
    site_ = fresh.here
    before, apps = site_.platform.directory, dict(site_.platform.apps)
    forms: Mapping[str, Mapping[str, str]] = {
        "/people/users/{}/roles": {"administers": "1", "audits": "1"},
        "/people/users/{}/active": {"active": "1"},
        "/people/users/{}": {
            "code": "{}",
            "name": "raised",
            "administers": "1",
            "groups": "chiefs",
        },
        "/people/users/{}/belonging": {"group.0.code": "chiefs", "group.0.position": "0"},
        "/people/users/{}/link": {},
        "/people/new": {"code": "second", "name": "second", "administers": "1"},
        "/people/new-group": {"code": "mine", "name": "mine"},
        "/people/groups/chiefs": {"name": "mine"},
        "/people/agencies/A": {"name": "mine"},
        "/people/import": {"text": "code,administers\r\nworker_a,1"},
        "/people/import/apply": {},
        "/account": {"administers": "1", "groups": "chiefs"},
        "/account/language": {"language": "ja", "administers": "1", "groups": "chiefs"},
    }
    for user in ("worker_a", "chief_a", "auditor"):
        visitor = fresh.visitor(user)
        for path, form in forms.items():
            for target in (user, "viewer_b"):
                answer = visitor.post(
                    path.format(target), {k: v.format(target) for k, v in form.items()}
                )
                assert answer.status_code in {303, 404, 405}, (user, path)
                assert answer.status_code != 303 or path.startswith("/account"), (user, path)
        for path in ("/people", "/people/export.csv", "/people/users/worker_a"):
            assert visitor.get(path).status_code == 404, (user, path)
        for method in ("PUT", "PATCH", "POST"):
            for path in ("/api/apps/case", "/api/apps/secret/access", "/apps/secret/definition"):
                rules = {"access": {"app": [{"who": ["everyone"], "allow": ["view"]}]}}
                assert visitor.send(method, path, json=rules).status_code in {400, 404, 405}
    assert site_.platform.directory == before
    assert dict(site_.platform.apps) == apps


UNSAFE: tuple[Mapping[str, str], ...] = (
    {"TSUZURI_SECRET_KEY": "change-me"},
    {"TSUZURI_SECRET_KEY": "a" * 64},
    {"TSUZURI_SECRET_KEY": "please-change-this-secret-key-0f9a8b7c6d5e"},
    {"TSUZURI_SECRET_KEY": "f3b8d1c97a604e25b1c0d9e8a7f65432", "FLASK_DEBUG": "1"},
)


@case("J19", guard="any-key-will-do")
def test_a_server_with_unsafe_settings_does_not_start(fresh: Town, tmp_path: Path) -> None:
    del fresh
    for number, settings in enumerate(UNSAFE):
        assert not _starts(tmp_path / str(number), settings), settings
    # Left empty, the key is made by the program itself.
    assert _starts(tmp_path / "safe", {"TSUZURI_SECRET_KEY": ""})
    kept = (tmp_path / "safe" / "secret-key").read_text(encoding="utf-8").strip()
    assert len(kept) >= 32


def _starts(home: Path, settings: Mapping[str, str]) -> bool:
    """Start the program as the operator does, from this very process; tell whether it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = get_context("fork").Process(target=_run, args=(home, settings, port))
    program.start()
    until = monotonic() + 30
    try:
        while program.is_alive() and monotonic() < until:
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    return True
            sleep(0.05)
        assert not program.is_alive(), "neither started nor given up"
        assert program.exitcode not in {0, None}
        return False
    finally:
        program.terminate()
        program.join(20)


def _run(home: Path, settings: Mapping[str, str], port: int) -> None:
    os.setsid()
    os.environ.update({"TSUZURI_HOME": str(home), **settings})
    main(["run", "--port", str(port), "--workers", "1"])
