"""Signing in at a real identity provider: who is linked gets in, whatever else is one refusal."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from support import oidc as provider
from support.requirements import absent
from tsuzuri.access.actors import Actor
from tsuzuri.config import Oidc
from tsuzuri.factory import create_app
from tsuzuri.services import invitations
from tsuzuri.storage import people
from tsuzuri.storage.audit_tables import entries
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import NOW, USERS, World

__all__ = ["world"]

ADDRESS = "https://tsuzuri.example"
BACK = f"{ADDRESS}/login/oidc/back"
REFUSED = "ログインできませんでした。"


@pytest.fixture(scope="module")
def issuer() -> Iterator[provider.Running]:
    node = provider.program()
    if node is None:
        absent("Node with oidc-provider (npm ci)")
    with provider.running(node, BACK) as running:
        yield running


@dataclass
class Scene:
    """The town's application with a provider, and a person's browser."""

    world: World
    web: Flask
    issuer: provider.Running

    def trip(self, visitor: Visitor, account: str, start: str = "/login/oidc") -> TestResponse:
        """Go to the provider, log in there as ``account`` and come back."""
        where = self.issuer.sign_in(self.leave(visitor, start), account)
        return visitor.get(self.path(where))

    def leave(self, visitor: Visitor, start: str = "/login/oidc") -> str:
        """Begin a trip; return where the browser is sent."""
        answer = visitor.get(start)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def path(self, where: str) -> str:
        """Return what a browser sent back asks us for."""
        assert where.startswith(BACK)
        return where.removeprefix(ADDRESS)

    def linked(self, user: str, account: str) -> None:
        """Link one of the town's people to an account there, as they would."""
        visitor = Visitor(self.web).enter(user)
        page = self.trip(visitor, account, "/account/identity/link")
        assert visitor.send(page, "link").status_code == 303

    def last(self, action: str) -> tuple[str, str]:
        """Return user and detail of the last entry of the log with ``action``."""
        with self.world.platform.database.platform() as connection:
            statement = entries.select().where(entries.c.action == action)
            row = connection.execute(statement.order_by(entries.c.seq.desc())).first()
        assert row is not None
        return row.user, row.detail


@pytest.fixture(scope="module")
def scene(world: World, issuer: provider.Running) -> Iterator[Scene]:
    # The provider lives by the machine's clock.
    world.clock.now = datetime.now(UTC)
    settings = Oidc(
        issuer=issuer.issuer,
        client_id=provider.CLIENT_ID,
        client_secret=provider.CLIENT_SECRET,
        name="城山市職員認証",
        trust_mfa=True,
    )
    config = replace(world.platform.config, oidc=settings, address=ADDRESS)
    platform = replace(world.platform, config=config)
    web = create_app(config, platform)
    web.config.update(TESTING=True)
    yield Scene(replace(world, platform=platform), web, issuer)
    world.clock.now = NOW


def inside(visitor: Visitor) -> bool:
    return visitor.get("/account/identity").status_code == 200


def refused(answer: TestResponse) -> bool:
    return answer.status_code == 400 and REFUSED in answer.text


def test_who_is_linked_signs_in_at_the_provider_and_goes_on_where_they_were(scene: Scene) -> None:
    scene.linked("sato", "worker-1")
    visitor = Visitor(scene.web)
    page = visitor.get("/login?next=/search")
    assert "城山市職員認証でログイン" in page.text
    answer = scene.trip(visitor, "worker-1", "/login/oidc?next=/search")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/search")
    assert inside(visitor)
    assert scene.last("session.start") == ("sato", '{"method":"oidc"}')
    user, detail = scene.last("identity.link")
    assert user == "sato"
    assert "worker-1" not in detail


def test_a_second_factor_counts_where_the_provider_says_so(scene: Scene) -> None:
    scene.linked("mori", "worker-2")
    try:
        scene.issuer.set(amr=["pwd", "otp"])
        scene.trip(Visitor(scene.web), "worker-2")
        assert scene.last("session.start") == ("mori", '{"method":"oidc-mfa"}')
    finally:
        scene.issuer.set(amr=["pwd"])


@pytest.mark.parametrize(
    "said, method",
    [
        ({"amr": ["pwd", "mfa"]}, "oidc-mfa"),
        ({"amr": ["hwk"]}, "oidc-mfa"),
        ({"amr": ["pwd", "kba"]}, "oidc"),
        ({"amr": []}, "oidc"),
        # What an acr means is agreed between two parties alone.
        ({"amr": ["pwd"], "acr": "urn:example:gold"}, "oidc"),
        ({"amr": [], "acr": "https://refeds.org/profile/mfa"}, "oidc"),
    ],
)
def test_what_a_provider_must_say_for_a_second_factor(
    scene: Scene, said: dict[str, Any], method: str
) -> None:
    scene.linked("mori", "worker-2")
    try:
        scene.issuer.set(**said)
        assert scene.trip(Visitor(scene.web), "worker-2").status_code == 303
        assert scene.last("session.start") == (
            "mori",
            json.dumps({"method": method}).replace(" ", ""),
        )
    finally:
        scene.issuer.set(amr=["pwd"], acr=None)


