"""An app with every kind that can be filtered, and random records and conditions for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from query.oracle import Shape
from tsuzuri.query.tree import And, Call, Comparison, Literal, Node, Or

WORDS = ("甲", "乙 丙", "丁・戊")
COLUMNS: Mapping[str, Any] = {
    "cell": {"kind": "text"},
    "memo": {"kind": "multiline"},
    "score": {"kind": "number"},
    "when": {"kind": "date"},
    "sort": {"kind": "dropdown", "enum": list(WORDS)},
    "who": {"kind": "users"},
}
PROPERTIES: Mapping[str, Any] = {
    "name": {"kind": "text"},
    "body": {"kind": "multiline"},
    "amount": {"kind": "number"},
    "day": {"kind": "date"},
    "clock": {"kind": "time"},
    "moment": {"kind": "datetime"},
    "one": {"kind": "radio", "enum": list(WORDS)},
    "pick": {"kind": "dropdown", "enum": list(WORDS)},
    "some": {"kind": "checkbox", "items": {"enum": list(WORDS)}},
    "people": {"kind": "users"},
    "places": {"kind": "agencies"},
    "teams": {"kind": "groups"},
    "sure": {"kind": "yes_no"},
    "papers": {"kind": "attachment"},
    "total": {"kind": "calculated", "expression": "amount * 2"},
    "rows": {
        "kind": "table",
        "items": {"properties": {key: {"title": key, **one} for key, one in COLUMNS.items()}},
    },
}
# Each view gives its order and its filter an index, which changes how a list is found.
VIEWS: Sequence[Mapping[str, Any]] = [
    {"name": sort, "columns": ["name"], "sort": sort, "where": where}
    for sort, where in (
        *(("amount desc", 'pick in ("甲")'), ("name", 'sure in ("はい")')),
        *(("day desc, amount", 'one in ("甲")'), ("moment desc", ""), ("total", "")),
    )
]
SORTS: Mapping[str, str] = {
    "name": "text",
    "body": "long",
    "amount": "number",
    "day": "date",
    "clock": "time",
    "moment": "datetime",
    "one": "choice",
    "pick": "choice",
    "some": "list",
    "people": "list",
    "places": "list",
    "teams": "list",
    "sure": "flag",
    "papers": "files",
    "total": "number",
    "cell": "text",
    "memo": "long",
    "score": "number",
    "when": "date",
    "sort": "choice",
    "who": "list",
    "$id": "number",
    "$creator": "choice",
    "$creator_agency": "choice",
    "$created": "datetime",
    "$updater": "choice",
    "$updated": "datetime",
}
SHAPE = Shape(kinds=SORTS, table_of=dict.fromkeys(COLUMNS, "rows"))
ORDERABLE = (
    *("name", "amount", "day", "clock", "moment", "one", "sure", "total"),
    *("$id", "$creator", "$created", "$updated"),
)

# Few values, so that they meet; awkward ones, so that meeting is hard.
TEXTS = (
    *("a", "A", "ab", "b", "0", "100%", "a_b", "it's", '"q"', "back\\slash", "--", " ", "a  b"),
    *("髙橋", "高橋さん", "たかはし", "タカハシ", "ﾀｶﾊｼ", "ＡＢ", "葛󠄀城", "か\u3099", "がき", "ゔ"),
    *("👩‍👧", "é", "e\u0301", "ß", "SS", "㈱城山", "〜", "ー", "'; DROP TABLE x; --", "*", "𠮷"),
)
BLANK = (" ", "\n", "　\t", "\u2003", "\u00a0\n")
NUMBERS = (0, 1, -1, 2, 3, 0.1, 0.30000000000000004, -2.5, 10, 9007199254740992, 1e300)
DAYS = (
    *("2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-30", "2026-11-01"),
    *("2026-10-31", "2026-12-01", "2025-11-22", "2027-01-01", "2024-02-29", "1000-01-01"),
)
CLOCKS = ("00:00", "09:05", "12:00", "23:59")
MOMENTS = (
    *("2026-11-21T14:59:59Z", "2026-11-21T15:00:00Z", "2026-11-21T15:30:00Z"),
    *("2026-11-22T14:59:59Z", "2026-11-22T15:00:00Z", "2026-10-31T15:00:00Z"),
    *("2026-11-30T15:00:00Z", "2025-12-31T15:00:00Z", "2026-11-21T05:00:00Z"),
)
LOCAL = ("2026-11-22 00:00", "2026-11-22 00:30", "2026-11-21 23:59")
USERS = ("abe", "sato", "suzuki")
AGENCIES = ("CITY", "DESK", "HEALTH")
GROUPS = ("caseworkers", "heads")
FILES = ("意見書.pdf", "髙橋.PDF", "a_b.txt")

texts = st.sampled_from(TEXTS) | st.text("aｱアあ%_ 髙", min_size=1, max_size=6)
longs = st.lists(texts | st.sampled_from(BLANK), min_size=1, max_size=3).map("\n".join)
files = st.lists(st.sampled_from(FILES), min_size=1, max_size=2, unique=True).map(
    lambda names: [{"key": "0f" * 32, "name": n, "type": "text/plain", "size": 0} for n in names]
)


def _listed(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, unique=True)


def _maybe(values: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Give each value two times in three."""
    given = {key: st.one_of(st.none(), one, one) for key, one in values.items()}
    return st.fixed_dictionaries(given).map(
        lambda found: {key: one for key, one in found.items() if one is not None}
    )


