"""Bugs at the door: accounts, sessions, the brake on guessing, and what a start checks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from flask import request
from werkzeug.wrappers import Request

from plants.planting import plant, replaced
from tsuzuri.cli import safety
from tsuzuri.services import sessions, throttle
from tsuzuri.storage import people, throttles
from tsuzuri.storage import sessions as stored
from tsuzuri.storage import tokens as stored_tokens
from tsuzuri.storage.catalogue import Catalogue
from tsuzuri.storage.people import Directory
from tsuzuri.web import session
from tsuzuri.web.headers import Headed

Start = Callable[..., Callable[..., Any]]


def _nothing(*_given: Any, **_more: Any) -> int:
    return 0


@plant("accounts")
def closed_accounts_go_on() -> Iterator[None]:
    """Closing an account keeps its person from signing in anew, and ends nothing that is open."""
    actor = Directory.actor

    def whoever(self: Directory, code: str, zone: Any) -> Any:
        known = self.users.get(code)
        if known is None:
            return None
        return actor(
            replace(self, users={**self.users, code: replace(known, active=True)}), code, zone
        )

    with (
        replaced(Directory, "actor", whoever),
        replaced(stored, "end", _nothing),
        replaced(stored_tokens, "end", _nothing),
    ):
        yield


@plant("sessions")
def signing_out_clears_the_cookie_only() -> Iterator[None]:
    """Ending sessions takes the cookie from one browser; whoever has a copy goes on."""
    with replaced(sessions, "end", _nothing), replaced(stored, "end", _nothing):
        yield


@plant("sessions")
def sessions_keep_their_number() -> Iterator[None]:
    """A session's token follows from its person, so that it is known before and after."""
    begin = sessions.begin

    def same(platform: Any, actor: Any, **given: Any) -> str:
        token = sha256(actor.user.encode()).hexdigest()
        with platform.database.platform(writing=True) as connection:
            known = stored.find(connection, sessions.hashed(token))
        if known is None:
            with replaced(secrets, "token_urlsafe", lambda _size: token):
                return begin(platform, actor, **given)
        with platform.database.platform(writing=True) as connection:
            stored.change(connection, known.hash, ended_at="")
        return token

    with replaced(sessions, "begin", same):
        yield


@plant("rights")
def rights_are_remembered() -> Iterator[None]:
    """A server reads the definitions and the people when it starts, and not again."""
    every, current = Catalogue.all, people.current

    def kept(self: Catalogue, connection: Any) -> Any:
        return self._apps or every(self, connection)

    def known(connection: Any, before: Any, today: str) -> Any:
        return current(connection, before, today) if before is people.EMPTY else before

    with replaced(Catalogue, "all", kept), replaced(people, "current", known):
        yield


@plant("guessing")
def sources_are_what_they_say() -> Iterator[None]:
    """The brake counts by an address that the request itself names."""
    origin = session.origin

    def claimed(name: str = "") -> Any:
        said = request.headers.get("X-Forwarded-For", "") or request.form.get("email", "")
        found = origin(name)
        return replace(found, address=said) if said else found

    with replaced(session, "origin", claimed):
        yield


@plant("guessing")
def failures_are_counted_afterwards() -> Iterator[None]:
    """A try is counted when it has failed, so that many at once are all let by."""
    take, tried = throttles.take, throttle._tried

    def looked(connection: Any, buckets: Any, now: float) -> bool:
        let_by = bool(take(connection, buckets, now))
        if let_by:
            throttles.give_back(connection, buckets, now)
        return let_by

    def counted(platform: Any, buckets: Any, failing: Any, check: Any) -> Any:
        found = tried(platform, buckets, failing, check)
        with platform.database.platform(writing=True) as connection:
            now = platform.clock().timestamp()
            if found:
                # What the right one gave back was never taken.
                throttles.take(connection, buckets, now)
            else:
                take(connection, buckets, now)
        return found

    with replaced(throttles, "take", looked), replaced(throttle, "_tried", counted):
        yield


@plant("addresses in answers")
def redirects_name_the_host() -> Iterator[None]:
    """An answer leads to a whole address, made of whatever the request calls this server."""
    call = Headed.__call__

    def absolute(self: Headed, environ: Any, start: Start) -> Iterable[bytes]:
        asked = Request(environ)
        host = asked.headers.get("X-Forwarded-Host", asked.headers.get("Host", ""))

        def begin(status: str, given: list[tuple[str, str]], *error: Any) -> Any:
            whole = [
                (name, f"http://{host}{value}" if name == "Location" else value)
                for name, value in given
            ]
            return start(status, whole, *error)

        return call(self, environ, begin)

    with replaced(Headed, "__call__", absolute):
        yield


@plant("cookies")
def cookies_lose_their_flags() -> Iterator[None]:
    """A cookie is set by name and value, and left to the browser's own defaults."""
    call = Headed.__call__

    def bare(self: Headed, environ: Any, start: Start) -> Iterable[bytes]:
        def begin(status: str, given: list[tuple[str, str]], *error: Any) -> Any:
            found = [
                (name, value.split(";", 1)[0] if name == "Set-Cookie" else value)
                for name, value in given
            ]
            return start(status, found, *error)

        return call(self, environ, begin)

    with replaced(Headed, "__call__", bare):
        yield


@plant("rights")
def everybody_administers() -> Iterator[None]:
    """The pages of administration are left out of menus, and open to who knows their addresses."""
    current = session.current_actor

    def raised() -> Any:
        return replace(current(), administers=True)

    with replaced(session, "current_actor", raised):
        yield


@plant("starting")
def any_key_will_do() -> Iterator[None]:
    """The server starts with whatever the settings say."""
    with replaced(safety, "check", _nothing):
        yield
