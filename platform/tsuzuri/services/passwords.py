"""Changing one's own password: who knows the present one gives another, and the rest must go.

Every other session ends with it: whoever changes a password because somebody else knows it wants
them out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, Problem, message
from tsuzuri.services import people, throttle
from tsuzuri.services.platform import Platform
from tsuzuri.services.throttle import Attempt
from tsuzuri.storage import audit, sessions
from tsuzuri.storage import people as stored
from tsuzuri.storage.audit import Entry

SHORTEST_PART = 3
"""How long a name must be before a password may not have it inside: 林 is in many words."""
SEQUENCES = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def change(platform: Platform, actor: Actor, attempt: Attempt, *, new: str, here: str) -> None:
    """Give ``actor`` the password ``new``; their sessions end, but the one whose hash is ``here``.

    Raises ``Invalid`` for a wrong present password, which counts as a guess, and for a new one
    that is easily guessed; ``TooOften`` after too many guesses.
    """
    problems = [Problem("/new", said) for said in weaknesses(platform, actor, new)]
    if throttle.sign_in(platform, attempt) is None:
        problems.insert(0, Problem("/password", message("今のパスワードが違います。")))
    if problems:
        raise Invalid(problems)
    hashed = people.hash_of(new)
    with platform.changing(actor) as connection:
        stored.put_password(connection, actor.user, hashed)
        ended = sessions.end(connection, actor.user, platform.stamp(), but=here)
        audit.note(connection, Entry(action="password.change", detail={"ended": ended}))


def weaknesses(platform: Platform, actor: Actor, password: str) -> Iterator[Message]:
    """Tell what makes a password of ``actor`` too easily guessed."""
    # The longest allowed is far below what would make hashing it costly.
    if not people.SHORTEST <= len(password) <= people.LONGEST:
        yield people.LENGTH
        return
    plain = _folded(password)
    names = {
        actor.user,
        *(platform.directory.name("user", actor.user, one) for one in ("ja", "en")),
    }
    parts = {part for name in names for part in (_folded(name), *_folded(name).split())}
    if any(len(part) >= SHORTEST_PART and part in plain for part in parts):
        yield message("ログイン名や名前を含まないパスワードにしてください。")
    if len(set(plain)) <= 1 or _is_sequence(plain):
        yield message("同じ文字や並び順の文字だけのパスワードは使えません。")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _is_sequence(plain: str) -> bool:
    """Tell whether a password only walks along the alphabet, the digits or the keyboard."""
    walks = [walk for one in SEQUENCES for walk in (one, one[::-1])]
    pairs = {walk[at : at + 2] for walk in walks for at in range(len(walk) - 1)}
    steps = [plain[at : at + 2] in pairs for at in range(len(plain) - 1)]
    # One jump is let by as no better: from z to 1, or from the end to the beginning again.
    return steps.count(False) <= 1
