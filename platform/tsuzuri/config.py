"""Settings of one installation, read once from the environment into a frozen value.

Every default suits a small server inside a closed network that nobody has configured yet.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

MEBIBYTE = 1024 * 1024
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, kw_only=True, slots=True)
class Oidc:
    """The identity provider at which people may sign in.

    ``hosts`` are further hosts it answers from; ``trust_mfa`` counts a second factor that the
    provider says it asked for.
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    name: str = ""
    hosts: tuple[str, ...] = ()
    trust_mfa: bool = False

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Oidc | None:
        """Read ``TSUZURI_OIDC_*``; None where no issuer is named.

        Raises ``ValueError`` for settings under which nobody could sign in safely.
        """
        issuer = env.get("TSUZURI_OIDC_ISSUER", "").rstrip("/")
        if not issuer:
            return None
        for name in ("TSUZURI_OIDC_CLIENT_ID", "TSUZURI_ADDRESS"):
            if not env.get(name):
                raise ValueError(f"{name} is needed with TSUZURI_OIDC_ISSUER")
        return cls(
            issuer=issuer,
            client_id=env["TSUZURI_OIDC_CLIENT_ID"],
            client_secret=env.get("TSUZURI_OIDC_CLIENT_SECRET", ""),
            name=env.get("TSUZURI_OIDC_NAME", ""),
            hosts=tuple(env.get("TSUZURI_OIDC_HOSTS", "").replace(",", " ").split()),
            trust_mfa=env.get("TSUZURI_OIDC_TRUST_MFA", "") == "1",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmLimits:
    """From how many on something in the audit log raises an alarm; 0 turns a rule off.

    ``opened`` are records looked at by themselves, ``seen`` those in lists and files too, each
    different one counted once.  Nobody is told of who stays within ``times_usual`` their usual day.
    """

    opened_hour: int = 100
    opened_day: int = 300
    seen_day: int = 5000
    times_usual: int = 3
    taken_day: int = 20
    unmasked_day: int = 20
    refused_hour: int = 60
    failures_account: int = 10
    failures_address: int = 30
    clones: int = 1
    # Reading between these hours, as in 22-6; the same hour twice: never.
    night: tuple[int, int] = (0, 0)

    def most(self, rule: str) -> int:
        """Return the limit of a rule."""
        return 1 if rule == "night" else int(getattr(self, rule))

    def is_night(self, hour: int) -> bool:
        """Tell whether an hour of the day is in the night."""
        begin, end = self.night
        return (hour - begin) % 24 < (end - begin) % 24

    @classmethod
    def parse(cls, text: str) -> AlarmLimits:
        """Read ``opened_hour=200 night=22-6``.  Raises ``ValueError`` for what is no such thing."""
        given: dict[str, Any] = {}
        for part in text.replace(",", " ").split():
            name, _, value = part.partition("=")
            if name not in cls.__slots__:
                raise ValueError(f"{name} is no rule of TSUZURI_ALARMS")
            numbers = tuple(int(one) for one in value.split("-", 1))
            highest = 23 if name == "night" else 10**9
            if len(numbers) != 1 + (name == "night") or not all(
                0 <= one <= highest for one in numbers
            ):
                raise ValueError(f"{part} in TSUZURI_ALARMS cannot be read")
            given[name] = numbers if name == "night" else numbers[0]
        return cls(**given)


PORTS: Mapping[str, int] = {"starttls": 587, "tls": 465, "plain": 25}


@dataclass(frozen=True, kw_only=True, slots=True)
class Smtp:
    """The mail server that takes our mails; ``sender`` is whose address they bear.

    ``ca`` is a file with the certificate its own is issued by, where no public authority is.
    """

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    seconds: float = 30.0
    # At which hour of the day the daily mails go out.
    hour: int = 8

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Smtp | None:
        """Read ``TSUZURI_SMTP_*``; None where no host is named.

        Raises ``ValueError`` for settings under which no mail could be sent, or a password in
        the clear.
        """
        host = env.get("TSUZURI_SMTP_HOST", "")
        if not host:
            return None
        for name in ("TSUZURI_SMTP_FROM", "TSUZURI_ADDRESS"):
            if not env.get(name):
                raise ValueError(f"{name} is needed with TSUZURI_SMTP_HOST")
        sender = env["TSUZURI_SMTP_FROM"]
        if not re.fullmatch(r"[!-~]+@[A-Za-z0-9.-]+", sender):
            raise ValueError("TSUZURI_SMTP_FROM is no address")
        security = env.get("TSUZURI_SMTP_SECURITY", "starttls")
        if security not in PORTS:
            raise ValueError(f"TSUZURI_SMTP_SECURITY is one of {', '.join(PORTS)}, or not set")
        user = env.get("TSUZURI_SMTP_USER", "")
        if user and security == "plain":
            raise ValueError("TSUZURI_SMTP_USER would send its password in the clear")
        hour = int(env.get("TSUZURI_MAIL_HOUR", "8"))
        if not 0 <= hour <= 23:
            raise ValueError("TSUZURI_MAIL_HOUR is an hour of the day, 0 to 23")
        return cls(
            host=host,
            port=int(env.get("TSUZURI_SMTP_PORT") or PORTS[security]),
            sender=sender,
            security=security,
            user=user,
            password=_secret(env, "TSUZURI_SMTP_PASSWORD", "TSUZURI_SMTP_PASSWORD_FILE"),
            ca=env.get("TSUZURI_SMTP_CA", ""),
            seconds=float(env.get("TSUZURI_SMTP_SECONDS", "30")),
            hour=hour,
        )


def _secret(env: Mapping[str, str], name: str, instead: str) -> str:
    """Return a secret, or what stands in the file that is named instead of it."""
    file = env.get(instead, "")
    return Path(file).read_text(encoding="utf-8").strip() if file else env.get(name, "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Everything that may differ between two installations.

    ``database`` is a SQLAlchemy URL; ``files`` the folder of attachments; ``zone`` the time
    zone in which "today" is meant; sizes are bytes; times are seconds.
    """

    database: str
    files: Path
    secret_key: str
    zone: ZoneInfo
    language: str = "ja"
    # Whose installation this is; it stands in the head of every page.
    municipality: str = ""
    # A photograph from a phone is 4 to 12 MB, a scanned plan of 40 pages about 30.
    attachment_bytes: int = 50 * MEBIBYTE
    # What one person may send in a day, so that nobody fills the disk.
    upload_bytes: int = 4096 * MEBIBYTE
    # A virus scanner (clamd) at ``unix:/path``; with one, what it cannot judge is not taken.
    scanner: str = ""
    # A whole form with several photographs; larger bodies are refused before they are read.
    request_bytes: int = 200 * MEBIBYTE
    # Signing in lasts a working day at most, and an hour of nobody being there: what was typed
    # meanwhile comes back after signing in again.
    session_seconds: int = 10 * 3600
    idle_seconds: int = 3600
    # One question to the database that takes longer is given up: its condition asks too much.
    reading_seconds: float = 5.0
    # An open page that is told what happens connects anew after so long (0: pages ask now and then
    # instead), and so many of them are told by one worker.
    live_seconds: float = 0.0
    live_pages: int = 400
    # Of whom signing in asks a second factor, besides those who set one up: of nobody (empty), of
    # administrators and auditors (``roles``), or of everybody (``all``).
    second_factor: str = ""
    # Notices that were read are removed after so many days (0: never).
    notice_days: int = 90
    # Dangerous acts ask for the password again after so long.
    proof_seconds: int = 600
    # Cookies travel over TLS only, unless the server is tried out on this very machine.
    secure_cookies: bool = False
    # Under which address people reach this server, without a slash at its end; never guessed from
    # what a request claims.
    address: str = ""
    # From where people may reach this server at all; nothing: from everywhere.
    allowed: tuple[Network, ...] = ()
    # Proxies in front whose word about the sender's address counts.
    proxies: int = 0
    # So many years the audit log stays in the database before it may be moved to files.
    audit_years: int = 3
    oidc: Oidc | None = None
    # Who sends mails; without it no mail is even written.
    smtp: Smtp | None = None
    alarms: AlarmLimits = AlarmLimits()

    def key(self, purpose: str) -> bytes:
        """Return the key of 32 bytes for one purpose, derived from the secret (HKDF-SHA256).

        One leaked or tried key tells nothing of the others.
        """
        extracted = hmac.digest(b"tsuzuri", self.secret_key.encode(), "sha256")
        return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read ``TSUZURI_*`` variables; data live under ``TSUZURI_HOME`` (default ``./data``)."""
        env = os.environ if environ is None else environ
        home = Path(env.get("TSUZURI_HOME", "data")).absolute()
        return cls(
            database=env.get("TSUZURI_DATABASE", f"sqlite:///{home / 'tsuzuri.sqlite3'}"),
            files=Path(env.get("TSUZURI_FILES", str(home / "files"))),
            secret_key=env.get("TSUZURI_SECRET_KEY") or kept_secret(home / "secret-key"),
            zone=ZoneInfo(env.get("TSUZURI_ZONE", "Asia/Tokyo")),
            language=env.get("TSUZURI_LANGUAGE", "ja"),
            scanner=env.get("TSUZURI_SCANNER", ""),
            reading_seconds=float(env.get("TSUZURI_READING_SECONDS", "5")),
            live_seconds=float(env.get("TSUZURI_LIVE_SECONDS", "600")),
            live_pages=int(env.get("TSUZURI_LIVE_PAGES", "400")),
            notice_days=int(env.get("TSUZURI_NOTICE_DAYS", "90")),
            second_factor=_one_of(env, "TSUZURI_SECOND_FACTOR", ("", "roles", "all")),
            municipality=env.get("TSUZURI_MUNICIPALITY", ""),
            secure_cookies=env.get("TSUZURI_SECURE_COOKIES", "") == "1",
            address=env.get("TSUZURI_ADDRESS", "").rstrip("/"),
            allowed=tuple(map(ip_network, env.get("TSUZURI_ALLOW", "").replace(",", " ").split())),
            proxies=int(env.get("TSUZURI_PROXIES", "0")),
            audit_years=_years(env.get("TSUZURI_AUDIT_YEARS", "3")),
            oidc=Oidc.from_environment(env),
            smtp=Smtp.from_environment(env),
            alarms=AlarmLimits.parse(env.get("TSUZURI_ALARMS", "")),
        )


def _one_of(env: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = env.get(name, "")
    if value not in known:
        raise ValueError(f"{name} is one of {', '.join(filter(None, known))}, or not set")
    return value


def _years(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 100):
        raise ValueError("TSUZURI_AUDIT_YEARS is a number of years from 1 to 100")
    return int(text)


def kept_secret(path: Path) -> str:
    """Return the key in ``path``, making it once, readable by its owner only.

    A key made anew at each start would sign everybody out and make workers disagree.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text(encoding="ascii").strip()