def invited(scene: Scene, user: str) -> str:
    """Return a new code for somebody who has neither password nor link."""
    with scene.world.platform.database.platform(writing=True) as connection:
        people.put_password(connection, user, "")
    keeper = Actor(user="cli:test", administers=True)
    (made,) = invitations.make(scene.world.platform, keeper, [user])
    return made.code


def began(scene: Scene, visitor: Visitor, code: str) -> str:
    """Go from an invitation to the provider; return where the browser is sent."""
    visitor.get("/invitation")
    choosing = visitor.post("/invitation", {"code": code})
    assert "城山市職員認証で使い始める" in choosing.text
    leaving = visitor.send(choosing, "identity-form")
    found = re.search(r'id="leave" href="([^"]+)"', leaving.text)
    assert found is not None
    return html.unescape(found[1])


def test_an_invitation_links_its_reader_instead_of_a_password(scene: Scene) -> None:
    code, visitor = invited(scene, "abe"), Visitor(scene.web)
    where = scene.issuer.sign_in(began(scene, visitor, code), "worker-20")
    assert code not in where
    page = visitor.get(scene.path(where))
    assert "worker-20" in page.text
    # Nothing happens before it is confirmed.
    assert refused(scene.trip(Visitor(scene.web), "worker-20"))
    done = visitor.send(page, "confirm-form")
    assert (done.status_code, done.location) == (303, "/login")
    assert scene.last("identity.link")[0] == "abe"
    user, detail = scene.last("link.use")
    assert (user, json.loads(detail)["by"]) == ("abe", "oidc")
    scene.trip(visitor, "worker-20")
    assert inside(visitor)
    # It is used up, and whoever is linked waits for no invitation.
    assert visitor.post("/invitation", {"code": code}).status_code == 422
    assert "abe" not in [one.user for one in invitations.waiting(scene.world.platform)]
    assert invitations.state(scene.world.platform, "abe")[0] == invitations.RESET


def test_a_link_by_invitation_is_refused_where_something_changed_meanwhile(scene: Scene) -> None:
    scene.linked("sato", "worker-1")
    keeper = Actor(user="cli:test", administers=True)
    visitor = Visitor(scene.web)

    def confirming(account: str) -> TestResponse:
        where = scene.issuer.sign_in(began(scene, visitor, invited(scene, "suzuki")), account)
        return visitor.get(scene.path(where))

    # Another account's identity.
    assert visitor.send(confirming("worker-1"), "confirm-form").status_code == 422
    # A newer code, and one that was taken back.
    for act in (
        lambda: invitations.make(scene.world.platform, keeper, ["suzuki"]),
        lambda: invitations.end(scene.world.platform, keeper, "suzuki"),
    ):
        page = confirming("worker-30")
        act()
        assert visitor.send(page, "confirm-form").status_code == 400
        assert refused(scene.trip(Visitor(scene.web), "worker-30"))
    # A confirmation works once, and not as the one of somebody who is signed in.
    page = confirming("worker-31")
    token = page.text.partition('name="token" value="')[2].partition('"')[0]
    suzuki = Visitor(scene.web).enter("suzuki")
    assert refused(suzuki.post("/account/identity/link", {"token": token}))
    assert visitor.send(page, "confirm-form").status_code == 303
    assert refused(visitor.send(page, "confirm-form"))


def test_an_answer_for_an_invitation_in_another_browser_is_refused(scene: Scene) -> None:
    mine, other = Visitor(scene.web), Visitor(scene.web)
    where = scene.issuer.sign_in(began(scene, mine, invited(scene, "suzuki")), "worker-40")
    scene.leave(other)
    assert refused(other.get(scene.path(where)))
    assert mine.post("/invitation/identity", {"code": "0" * 28}).status_code == 400


def test_nobody_gets_in_unlinked_though_their_mail_or_name_is_ours(scene: Scene) -> None:
    visitor = Visitor(scene.web)
    assert refused(scene.trip(visitor, "abe"))
    assert not inside(visitor)


def test_a_closed_account_stays_closed(scene: Scene) -> None:
    scene.linked("takahashi", "worker-3")
    (person,) = (one for one in USERS if one.code == "takahashi")
    try:
        _keep(scene.world, replace(person, active=False))
        visitor = Visitor(scene.web)
        assert refused(scene.trip(visitor, "worker-3"))
        assert not inside(visitor)
    finally:
        _keep(scene.world, person)


def _keep(world: World, person: people.User) -> None:
    with world.platform.database.platform(writing=True) as connection:
        people.put_users(connection, [person], world.platform.today)