rows = _maybe(
    {
        "cell": texts,
        "memo": longs,
        "score": st.sampled_from(NUMBERS),
        "when": st.sampled_from(DAYS),
        "sort": st.sampled_from(WORDS),
        "who": _listed(USERS),
    }
)
records = _maybe(
    {
        "name": texts,
        "body": longs,
        "amount": st.sampled_from(NUMBERS),
        "day": st.sampled_from(DAYS),
        "clock": st.sampled_from(CLOCKS),
        "moment": st.sampled_from(MOMENTS),
        "one": st.sampled_from(WORDS),
        "pick": st.sampled_from(WORDS),
        "some": _listed(WORDS),
        "people": _listed(USERS),
        "places": _listed(AGENCIES),
        "teams": _listed(GROUPS),
        "sure": st.booleans(),
        "papers": files,
        "total": st.sampled_from(NUMBERS),
        "rows": st.lists(rows, min_size=1, max_size=3),
        "$creator": st.sampled_from(USERS),
        "$creator_agency": st.sampled_from(AGENCIES),
        "$created": st.sampled_from(MOMENTS),
        "$updater": st.sampled_from(USERS),
        "$updated": st.sampled_from(MOMENTS),
    }
)

_PERIODS = (
    *(Call(name) for name in ("TODAY", "YESTERDAY", "TOMORROW", "THIS_WEEK", "LAST_MONTH")),
    *(Call(name) for name in ("NEXT_WEEK", "THIS_MONTH", "THIS_YEAR", "LAST_YEAR", "NEXT_MONTH")),
    *(Call("THIS_WEEK", ("SUNDAY",)), Call("LAST_WEEK", ("SATURDAY",))),
    *(Call("THIS_MONTH", ("LAST",)), Call("THIS_MONTH", ("22",)), Call("LAST_MONTH", ("31",))),
    *(Call("FROM_TODAY", (n, unit)) for n in ("-1", "1") for unit in ("DAYS", "MONTHS", "YEARS")),
    *(Call("FROM_TODAY", ("0", "WEEKS")), Call("FROM_TODAY", ("-2", "WEEKS"))),
)
_now = st.sampled_from([*_PERIODS, Call("NOW")])


@st.composite
def _needles(draw: st.DrawFn) -> str:
    """Draw what people search for: a piece of some text."""
    text = draw(texts)
    start = draw(st.integers(0, len(text) - 1))
    return text[start : start + draw(st.integers(1, 4))]


_USER: st.SearchStrategy[Literal] = st.sampled_from([*USERS, "nobody", Call("LOGINUSER")])
_AGENCY: st.SearchStrategy[Literal] = st.sampled_from(
    [*AGENCIES, "nowhere", Call("PRIMARY_ORGANIZATION")]
)
_numbers = st.sampled_from(NUMBERS).map(str)
LITERALS: Mapping[str, st.SearchStrategy[Literal]] = {
    "text": texts,
    "number": _numbers,
    "date": st.sampled_from(DAYS) | _now,
    "time": st.sampled_from(CLOCKS),
    "datetime": st.sampled_from((*MOMENTS, *LOCAL)) | _now,
    "choice": st.sampled_from([*WORDS, "無"]),
    "flag": st.sampled_from(["はい", "いいえ"]),
}
OWN_LITERALS: Mapping[str, st.SearchStrategy[Literal]] = {
    "some": LITERALS["choice"],
    "people": _USER,
    "who": _USER,
    "places": _AGENCY,
    "teams": st.sampled_from([*GROUPS, "nobody"]),
    "$creator": _USER,
    "$updater": _USER,
    "$creator_agency": _AGENCY,
}
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "text": ("=", "!=", "in", "not in", "like", "not like"),
    "long": ("like", "not like", "is empty", "is not empty"),
    "files": ("like", "not like", "is empty", "is not empty"),
    "number": ("=", "!=", "<", ">", "<=", ">=", "in", "not in"),
    "date": ("=", "!=", "<", ">", "<=", ">="),
    "time": ("=", "!=", "<", ">", "<=", ">="),
    "datetime": ("=", "!=", "<", ">", "<=", ">="),
    "choice": ("in", "not in"),
    "list": ("in", "not in"),
    "flag": ("in", "not in"),
}


@st.composite
def comparisons(draw: st.DrawFn, fields: Sequence[str] = tuple(SORTS)) -> Comparison:
    """Draw one comparison that a field offers, with a value of its kind."""
    code = draw(st.sampled_from(fields))
    kind = SORTS[code]
    allowed = [op for op in OPERATORS[kind] if code not in COLUMNS or op not in {"=", "!="}]
    operator = draw(st.sampled_from(allowed))
    if operator.endswith("empty"):
        return Comparison(code, operator, ())
    if operator.endswith("like"):
        pieces = (
            st.sampled_from(["意見", "高橋", "pdf", "_b", "%"]) if kind == "files" else _needles()
        )
        return Comparison(code, operator, (draw(pieces),))
    values = OWN_LITERALS[code] if code in OWN_LITERALS else LITERALS[kind]
    if operator in {"=", "!="}:
        return Comparison(code, operator, (draw(values | st.just("")),))
    if operator.endswith("in"):
        several = st.lists(values | st.just(""), min_size=1, max_size=3)
        return Comparison(code, operator, tuple(draw(several)))
    return Comparison(code, operator, (draw(values),))


def _joined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, several), st.builds(Or, several))


in_rows = comparisons(tuple(COLUMNS))
conditions: st.SearchStrategy[Node] = st.one_of(
    comparisons(),
    st.recursive(comparisons() | in_rows, _joined, max_leaves=6),
    # Two conditions on one table must meet in one row: often enough to matter.
    st.lists(in_rows, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
)
