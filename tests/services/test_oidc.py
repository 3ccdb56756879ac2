"""Nothing an identity provider's answer says is believed before it is proven."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from support.forger import CLIENT_ID, Forger, forging
from tsuzuri.config import Oidc
from tsuzuri.services import oidc, outbound
from tsuzuri.services.oidc import NotSignedIn, Provider

ERRAND = oidc.errand()
OTHER = RSAKey.generate_key(2048, {"kid": "right"})


@pytest.fixture
def forger() -> Iterator[Forger]:
    with forging() as running:
        yield running


@pytest.fixture
def provider(forger: Forger) -> Provider:
    config = Oidc(issuer=forger.issuer, client_id=CLIENT_ID, client_secret="s", trust_mfa=True)
    return Provider(config, "https://tsuzuri.example/back", lambda: datetime.now(UTC))


def test_a_good_answer_proves_who_somebody_is(forger: Forger, provider: Provider) -> None:
    forger.token = lambda: forger.signed(forger.claims(ERRAND.nonce, amr=["pwd", "otp"]))
    proven = provider.proven("code", ERRAND)
    assert (proven.issuer, proven.subject, proven.two_factors) == (forger.issuer, "worker-1", True)


def changed(**claims: Any) -> Callable[[Forger], str]:
    return lambda forger: forger.signed(forger.claims(ERRAND.nonce, **claims))


def unsigned(forger: Forger) -> str:
    parts = ({"alg": "none"}, forger.claims(ERRAND.nonce))
    texts = (base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts)
    return b".".join((*texts, b"")).decode()


NOW = int(time.time())
FORGERIES: dict[str, Callable[[Forger], str]] = {
    "another nonce": changed(nonce="x"),
    "no nonce": changed(nonce=None),
    "another audience": changed(aud="another"),
    "no audience": changed(aud=None),
    "an audience of others too": changed(aud=[CLIENT_ID, "another"], azp=CLIENT_ID),
    "made for another party": changed(azp="another"),
    "expired": changed(exp=NOW - 120),
    "never expiring": changed(exp=None),
    "made tomorrow": changed(iat=NOW + 86_400, nbf=NOW + 86_400),
    "another issuer": changed(iss="https://evil.example"),
    "no issuer": changed(iss=None),
    "nobody": changed(sub=None),
    "an empty name": changed(sub=""),
    "a name that is none": changed(sub=7),
    "a name without end": changed(sub="x" * 300),
    "signed by somebody else": lambda f: f.signed(f.claims(ERRAND.nonce), OTHER),
    "not signed": unsigned,
    "signed with the public key": lambda f: f.confused(f.claims(ERRAND.nonce)),
    "changed after signing": lambda f: f.signed(f.claims(ERRAND.nonce))[:-8] + "AAAAAAAA",
    "no token": lambda _: "",
    "nonsense": lambda _: "a.b.c",
    "methods that are no list": changed(amr="mfa"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_answer_proves_nothing(forger: Forger, provider: Provider, name: str) -> None:
    forger.token = lambda: FORGERIES[name](forger)
    with pytest.raises(NotSignedIn):
        provider.proven("code", ERRAND)


def test_an_answer_that_says_it_is_anothers_is_refused_before_it_is_asked_for(
    forger: Forger, provider: Provider
) -> None:
    forger.token = lambda: forger.signed(forger.claims(ERRAND.nonce))
    with pytest.raises(NotSignedIn):
        provider.proven("code", ERRAND, issuer="https://evil.example")
    assert forger.asked == []


def test_a_provider_that_changed_its_keys_is_asked_again_but_not_each_time(
    forger: Forger, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger.token = lambda: forger.signed(forger.claims(ERRAND.nonce))
    provider.proven("code", ERRAND)
    forger.key = OTHER
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            provider.proven("code", ERRAND)
    assert forger.asked.count("/keys") == 1
    monkeypatch.setattr(oidc, "AGAIN_SECONDS", -1)
    assert provider.proven("code", ERRAND).subject == "worker-1"


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"token_endpoint": "http://127.0.0.1:9/token"},
        {"jwks_uri": "file:/etc/passwd"},
        {"authorization_endpoint": "javascript:x()"},
        {"jwks_uri": None},
        {"token_endpoint": "https://127.0.0.1@evil.example/"},
    ],
)
def test_an_address_of_another_host_is_never_asked(
    forger: Forger, provider: Provider, about: dict[str, Any]
) -> None:
    forger.about = about
    with pytest.raises(NotSignedIn):
        provider.address("state", ERRAND)
    assert "/keys" not in forger.asked


@pytest.mark.parametrize(
    "answer",
    [
        (302, {"Location": "/elsewhere"}, b""),
        (500, {}, b"{}"),
        (200, {}, b"x" * (outbound.LARGEST + 1)),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(b"{}")),
        (200, {}, b"[]"),
        (200, {}, b"nonsense"),
        (200, {}, b"\xff"),
    ],
)
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
def test_an_odd_answer_is_refused_and_no_redirect_followed(
    forger: Forger, provider: Provider, path: str, answer: Any
) -> None:
    forger.token = lambda: forger.signed(forger.claims(ERRAND.nonce))
    forger.whole[path] = answer
    with pytest.raises(NotSignedIn):
        provider.proven("code", ERRAND)
    assert "/elsewhere" not in forger.asked


@pytest.mark.parametrize(
    "address, yes",
    [
        ("https://id.example/token", True),
        ("https://id.example:8443/token", False),
        ("http://id.example/token", False),
        ("https://id.example.evil.example/", False),
        ("https://evil.example/?id.example", False),
        ("https://id.example@evil.example/", False),
        ("https://user@id.example/", False),
        ("ftp://id.example/", False),
        ("https://id.example:x/", False),
        ("https://[::1/", False),
    ],
)
def test_only_the_providers_own_hosts_are_asked(address: str, yes: bool) -> None:
    assert outbound.allowed(address, {"id.example"}) is yes


def test_the_settings_must_name_all_that_a_safe_login_needs() -> None:
    whole = {
        "TSUZURI_OIDC_ISSUER": "https://id.example/",
        "TSUZURI_OIDC_CLIENT_ID": "x",
        "TSUZURI_ADDRESS": "https://tsuzuri.example",
    }
    found = Oidc.from_environment(whole)
    assert found is not None
    assert found.issuer == "https://id.example"
    assert not found.trust_mfa
    assert Oidc.from_environment({}) is None
    for name in ("TSUZURI_OIDC_CLIENT_ID", "TSUZURI_ADDRESS"):
        with pytest.raises(ValueError, match=name):
            Oidc.from_environment({**whole, name: ""})
    assert "hush" not in str(Oidc(issuer="i", client_id="c", client_secret="hush"))
