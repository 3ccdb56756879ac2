"""What can go wrong, in the words of the domain; nothing here knows of HTTP or SQL.

A sentence for people is a :class:`Message`: a Japanese text with named places, which is
also its key in the translation catalogue.  The edge (web, api, cli) translates it into the
reader's language, so no layer below needs to know who reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for a person: ``text`` is the Japanese original with ``{named}`` places."""

    text: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        """Return the Japanese sentence, for logs of the program's own mistakes and for tests."""
        return self.text.format(**self.values)


def message(text: str, /, **values: object) -> Message:
    """Build a :class:`Message`; the name marks ``text`` for extraction into the catalogue."""
    return Message(text, MappingProxyType(values))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct: where (a JSON pointer into what was sent) and what to do."""

    pointer: str
    message: Message


class TsuzuriError(Exception):
    """Base of everything the domain refuses; carries one sentence for the person."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Invalid(TsuzuriError):
    """What was sent breaks rules; every broken rule is listed, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(message("{count}か所を直してください。", count=count))
        self.problems = tuple(problems)


class Unknown(TsuzuriError):
    """It does not exist for this person: never made, or not theirs to see.

    The two are one answer on purpose: a different one would tell that something exists.
    """

    def __init__(self, message_: Message | None = None) -> None:
        super().__init__(message_ or message("見つかりません。"))


class Denied(TsuzuriError):
    """The person sees it, but may not do this with it."""

    def __init__(self, message_: Message | None = None) -> None:
        super().__init__(message_ or message("この操作をする権限がありません。"))


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two people changed from the same start to different values."""

    code: str
    theirs: object
    yours: object


class Stale(TsuzuriError):
    """The record has moved on since the writer read it; carries what changed and by whom."""

    def __init__(self, *, revision: int, by: str, at: str, clashes: Sequence[Clash]) -> None:
        super().__init__(message("ほかの人が先に保存しました。内容を確かめてください。"))
        self.revision = revision
        self.by = by
        self.at = at
        self.clashes = tuple(clashes)


class QueryError(TsuzuriError):
    """A condition that cannot be read or bound; ``position`` counts characters from 0."""

    def __init__(self, message: Message, *, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class FormulaError(QueryError):
    """A calculated field's expression that cannot be read."""


class Busy(TsuzuriError):
    """The database did not answer in time; trying again is the right thing to do."""

    def __init__(self) -> None:
        super().__init__(message("混み合っています。少し待ってからもう一度お試しください。"))


class Slow(TsuzuriError):
    """One question took so long that it was given up, so that it is in nobody's way."""

    def __init__(self) -> None:
        super().__init__(
            message(
                "時間がかかりすぎるため中止しました。条件を減らすか、期間を絞ってお試しください。"
            )
        )


class TooOften(TsuzuriError):
    """Something was tried wrongly too often from there; time alone helps."""

    def __init__(self) -> None:
        super().__init__(
            message("何度も間違えたため、いまは受け付けられません。数分待ってからお試しください。")
        )


class TooLarge(TsuzuriError):
    """What was sent is over a limit that the sentence names."""
