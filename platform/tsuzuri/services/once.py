"""Sent twice, done once: a request under a key has its effect once, and one answer.

The answer is kept in the transaction that has the effect.  So whatever cut the connection, the
same request finds either both or neither, and two at once cannot both be the first.  A request
that was refused keeps nothing: nothing happened, and it may be sent again put right.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, timedelta
from hashlib import sha256
from typing import Any

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Invalid, Message, Problem, TsuzuriError, message
from tsuzuri.services.platform import Platform
from tsuzuri.storage import answers
from tsuzuri.storage.answers import Answer, Sending

__all__ = ["Answer", "Sending"]

KEPT = timedelta(hours=24)
LONGEST = 200
OTHER: Message = message("同じキーで違う内容が送られました。新しいキーで送ってください。")


class Differs(TsuzuriError):
    """Another request came under this key before; carries what that one was answered."""

    def __init__(self, first: Answer) -> None:
        super().__init__(OTHER)
        self.first = first


def sending(actor: Actor, route: str, key: str, body: bytes) -> Sending | None:
    """Return how a request can be recognised; None for one without a key.

    Two people's keys are two keys, and so are those of two tokens of one person.
    Raises ``Invalid`` for a key that nobody should send.
    """
    if not key:
        return None
    if len(key) > LONGEST or not key.isascii() or not key.isprintable():
        limit = message("キーは{limit}文字以下の英数字にしてください。", limit=LONGEST)
        raise Invalid([Problem("", limit)])
    scope = f"{actor.origin.session} " if actor.scope is not None else ""
    return Sending(
        user=actor.user, route=scope + route, key=key, body_hash=sha256(body).hexdigest()
    )


def canonical(value: Any) -> bytes:
    """Return one spelling of what a form says, by which it is recognised."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()


def done(
    platform: Platform,
    access: Access,
    sent: Sending | None,
    act: Callable[[Platform], Answer],
) -> Answer:
    """Do what was sent, unless it was done before; return what it was answered first.

    ``act`` does all its writing through the platform it is handed.  Raises ``Differs``.
    """
    if sent is None:
        return act(platform)
    before = platform.clock() - KEPT
    with platform.writing(access) as connection:
        answers.forget(connection, before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        if answers.claim(connection, sent, platform.stamp()):
            answer = act(platform.joining(connection))
            answers.keep(connection, sent, answer)
            return answer
        body_hash, first = answers.kept(connection, sent)
        if body_hash != sent.body_hash:
            raise Differs(first)
        return first
