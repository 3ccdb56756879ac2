"""Reads the condition language: text in, tree out, or a sentence saying what to correct.

The text may come from anybody, so its size is bounded before and while it is read: length,
parentheses, comparisons and values.  Lark's LALR parser keeps its own stack and the tree is
built bottom-up, so no text can exhaust Python's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from lark.lark import PostLex

from tsuzuri.errors import Message, QueryError, message
from tsuzuri.query.tree import And, Call, Comparison, Literal, Node, Or, Query, Sort

LONGEST_TEXT = 10_000
DEEPEST = 50
MOST_COMPARISONS = 500
MOST_VALUES = 1_000
MOST_RECORDS = 500
FURTHEST = 10_000


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """Read a whole query; a blank text is a query that asks for nothing in particular.

    Raises ``QueryError`` with the place and what to write instead.  Trees are immutable, so
    the same text may be answered from a cache.
    """
    _refuse_unreadable(text)
    try:
        return cast("Query", _parser().parse(text))
    except (UnexpectedCharacters, UnexpectedToken) as error:
        raise _explained(error, text) from None


def parse_condition(text: str) -> Node | None:
    """Read a condition that stands alone, as in a rule; blank means none, hence ``None``.

    Raises ``QueryError`` as ``parse`` does, and for a sort order, limit or offset.
    """
    query = parse(text)
    if query != Query(where=query.where):
        raise QueryError(
            message("ここには条件だけを書きます。order by、limit、offset を取り除いてください。")
        )
    return query.where


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, start="query", parser="lalr", transformer=_Builder(), postlex=_Guard())


def _refuse_unreadable(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise QueryError(
            message("条件が長すぎます。{most}文字までに短くしてください。", most=LONGEST_TEXT)
        )
    if broken := _SURROGATE.search(text):
        raise QueryError(
            message(
                "{position}文字目の文字が壊れています。取り除いてください。",
                position=broken.start() + 1,
            ),
            position=broken.start(),
        )


class _Guard(PostLex):
    """Counts parentheses and comparisons as they are read, to stop early at too many."""

    always_accept = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = count = 0
        for token in stream:
            depth += (token.type == "LPAR") - (token.type == "RPAR")
            count += token.type in _OPERATORS
            if depth > DEEPEST:
                raise _refusal(
                    token,
                    message(
                        "かっこの入れ子が深すぎます。{most}段までにしてください。", most=DEEPEST
                    ),
                )
            if count > MOST_COMPARISONS:
                raise _refusal(
                    token,
                    message(
                        "条件が多すぎます。{most}個までにしてください。", most=MOST_COMPARISONS
                    ),
                )
            yield token


class _Builder(Transformer[Token, Query]):
    """Turns each rule of the grammar, as soon as it is complete, into its part of the tree."""

    def query(self, children: list[object]) -> Query:
        where, order, limit, offset = children
        return Query(
            cast("Node | None", where),
            cast("tuple[Sort, ...]", order or ()),
            cast("int | None", limit),
            cast("int | None", offset),
        )

    def either(self, parts: list[Node]) -> Or:
        return Or(tuple(parts))

    def both(self, parts: list[Node]) -> And:
        return And(tuple(parts))

    def comparison(self, children: list[Token | Literal]) -> Comparison:
        field, operator, *values = children
        if len(values) > MOST_VALUES:
            raise _refusal(
                cast("Token", operator),
                message("in の値が多すぎます。{most}個までにしてください。", most=MOST_VALUES),
            )
        words = " ".join(str(operator).lower().split())
        return Comparison(str(field), words, tuple(values))

    def text(self, children: list[Token]) -> str:
        return _ESCAPE.sub(lambda found: _MEANINGS[found[1]], children[0][1:-1])

    def number(self, children: list[Token]) -> str:
        return str(children[0])

    def call(self, children: list[Token | None]) -> Call:
        name, *arguments = children
        return _call(cast("Token", name), tuple(str(each).upper() for each in arguments if each))

    def order(self, sorts: list[Sort]) -> tuple[Sort, ...]:
        return tuple(sorts)

    def sort(self, children: list[Token | None]) -> Sort:
        field, direction = children
        return Sort(str(field), descending=direction is not None and direction.lower() == "desc")

    def limit(self, children: list[Token]) -> int:
        return _bounded(children[0], "limit", MOST_RECORDS)

    def offset(self, children: list[Token]) -> int:
        return _bounded(children[0], "offset", FURTHEST)


def _call(name: Token, args: tuple[str, ...]) -> Call:
    call = Call(name.upper(), args)
    pattern = FUNCTIONS.get(call.name)
    if pattern is None:
        raise _refusal(
            name,
            message(
                "「{name}」という関数はありません。使える関数は {known} です。",
                name=call.name,
                known="、".join(FUNCTIONS),
            ),
        )
    if not re.fullmatch(pattern, ",".join(args)):
        raise _refusal(name, replace(_USAGES[pattern], values={"name": call.name}))
    return call


def _bounded(number: Token, word: str, most: int) -> int:
    # The digits are counted first: Python itself refuses to read an endless number.
    if len(number) > len(str(FURTHEST)) or int(number) > most:
        raise _refusal(
            number,
            message("{word} は {most} までの数にしてください。", word=word, most=most),
        )
    return int(number)


def _refusal(token: Token, sentence: Message) -> QueryError:
    return QueryError(sentence, position=token.start_pos)


def _explained(error: UnexpectedCharacters | UnexpectedToken, text: str) -> QueryError:
    if isinstance(error, UnexpectedToken):
        expected, ended = set(error.expected), error.token.type == "$END"
    else:
        expected, ended = set(error.allowed or ()), False
    if ended:
        return QueryError(_UNCLOSED if "RPAR" in expected else _UNFINISHED, position=len(text))
    position = cast("int", error.pos_in_stream)
    rest = text[position:]
    advice = _advice(expected, rest)
    values = {"position": position + 1, "found": _shown(rest), "narrow": _narrow(rest[0])}
    return QueryError(replace(advice, values=values), position=position)


def _advice(expected: set[str], rest: str) -> Message:
    if rest[0] == '"' and "STRING" in expected:
        return _OPEN_QUOTE
    if _narrow(rest[0]):
        return _WIDE
    return next((advice for terminal, advice in _ADVICE if terminal in expected), _AFTER)


def _narrow(sign: str) -> str | None:
    """Return the ASCII sign or digit that was meant by a full-width one."""
    narrow = _NARROW.get(sign) or unicodedata.normalize("NFKC", sign)
    return narrow if narrow != sign and narrow.isascii() and not narrow.isalpha() else None


def _shown(rest: str) -> str:
    """Return the word or sign that stands there, safe to print and not too long."""
    found = re.match(r"\w{1,20}|.", rest, re.DOTALL)
    word = found[0] if found else rest
    return word if word.isprintable() else f"U+{ord(word):04X}"


_OPERATORS = frozenset({"COMPARE", "LIKE", "IN", "EMPTY"})
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(.)")
_MEANINGS = {'"': '"', "\\": "\\", "t": "\t", "n": "\n"}
# Signs that people type for an ASCII one and that Unicode does not fold to it.
_NARROW = {"“": '"', "”": '"', "、": ",", "，": ",", "≠": "!=", "≦": "<=", "≧": ">=", "−": "-"}

_NOTHING = ""
_WEEKDAY = "(SUN|MON|TUES|WEDNES|THURS|FRI|SATUR)DAY|"
_MONTHDAY = "[1-9]|[12][0-9]|3[01]|LAST|"
_DISTANCE = "-?[0-9]{1,6},(DAYS|WEEKS|MONTHS|YEARS)"

FUNCTIONS: Mapping[str, str] = {
    "LOGINUSER": _NOTHING,
    "PRIMARY_ORGANIZATION": _NOTHING,
    "NOW": _NOTHING,
    "TODAY": _NOTHING,
    "YESTERDAY": _NOTHING,
    "TOMORROW": _NOTHING,
    "FROM_TODAY": _DISTANCE,
    "THIS_WEEK": _WEEKDAY,
    "LAST_WEEK": _WEEKDAY,
    "NEXT_WEEK": _WEEKDAY,
    "THIS_MONTH": _MONTHDAY,
    "LAST_MONTH": _MONTHDAY,
    "NEXT_MONTH": _MONTHDAY,
    "THIS_YEAR": _NOTHING,
    "LAST_YEAR": _NOTHING,
    "NEXT_YEAR": _NOTHING,
}
"""Each function with the pattern of its arguments, joined by commas without spaces."""

_USAGES = {
    _NOTHING: message("{name}() のかっこの中には何も書きません。"),
    _WEEKDAY: message("{name} のかっこの中は、空にするか曜日(SUNDAY~SATURDAY)を書いてください。"),
    _MONTHDAY: message("{name} のかっこの中は、空にするか日(1~31)か LAST を書いてください。"),
    _DISTANCE: message(
        "{name} は {name}(-7, DAYS) のように、6桁までの整数と DAYS、WEEKS、MONTHS、YEARS の"
        "どれかを書いてください。"
    ),
}

_UNCLOSED = message("閉じるかっこ「)」が足りません。最後に書き足してください。")
_UNFINISHED = message("条件が途中で終わっています。続きを書いてください。")
_OPEN_QUOTE = message(
    '{position}文字目からの文字が読めません。終わりの「"」を書き、'
    '中の「"」と「\\」の前には「\\」を付け、改行は \\n、タブは \\t と書いてください。'
)
_WIDE = message("{position}文字目の「{found}」は使えません。半角の「{narrow}」に直してください。")
_AFTER = message(
    "{position}文字目の「{found}」が読めません。条件の後には and、or、order by、"
    "limit 数、offset 数のどれかを、値と値の間には半角のコンマを書いてください。"
)
_ADVICE = (
    (
        "STRING",
        message(
            "{position}文字目の「{found}」が読めません。"
            "値は半角の二重引用符で囲むか、数か関数で書いてください。"
        ),
    ),
    (
        "COMPARE",
        message(
            "{position}文字目の「{found}」が読めません。フィールドコードの後には = != < > <= >= "
            "in、not in、like、not like、is empty、is not empty のどれかを書いてください。"
        ),
    ),
    (
        "FIELD",
        message("{position}文字目の「{found}」が読めません。フィールドコードを書いてください。"),
    ),
    (
        "ARGUMENT",
        message(
            "{position}文字目の「{found}」が読めません。関数のかっこの中には整数か英字の言葉を書いてください。"
        ),
    ),
    (
        "LPAR",
        message("{position}文字目の「{found}」が読めません。値は半角のかっこで囲んでください。"),
    ),
)
"""What to write, by the first terminal that could have come; asked from top to bottom."""