def test_the_same_answer_works_once(scene: Scene) -> None:
    scene.linked("sato", "worker-1")
    visitor = Visitor(scene.web)
    where = scene.path(scene.issuer.sign_in(scene.leave(visitor), "worker-1"))
    with visitor.client.session_transaction() as session:
        state = session["oidc"]
    assert visitor.get(where).status_code == 303
    other = Visitor(scene.web)
    with other.client.session_transaction() as session:
        session["oidc"] = state
    assert refused(other.get(where))
    assert not inside(other)


def test_an_answer_in_another_browser_is_refused_and_tells_nothing_of_why(scene: Scene) -> None:
    scene.linked("sato", "worker-1")
    mine, other = Visitor(scene.web), Visitor(scene.web)
    where = scene.path(scene.issuer.sign_in(scene.leave(mine), "worker-1"))
    scene.leave(other)
    answers = [other.get(where), Visitor(scene.web).get(where), Visitor(scene.web).get(BACK[23:])]
    assert all(refused(one) for one in answers)
    assert not inside(other)


@pytest.mark.parametrize(
    "query",
    [
        "error=access_denied",
        "code=",
        "code=wrong",
        "code=" + "x" * 5000,
        "iss=https://evil.example",
    ],
)
def test_what_the_provider_never_said_gets_nobody_in(scene: Scene, query: str) -> None:
    visitor = Visitor(scene.web)
    state = parse_qs(urlsplit(scene.leave(visitor)).query)["state"][0]
    assert refused(visitor.get(f"/login/oidc/back?state={state}&{query}"))
    assert not inside(visitor)


def test_a_code_without_its_verifier_is_worth_nothing(scene: Scene) -> None:
    """The code of one trip, taken to another one: PKCE and the nonce both refuse it."""
    scene.linked("sato", "worker-1")
    victim, thief = Visitor(scene.web), Visitor(scene.web)
    stolen = parse_qs(urlsplit(scene.issuer.sign_in(scene.leave(victim), "worker-1")).query)["code"]
    state = parse_qs(urlsplit(scene.leave(thief)).query)["state"]
    assert refused(thief.get(f"/login/oidc/back?state={state[0]}&code={stolen[0]}"))


def test_the_browser_is_sent_with_pkce_state_and_nonce_to_our_own_address(scene: Scene) -> None:
    visitor = Visitor(scene.web)
    where = visitor.get("/login/oidc", headers={"Host": "evil.example"}).headers["Location"]
    sent = parse_qs(urlsplit(where).query)
    assert sent["redirect_uri"] == [BACK]
    assert sent["code_challenge_method"] == ["S256"]
    assert sent["response_type"] == ["code"]
    assert len(sent["state"][0]) >= 40
    assert len(sent["nonce"][0]) >= 40


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_a_login_there_leads_nowhere_else(scene: Scene, target: str) -> None:
    scene.linked("sato", "worker-1")
    answer = scene.trip(Visitor(scene.web), "worker-1", f"/login/oidc?next={target}")
    assert answer.headers["Location"] == "/"


def test_a_link_is_confirmed_by_the_one_who_began_it(scene: Scene) -> None:
    abe, mori = Visitor(scene.web).enter("abe"), Visitor(scene.web).enter("mori")
    page = scene.trip(abe, "worker-9", "/account/identity/link")
    assert "worker-9" in page.text
    assert "worker-9" not in abe.get("/account/identity").text
    token = page.text.partition('name="token" value="')[2].partition('"')[0]
    assert refused(mori.post("/account/identity/link", {"token": token}))
    # It is used up by the try.
    assert refused(abe.post("/account/identity/link", {"token": token}))


def test_nobody_is_linked_to_two_accounts(scene: Scene) -> None:
    scene.linked("sato", "worker-1")
    abe = Visitor(scene.web).enter("abe")
    page = scene.trip(abe, "worker-1", "/account/identity/link")
    assert abe.send(page, "link").status_code == 422


def test_a_link_taken_away_opens_nothing(scene: Scene) -> None:
    scene.linked("suzuki", "worker-5")
    visitor = Visitor(scene.web).enter("suzuki")
    assert visitor.send(visitor.get("/account/identity"), "unlink").status_code == 303
    assert scene.last("identity.unlink")[0] == "suzuki"
    assert refused(scene.trip(Visitor(scene.web), "worker-5"))


def test_signing_out_ends_the_session_here(scene: Scene) -> None:
    scene.linked("sato", "worker-1")
    visitor = Visitor(scene.web)
    scene.trip(visitor, "worker-1")
    visitor.get("/account/identity")
    visitor.post("/logout")
    assert not inside(visitor)


def test_without_a_provider_there_is_no_button_and_no_page(world: World) -> None:
    web = opened(world)
    assert "oidc" not in Visitor(web).get("/login").text
    visitor = Visitor(web).enter("sato")
    for path in ("/invitation/identity", "/invitation/identity/confirm"):
        assert visitor.post(path).status_code == 404, path
    for path in ("/login/oidc", "/login/oidc/back", "/account/identity", "/account/identity/link"):
        assert visitor.get(path).status_code == 404, path
