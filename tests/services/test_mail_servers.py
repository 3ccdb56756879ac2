"""Mail servers that are away, refuse or are not the one that was meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.server import free_port
from support.sink import Sink, listening
from tsuzuri.config import Smtp
from tsuzuri.services import mailing
from tsuzuri.storage import mails
from worlds.mailed import sink, town
from worlds.postman import (
    ADDRESS,
    kept,
    mailing_world,
    say,
    shared,
    smtp_at,
    wish,
)
from worlds.town import World

__all__ = ["sink", "town"]


def _later(world: World, **time: float) -> None:
    world.clock.now += timedelta(**time)


# ---------------------------------------------------------------- servers that do not take it


def test_a_server_that_is_away_is_asked_ever_less_and_nothing_is_lost(
    town: World, sink: Sink
) -> None:
    away = mailing_world(town, smtp_at(free_port()))
    app, record = shared(town)
    for _ in range(3):
        say(town, app, record)
    waits = []
    for _ in range(6):
        mailing.run(away.platform)
        with town.platform.database.platform() as connection:
            rows = connection.exec_driver_sql("SELECT tries, due_at FROM mails ORDER BY id").all()
        assert {due for _, due in rows} == {rows[0][1]}
        waits.append(rows[0][1])
        before = town.clock.now
        assert mailing.run(away.platform) == 0
        while town.platform.stamp() < rows[0][1]:
            _later(town, seconds=20)
        waits[-1] = (town.clock.now - before).total_seconds()
    assert [one[0] for one in rows] == [6, 0, 0], "only the oldest is tried"
    assert waits[-1] > 8 * waits[0]
    state = mailing.standing(town.platform)
    assert state.error == "CONNECT ConnectionRefusedError"
    assert state.counts == {"waiting": 3}
    assert mailing.run(town.platform) == 3
    assert len(sink.letters) == 3


def test_pauses_grow_to_a_limit_and_differ() -> None:
    for tries in (0, 3, 7, 30, 10_000):
        found = {mailing.pause(tries) for _ in range(20)}
        longest = min(mailing.FIRST * 2 ** min(tries, 20), mailing.LONGEST)
        assert len(found) > 1
        assert all(longest * 0.75 <= one <= longest * 1.25 for one in found)


def test_a_permanent_refusal_is_not_tried_again(town: World, sink: Sink) -> None:
    app, record = shared(town)
    sink.refusing["mori@people.test"] = "550 no such mailbox mori@people.test"
    say(town, app, record)
    say(town, app, record)
    mailing.run(town.platform)
    sink.refusing.clear()
    _later(town, days=1)
    mailing.run(town.platform)
    assert kept(town) == [("mori", "refused")] * 2
    assert sink.letters == []
    assert mailing.standing(town.platform).error == "RCPT 550"


@pytest.mark.parametrize("answer", ["451 not now", "421 busy"])
def test_a_passing_refusal_keeps_nobody_else_waiting(town: World, sink: Sink, answer: str) -> None:
    wish(town, "takahashi", "at_once")
    app, record = shared(town)
    say(town, app, record)
    say(town, app, record, by="mori")
    sink.refusing["mori@people.test"] = answer
    assert mailing.run(town.platform) == 1
    assert sink.recipients == ["takahashi@people.test"]
    sink.refusing.clear()
    _later(town, minutes=2)
    assert mailing.run(town.platform) == 1
    assert sink.recipients[1] == "mori@people.test"


@pytest.mark.parametrize("answer, state", [("554 spam", "refused"), ("452 full", "waiting")])
def test_a_refusal_of_the_whole_mail_is_one_too(
    town: World, sink: Sink, answer: str, state: str
) -> None:
    app, record = shared(town)
    say(town, app, record)
    sink.on_data = lambda: answer
    mailing.run(town.platform)
    assert kept(town) == [("mori", state)]
    assert mailing.standing(town.platform).error == f"END {answer[:3]}"


def test_what_could_not_be_sent_for_days_is_given_up(town: World) -> None:
    away = mailing_world(town, smtp_at(free_port()))
    app, record = shared(town)
    say(town, app, record)
    _later(town, days=3, minutes=1)
    mailing.run(away.platform)
    assert kept(town) == [("mori", "refused")]
    with town.platform.database.platform() as connection:
        assert mails.refused(connection) == [], "it is not the address's fault"


# ---------------------------------------------------------------- safe lines


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for this machine that no authority knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    now = datetime.now(UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("certificate") / "sink.pem"
    path.write_bytes(secret + made.public_bytes(pem))
    return path


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_travels_encrypted_after_a_login(
    town: World, certificate: Path, security: str
) -> None:
    with listening(certificate, wrapped=security == "tls") as sink:
        app, record = shared(town)
        say(town, app, record)
        login = {"user": "tsuzuri", "password": "right", "ca": str(certificate)}
        safe = mailing_world(town, smtp_at(sink.port, security=security, **login))
        assert mailing.run(safe.platform) == 1
        assert sink.logins == [(b"tsuzuri", b"right")]


@pytest.mark.parametrize("odd", [{"ca": ""}, {"password": "wrong"}, {"security": "plain"}])
def test_no_mail_goes_to_a_server_that_is_not_the_one(
    town: World, certificate: Path, odd: dict[str, str]
) -> None:
    with listening(certificate) as sink:
        app, record = shared(town)
        say(town, app, record)
        given = {"user": "tsuzuri", "password": "right", "ca": str(certificate), **odd}
        unsafe = mailing_world(town, smtp_at(sink.port, **{"security": "starttls", **given}))
        assert mailing.run(unsafe.platform) == 0
        assert sink.letters == []
        assert sink.logins == ([(b"tsuzuri", b"wrong")] if "password" in odd else [])
        assert kept(town) == [("mori", "waiting")]


def test_starttls_is_not_done_without(town: World, sink: Sink) -> None:
    app, record = shared(town)
    say(town, app, record)
    wary = mailing_world(town, smtp_at(sink.port, security="starttls"))
    assert mailing.run(wary.platform) == 0
    assert sink.letters == []


# ---------------------------------------------------------------- settings

SETTINGS = {
    "TSUZURI_SMTP_HOST": "mail.example.jp",
    "TSUZURI_SMTP_FROM": "tsuzuri@example.jp",
    "TSUZURI_ADDRESS": ADDRESS,
}


def test_the_password_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("right\n")
    more = {
        "TSUZURI_SMTP_USER": "tsuzuri",
        "TSUZURI_SMTP_PASSWORD_FILE": str(tmp_path / "secret"),
    }
    found = Smtp.from_environment({**SETTINGS, **more})
    assert found is not None
    assert (found.port, found.password, found.security) == (587, "right", "starttls")
    assert "right" not in repr(found)


@pytest.mark.parametrize(
    "odd",
    [
        {"TSUZURI_SMTP_FROM": ""},
        {"TSUZURI_ADDRESS": ""},
        {"TSUZURI_SMTP_FROM": "a@b\r\nBcc: c@d"},
        {"TSUZURI_SMTP_SECURITY": "none"},
        {"TSUZURI_SMTP_SECURITY": "plain", "TSUZURI_SMTP_USER": "tsuzuri"},
        {"TSUZURI_MAIL_HOUR": "24"},
        {"TSUZURI_SMTP_PORT": "x"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(odd: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Smtp.from_environment({**SETTINGS, **odd})


def test_a_server_without_a_host_sends_nothing() -> None:
    assert Smtp.from_environment({}) is None
