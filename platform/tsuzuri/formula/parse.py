"""Reads a calculated field's expression: text in, formula out, or what to correct.

Unknown functions, wrong numbers of arguments, unknown zones and full-width signs are refused
here, so that a designer learns of them before the app is published.  Whether a field exists
is for the definition to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from lark.lark import PostLex

from tsuzuri.errors import FormulaError, Message, message
from tsuzuri.formula.dates import known_zone
from tsuzuri.formula.functions import FUNCTIONS
from tsuzuri.formula.tree import Call, Chain, Choice, Constant, Field, Formula, Node, fields
from tsuzuri.formula.values import DIGITS, ZERO, Nonsense

LONGEST_TEXT = 10_000
DEEPEST = 50


@lru_cache(maxsize=256)
def parse(text: str) -> Formula:
    """Read an expression; raises ``FormulaError`` with the place and what to write instead.

    Formulas are immutable, so the same text may be answered from a cache.
    """
    _refuse_unreadable(text)
    try:
        tree = cast("Node", _parser().parse(text))
    except (UnexpectedCharacters, UnexpectedToken) as error:
        raise _explained(error, text) from None
    return Formula(text, tree, fields(tree))


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar, start="comparison", parser="lalr", transformer=_Builder(), postlex=_Guard()
    )


def _refuse_unreadable(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise FormulaError(
            message("計算式が長すぎます。{most}文字までに短くしてください。", most=LONGEST_TEXT)
        )
    if broken := _SURROGATE.search(text):
        raise FormulaError(
            message(
                "{position}文字目の文字が壊れています。取り除いてください。",
                position=broken.start() + 1,
            ),
            position=broken.start(),
        )


class _Guard(PostLex):
    """Counts parentheses as they are read, to stop early at too many."""

    always_accept = ()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        for token in stream:
            depth += (token.type == "LPAR") - (token.type == "RPAR")
            if depth > DEEPEST:
                raise _refusal(
                    token,
                    message(
                        "かっこの入れ子が深すぎます。{most}段までにしてください。", most=DEEPEST
                    ),
                )
            yield token


class _Builder(Transformer[Token, Node]):
    """Turns each rule of the grammar, as soon as it is complete, into its node."""

    def number(self, children: list[Token]) -> Constant:
        digits = children[0]
        number = Decimal(digits)
        if len(number.as_tuple().digits) > DIGITS:
            raise _refusal(digits, message("数は{most}桁までで書いてください。", most=DIGITS))
        return Constant(number)

    def string(self, children: list[Token]) -> Constant:
        return Constant(_ESCAPE.sub(lambda found: _MEANINGS[found[1]], children[0][1:-1]))

    def field(self, children: list[Token]) -> Field:
        return Field(str(children[0]))

    def signed(self, children: list[Token | Node]) -> Chain:
        sign, operand = children
        return Chain((str(sign),), (Constant(ZERO), cast("Node", operand)))

    def chain(self, children: list[Token | Node]) -> Chain:
        return Chain(
            tuple(map(str, children[1::2])),
            cast("tuple[Node, ...]", tuple(children[::2])),
        )

    def call(self, children: list[Token | Node | None]) -> Node:
        name, *others = children
        parts = tuple(cast("Node", part) for part in others if part is not None)
        return _call(cast("Token", name), parts)


def _call(token: Token, parts: tuple[Node, ...]) -> Node:
    name = token.upper()
    if name == "IF":
        _expect(token, parts, 3, 3)
        return Choice(cast("tuple[Node, Node, Node]", parts))
    function = FUNCTIONS.get(name)
    if function is None:
        raise _refusal(
            token,
            message(
                "「{name}」という関数はありません。使える関数は {known} です。",
                name=str(token),
                known="、".join(("IF", *FUNCTIONS)),
            ),
        )
    _expect(token, parts, function.least, function.most)
    if name == "DATE_FORMAT":
        _refuse_unknown_zone(token, parts[2])
    return Call(name, parts)


def _expect(name: Token, parts: tuple[Node, ...], least: int, most: float) -> None:
    if least <= len(parts) <= most:
        return
    if least == most:
        sentence = message("{name} のかっこの中は、コンマで区切って{least}個にしてください。")
    elif len(parts) < least:
        sentence = message("{name} のかっこの中は、{least}個以上にしてください。")
    else:
        sentence = message("{name} のかっこの中は、コンマで区切って{most}個までにしてください。")
    values = {"name": name.upper(), "least": least, "most": most}
    raise _refusal(name, replace(sentence, values=values))


def _refuse_unknown_zone(name: Token, zone: Node) -> None:
    if not isinstance(zone, Constant) or zone.value == "system":
        return
    try:
        known_zone(str(zone.value))
    except Nonsense:
        raise _refusal(
            name,
            message(
                "タイムゾーン「{zone}」はありません。「Asia/Tokyo」か「system」のように書いてください。",
                zone=zone.value,
            ),
        ) from None


def _refusal(token: Token, sentence: Message) -> FormulaError:
    return FormulaError(sentence, position=token.start_pos)


def _explained(error: UnexpectedCharacters | UnexpectedToken, text: str) -> FormulaError:
    if isinstance(error, UnexpectedToken):
        expected, ended = set(error.expected), error.token.type == "$END"
    else:
        expected, ended = set(error.allowed or ()), False
    if ended:
        return FormulaError(_UNCLOSED if "RPAR" in expected else _UNFINISHED, position=len(text))
    position = cast("int", error.pos_in_stream)
    rest = text[position:]
    advice = _advice(expected, rest)
    values = {"position": position + 1, "found": _shown(rest), "narrow": _narrow(rest[0])}
    return FormulaError(replace(advice, values=values), position=position)


def _advice(expected: set[str], rest: str) -> Message:
    if rest[0] == '"' and "STRING" in expected:
        return _OPEN_QUOTE
    if _narrow(rest[0]):
        return _WIDE
    return _OPERAND if "FIELD" in expected else _OPERATOR


def _narrow(sign: str) -> str | None:
    """Return the ASCII sign or digit that was meant by a full-width one."""
    narrow = _NARROW.get(sign) or unicodedata.normalize("NFKC", sign)
    return narrow if narrow != sign and narrow.isascii() and not narrow.isalpha() else None


def _shown(rest: str) -> str:
    """Return the word or sign that stands there, safe to print and not too long."""
    found = re.match(r"\w{1,20}|.", rest, re.DOTALL)
    word = found[0] if found else rest
    return word if word.isprintable() else f"U+{ord(word):04X}"


_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(.)")
_MEANINGS = {'"': '"', "\\": "\\", "t": "\t", "n": "\n"}
# Signs that people type for an ASCII one and that Unicode does not fold to it.
_NARROW = {
    "“": '"',
    "”": '"',
    "、": ",",
    "×": "*",
    "÷": "/",
    "−": "-",
    "≠": "<>",
    "≦": "<=",
    "≧": ">=",
}

_UNCLOSED = message("閉じるかっこ「)」が足りません。最後に書き足してください。")
_UNFINISHED = message("計算式が途中で終わっています。続きを書いてください。")
_OPEN_QUOTE = message(
    '{position}文字目からの文字が読めません。終わりの「"」を書き、'
    '中の「"」と「\\」の前には「\\」を付け、改行は \\n、タブは \\t と書いてください。'
)
_WIDE = message("{position}文字目の「{found}」は使えません。半角の「{narrow}」に直してください。")
_OPERAND = message(
    "{position}文字目の「{found}」が読めません。"
    'フィールドコード、数、「"」で囲んだ文字、関数のどれかを書いてください。'
)
_OPERATOR = message(
    "{position}文字目の「{found}」が読めません。+ - * / ^ & = <> < > <= >= のどれかを書くか、"
    "式を終えてください。比較は1つの式に1回だけです。"
)
