"""Passkeys as people keep them: made, named, counted as a factor, for one site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from support.authenticator import Authenticator
from support.browser import VIEWPORTS
from tsuzuri.access.actors import Origin
from tsuzuri.factory import create_app
from tsuzuri.services import factors, passkeys
from tsuzuri.storage import passkeys as stored
from tsuzuri.storage.account_tables import passkeys as table
from web.test_story import enter, visiting
from worlds.face import Visitor
from worlds.fixtures import world
from worlds.keyed import (
    Owner,
    add,
    asked,
    is_in,
    log,
    sato,
    time,
    web,
)
from worlds.served import PASSWORD as SAMPLE
from worlds.served import town
from worlds.town import World

__all__ = ["sato", "time", "web", "world"]


def test_a_passkey_of_somebody_else_cannot_be_registered_again(
    sato: Owner, world: World, web: Flask
) -> None:
    thief = Visitor(web).enter("takahashi")
    assert add(thief, replace(sato.key)).status_code == 422
    assert passkeys.mine(world.platform, "takahashi") == []


def test_the_first_factor_ends_sessions_begun_without_and_makes_the_codes(
    world: World, web: Flask, time: None
) -> None:
    factors.end(world.platform, world.actor("sato"))
    other = Visitor(web).enter("sato")
    sato = Owner(world, web, "sato")
    assert not is_in(other)
    again = Visitor(web).enter("sato")
    added = add(sato.visitor, Authenticator(), name="もう一つ")
    assert added.status_code == 303
    assert is_in(again)
    assert factors.standing(world.platform, "sato").codes == factors.CODES
    page = sato.visitor.get("/account/second").text
    assert "もう一つ" in page
    assert [one for one, _ in log(world, "sato") if one.startswith("passkey")][-2:] == [
        "passkey.add",
        "passkey.add",
    ]
    factors.end(world.platform, world.actor("sato"))
    assert passkeys.mine(world.platform, "sato") == []


def test_of_two_who_add_one_passkey_at_once_one_gets_it(sato: Owner, world: World) -> None:
    [kept] = passkeys.mine(world.platform, "sato")
    with world.platform.database.platform(writing=True) as connection:
        assert not stored.add(connection, replace(kept, user="takahashi"))
        assert stored.add(connection, replace(kept, id="another"))
    assert passkeys.mine(world.platform, "takahashi") == []
    assert len(passkeys.mine(world.platform, "sato")) == 2


def test_a_passkey_given_up_while_it_signs_is_no_copy(sato: Owner, world: World) -> None:
    [kept] = passkeys.mine(world.platform, "sato")
    passkeys.remove(world.platform, world.actor("sato"), passkeys.name_of(kept))
    assert passkeys._signed(world.platform, kept, kept.sign_count + 1, Origin()) == ""
    assert "passkey.clone" not in [one for one, _ in log(world, "sato")]


def test_the_app_can_be_given_up_alone_and_the_codes_stay_for_the_passkey(
    sato: Owner, world: World
) -> None:
    actor = world.actor("sato")
    assert sato.visitor.post("/account/second/app/end").status_code == 404
    factors.begin(world.platform, actor)
    assert sato.visitor.post("/account/second/app/end").status_code == 404
    code = factors.waiting(world.platform, actor).at(world.clock.now)
    factors.confirm(world.platform, actor, code, here="")
    assert "認証アプリの登録を削除する" in sato.visitor.get("/account/second").text
    done = sato.visitor.post("/account/second/app/end")
    assert (done.status_code, done.headers["Location"]) == (303, "/account/second")
    standing = factors.standing(world.platform, "sato")
    assert (standing.app, standing.passkeys, standing.codes) == (False, 1, factors.CODES)
    assert log(world, "sato")[-1][0] == "factor.end_app"
    passkeys.remove(
        world.platform, actor, passkeys.name_of(passkeys.mine(world.platform, "sato")[0])
    )
    assert factors.standing(world.platform, "sato").codes == 0


@pytest.mark.parametrize("name", ["", "  ", "あ" * 61, "a\x00b", "a\nb"])
def test_a_passkey_has_a_name(sato: Owner, name: str) -> None:
    told = add(sato.visitor, Authenticator(), name=name)
    assert told.status_code == 422
    assert "パスキーの名前" in told.text


def test_there_is_an_end_to_how_many_one_has(sato: Owner) -> None:
    with sato.world.platform.database.platform(writing=True) as connection:
        connection.execute(
            table.insert(),
            [
                {
                    "id": f"k{n}",
                    "user": "sato",
                    "public_key": b"",
                    "created_at": "2026-11-20T00:00:00Z",
                }
                for n in range(passkeys.MOST - 1)
            ],
        )
    told = add(sato.visitor, Authenticator())
    assert "パスキーは20個までです" in told.text


def test_who_must_have_a_factor_may_have_a_passkey(sato: Owner, world: World) -> None:
    strict = replace(world.platform, config=replace(world.platform.config, second_factor="all"))
    web = create_app(strict.config, strict)
    visitor = Visitor(web)
    visitor.get("/login")
    options = asked(visitor, "/login/passkey")
    visitor.post("/login", {"passkey": sato.key.show(options)})
    assert is_in(visitor)
    factors.end(world.platform, world.actor("mori"))
    fresh = Visitor(web).enter("mori")
    assert fresh.get("/").status_code == 303
    add(fresh, Authenticator())
    assert is_in(fresh)
    factors.end(world.platform, world.actor("mori"))


SITES = {
    "https://tsuzuri.example.lg.jp": ("tsuzuri.example.lg.jp", "https://tsuzuri.example.lg.jp"),
    "https://Tsuzuri.example:443/x": ("tsuzuri.example", "https://tsuzuri.example"),
    "https://t.example:8443": ("t.example", "https://t.example:8443"),
    "http://localhost:5000": ("localhost", "http://localhost:5000"),
    "http://t.example": None,
    "https://192.0.2.1": None,
    "https://[2001:db8::1]": None,
    "http://127.0.0.1:5000": None,
    "https://t.example:99999": None,
    "ftp://t.example": None,
    "": None,
}


@pytest.mark.parametrize(("address", "site"), SITES.items())
def test_for_which_site_keys_are(address: str, site: tuple[str, str] | None) -> None:
    assert passkeys.party(address) == (passkeys.Party(*site) if site else None)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1", "localhost.evil.example", "localhost:x", "[", "localhost@b"],
)
def test_what_a_request_claims_is_no_site(web: Flask, host: str) -> None:
    visitor = Visitor(web)
    page = visitor.client.get("/login", headers={"Host": host})
    assert page.status_code in {200, 400}
    assert "data-passkey" not in page.text


def test_the_configured_address_counts_whatever_a_request_claims(world: World) -> None:
    config = replace(world.platform.config, address="https://t.example")
    there = replace(world.platform, config=config)
    visitor = Visitor(create_app(config, there))
    visitor.get("/login")
    assert asked(visitor, "/login/passkey")["rpId"] == "t.example"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with town(tmp_path_factory.mktemp("town") / "home") as found:
        yield found


def _virtual(page: Page) -> None:
    """Give a browser an authenticator of its own, whose person is there and shows it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _leave(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/login")


def test_in_a_real_browser(browser: Browser, address: str) -> None:
    with visiting(browser, address, VIEWPORTS["phone"]) as page:
        _virtual(page)
        enter(page, "hoiku")
        page.goto("/account/second")
        page.get_by_label("新しいパスキーの名前").fill("園の電話")
        page.get_by_label("新しいパスキーの名前").press("Enter")
        expect(page.locator(".codes li")).to_have_count(factors.CODES)
        page.goto("/account/second")
        expect(page.get_by_text("園の電話", exact=True)).to_be_visible()
        # A second time the same authenticator says that it is known.
        page.get_by_label("新しいパスキーの名前").fill("もう一度")
        page.get_by_role("button", name="パスキーを登録する").click()
        expect(page.get_by_text("すでに登録されています")).to_be_visible()
        _leave(page)
        page.get_by_role("button", name="パスキーでログイン").click()
        expect(page.get_by_role("heading", name="ホーム")).to_be_visible()
        _leave(page)
        page.get_by_label("ログイン名", exact=True).fill("hoiku")
        page.get_by_label("パスワード", exact=True).fill(SAMPLE)
        page.get_by_role("button", name="ログイン", exact=True).click()
        page.get_by_role("button", name="パスキーで確認").click()
        expect(page.get_by_role("heading", name="ホーム")).to_be_visible()


def test_without_script_there_is_no_button(browser: Browser, address: str) -> None:
    with visiting(browser, address, VIEWPORTS["phone"], script=False) as page:
        page.goto("/login")
        expect(page.locator("[data-passkey]")).to_be_hidden()
        expect(page.get_by_role("button", name="ログイン", exact=True)).to_be_visible()
