"""What a condition becomes once it is read, and the way back to text.

The trees are values: frozen, hashable, compared by content.  They keep the grouping the
writer chose (``(a and b) and c`` stays nested), so ``parse(write(tree)) == tree`` for every
tree the parser can make.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tsuzuri.errors import QueryError, message


@dataclass(frozen=True, slots=True)
class Call:
    """A function in place of a value, such as ``FROM_TODAY(-7, DAYS)``; all in capitals."""

    name: str
    args: tuple[str, ...] = ()


Literal: TypeAlias = str | Call
"""One value of a comparison; a bare number is kept as the text that was written."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``field operator values``: one value, none for ``is empty``, one or more for ``in``.

    ``operator`` is one of ``= != < > <= >=``, ``in``, ``like``, ``is empty`` and the last
    three's negations ``not in``, ``not like``, ``is not empty``, in small letters with single
    spaces.
    """

    field: str
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class _Junction:
    """Two or more conditions joined by one word."""

    parts: tuple[Node, ...]

    def __post_init__(self) -> None:
        # An empty "and" would mean "everything" and an empty "or" "nothing": in a language
        # that also writes access rules, neither may come about by accident.
        if len(self.parts) < 2:
            raise ValueError("a junction joins at least two conditions")


@dataclass(frozen=True, slots=True)
class And(_Junction):
    """Every part holds; raises ``ValueError`` for fewer than two parts."""


@dataclass(frozen=True, slots=True)
class Or(_Junction):
    """At least one part holds; raises ``ValueError`` for fewer than two parts."""


Node: TypeAlias = Comparison | And | Or


@dataclass(frozen=True, slots=True)
class Sort:
    """One ``order by`` key; ascending unless said otherwise."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; ``None`` where the text is silent, so that the caller sets the default."""

    where: Node | None = None
    order: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int | None = None


def comparisons(node: Node) -> Iterator[Comparison]:
    """Yield every comparison of the tree from left to right."""
    if isinstance(node, Comparison):
        yield node
    else:
        for part in node.parts:
            yield from comparisons(part)


def fields(node: Node) -> frozenset[str]:
    """Return the field codes the condition names, related ones in their dotted form."""
    return frozenset(comparison.field for comparison in comparisons(node))


ABOUT_THE_READER = frozenset({"LOGINUSER", "PRIMARY_ORGANIZATION"})
"""Functions that depend on who asks; every other one depends on when."""


def calls(node: Node) -> frozenset[str]:
    """Return the names of the functions the condition calls."""
    return frozenset(
        value.name
        for comparison in comparisons(node)
        for value in comparison.values
        if isinstance(value, Call)
    )


def is_volatile(node: Node) -> bool:
    """Tell whether the answer depends on who asks or when, that is, on a function."""
    return bool(calls(node))


def write(tree: Node | Query) -> str:
    """Return the one canonical text of a tree; numbers come back quoted.

    Raises ``QueryError`` for what no text can say: a field code with a symbol in it, or a value
    with a control character.  Without that check, a code could smuggle in a condition.
    """
    if not isinstance(tree, Query):
        return _condition(tree)
    sorts = ", ".join(_code(s.field) + (" desc" if s.descending else " asc") for s in tree.order)
    clauses = (
        None if tree.where is None else _condition(tree.where),
        f"order by {sorts}" if sorts else None,
        None if tree.limit is None else f"limit {tree.limit}",
        None if tree.offset is None else f"offset {tree.offset}",
    )
    return " ".join(clause for clause in clauses if clause is not None)


def _condition(node: Node) -> str:
    if isinstance(node, Comparison):
        return _comparison(node)
    word = " and " if isinstance(node, And) else " or "
    return word.join(_part(part, node) for part in node.parts)


def _part(part: Node, whole: And | Or) -> str:
    text = _condition(part)
    # "and" binds tighter, so it needs no parentheses inside "or"; every other nesting does.
    plain = isinstance(part, Comparison) or (isinstance(part, And) and isinstance(whole, Or))
    return text if plain else f"({text})"


def _comparison(comparison: Comparison) -> str:
    values = ", ".join(map(_literal, comparison.values))
    if comparison.operator.endswith("in"):
        values = f"({values})"
    return f"{_code(comparison.field)} {comparison.operator} {values}".rstrip()


def _literal(value: Literal) -> str:
    if isinstance(value, Call):
        return f"{value.name}({', '.join(value.args)})"
    text = value.translate(_ESCAPES)
    if _UNWRITABLE.search(text):
        raise QueryError(
            message("条件の値に、改行とタブ以外の制御文字は使えません。取り除いてください。")
        )
    return f'"{text}"'


def _code(code: str) -> str:
    if not _CODE.fullmatch(code):
        raise QueryError(
            message(
                "フィールドコード「{code}」は条件に書けません。記号を取り除いてください。",
                code=code,
            )
        )
    return code


_ESCAPES = str.maketrans({'"': r"\"", "\\": r"\\", "\t": r"\t", "\n": r"\n"})
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# The same codes as the grammar's FIELD; tests/query holds the two together.
_CODE = re.compile(r"\$?(?![0-9])[\w＿・･＄￥]+(\.(?![0-9])[\w＿・･＄￥]+)?")
