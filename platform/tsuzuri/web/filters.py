"""The filter builder: conditions chosen from lists, without typing a query.

The address carries ``f.N.field``, ``f.N.op`` and ``f.N.value``; together they become one text
of the condition language, which is bound to the reader's app like any other.  A field that is
hidden and one that does not exist get the same refusal there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from tsuzuri.access.gate import Access
from tsuzuri.errors import Message, QueryError, message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Field, Scene
from tsuzuri.fields.traits import People, System
from tsuzuri.japanese.calendar import parse_date
from tsuzuri.query.bind import SORTABLE
from tsuzuri.query.tree import And, Call, Comparison, Node, Or, write
from tsuzuri.services.platform import Platform
from tsuzuri.web import choices
from tsuzuri.web.form_items import Attributes, Choice, FormItem
from tsuzuri.web.paging import whole
from tsuzuri.web.render import sentence

MOST = 20
LONGEST_VALUE = 400
EMPTY_OPERATORS = frozenset({"is empty", "is not empty"})

WORDS: Mapping[str, Message] = {
    "like": message("を含む"),
    "not like": message("を含まない"),
    "=": message("と等しい"),
    "!=": message("と等しくない"),
    "in": message("のどれか"),
    "not in": message("のどれでもない"),
    ">=": message("以上"),
    "<=": message("以下"),
    ">": message("より大きい"),
    "<": message("より小さい"),
    "is empty": message("が空"),
    "is not empty": message("が空でない"),
}
TIME_WORDS: Mapping[str, Message] = {
    **WORDS,
    ">=": message("以降"),
    "<=": message("以前"),
    ">": message("より後"),
    "<": message("より前"),
}
# What is typed is one value, so "one of these" is "this".
TYPED_WORDS: Mapping[str, Message] = {**WORDS, "in": WORDS["="], "not in": WORDS["!="]}
OPERATORS = (
    *("like", "not like", ">=", "<=", "=", "!=", ">", "<", "in", "not in"),
    *("is empty", "is not empty"),
)
"""In the order in which they are offered; the first is there when nothing was chosen."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Comparisons under one plain word, such as 「が今週」; all of them hold."""

    word: Message
    conditions: tuple[tuple[str, Call], ...]

    def node(self, code: str) -> Node:
        """Return the condition on field ``code``."""
        parts = tuple(Comparison(code, operator, (call,)) for operator, call in self.conditions)
        return parts[0] if len(parts) == 1 else And(parts)


def _during(word: Message, name: str) -> Preset:
    return Preset(word, (("=", Call(name)),))


def _between(word: Message, first: Call, last: Call) -> Preset:
    return Preset(word, ((">=", first), ("<=", last)))


def _from_today(days: int) -> Call:
    return Call("FROM_TODAY", (str(days), "DAYS"))


TODAY = Call("TODAY")
PERIODS: Mapping[str, Preset] = {
    "today": _during(message("が今日"), "TODAY"),
    "yesterday": _during(message("が昨日"), "YESTERDAY"),
    "this-week": _during(message("が今週"), "THIS_WEEK"),
    "last-week": _during(message("が先週"), "LAST_WEEK"),
    "this-month": _during(message("が今月"), "THIS_MONTH"),
    "last-month": _during(message("が先月"), "LAST_MONTH"),
    "this-year": _during(message("が今年"), "THIS_YEAR"),
    "7-days": _between(message("が過去7日以内"), _from_today(-7), TODAY),
    "30-days": _between(message("が過去30日以内"), _from_today(-30), TODAY),
    "90-days": _between(message("が過去90日以内"), _from_today(-90), TODAY),
    "next-7-days": _between(message("が今後7日以内"), TODAY, _from_today(7)),
    "next-30-days": _between(message("が今後30日以内"), TODAY, _from_today(30)),
}
ACTING: Mapping[str, Mapping[str, Preset]] = {
    "user": {"me": Preset(message("が自分"), (("in", Call("LOGINUSER")),))},
    "agency": {"mine": Preset(message("が自分の所属"), (("in", Call("PRIMARY_ORGANIZATION")),))},
}
ENTITIES: Mapping[str, str] = {
    "created_by": "user",
    "updated_by": "user",
    "created_agency": "agency",
}
"""What the program's own columns name."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One condition as it stands in the address."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Everything the filter form holds."""

    rows: tuple[Chosen, ...]
    join: str = "and"
    sort: str = ""


def asked(args: MultiDict[str, str]) -> Asking:
    """Return the filter form's state from an address, with its buttons obeyed."""
    found = []
    for place in range(MOST):
        code = args.get(f"f.{place}.field")
        if code:
            values = tuple(v[:LONGEST_VALUE] for v in args.getlist(f"f.{place}.value")[:100])
            found.append(Chosen(code, args.get(f"f.{place}.op", ""), values))
    button = args.get("_filter", "")
    if button.startswith("remove."):
        gone = whole(button.removeprefix("remove."))
        found = [one for place, one in enumerate(found) if place != gone]
    join = "or" if args.get("join") == "or" else "and"
    return Asking(rows=tuple(found), join=join, sort=args.get("sort", ""))


class Builder:
    """Reads and shows the conditions of one app for one reader."""

    def __init__(self, platform: Platform, access: Access, scene: Scene) -> None:
        self.platform = platform
        self.access = access
        self.scene = scene

    def where(self, asking: Asking) -> str:
        """Return the condition text; empty without conditions.

        Raises ``QueryError`` for what cannot be written as a condition.
        """
        nodes = [node for row in asking.rows if (node := self._node(row)) is not None]
        if not nodes:
            return ""
        if len(nodes) == 1:
            return write(nodes[0])
        return write(Or(tuple(nodes)) if asking.join == "or" else And(tuple(nodes)))

    def _node(self, row: Chosen) -> Node | None:
        field = self.access.app.field(row.field)
        if not field.kind.operators:
            raise QueryError(message("「{code}」では絞り込めません。", code=row.field))
        operator = self._operator(field, row.operator)
        preset = presets(field).get(operator)
        if preset is not None:
            return preset.node(row.field)
        if operator in EMPTY_OPERATORS:
            return Comparison(row.field, operator, ())
        given = tuple(value for value in row.values if value.strip())
        if not given:
            return None
        day = parse_date(given[0]) if _format(field) == "date-time" else None
        if day is not None:
            return _on_day(row.field, operator, day)
        return Comparison(row.field, operator, given if operator in ops.MEMBERSHIP else given[:1])

    def _operator(self, field: Field, asked: str) -> str:
        offered = [value for value, _ in self._operators(field)]
        return asked if asked in offered else offered[0]

    def _operators(self, field: Field) -> list[tuple[str, Message]]:
        """Return the comparisons of a field with their words; one way to say each thing."""
        offered = field.kind.operators
        if field.table is not None:
            offered -= ops.EQUALITY
        chosen = bool(_entity(field) or choices.choices_of(field, self.scene))
        if chosen and offered >= ops.MEMBERSHIP:
            offered -= ops.EQUALITY
        elif offered >= ops.EQUALITY:
            offered -= ops.MEMBERSHIP
        words = TIME_WORDS if _timed(field) else WORDS if chosen else TYPED_WORDS
        found = [(one, words[one]) for one in OPERATORS if one in offered]
        return found + [(name, preset.word) for name, preset in presets(field).items()]

    def fields(self) -> list[Choice]:
        """Return what may be filtered by, in the order of the app; system fields last."""
        found = []
        for one in (*self.access.app.fields, *_system(self.access)):
            asked = (field for field in (one, *one.inner) if field.kind.operators)
            found += [(field.code, self._title(field)) for field in asked]
        return found

    def sorts(self) -> list[Choice]:
        """Return the orders one may choose; the first is the view's own."""
        found = [("", sentence(message("この一覧の並び順")))]
        for one in (*self.access.app.fields, *_system(self.access)):
            if one.slot in SORTABLE:
                down, up = self._directions(one)
                found.append((f"{one.code} desc", down))
                found.append((f"{one.code} asc", up))
        return found

    def _directions(self, field: Field) -> tuple[str, str]:
        title = field.title(self.scene.language)
        if _timed(field):
            return (
                sentence(message("{title}(新しい順)", title=title)),
                sentence(message("{title}(古い順)", title=title)),
            )
        return (
            sentence(message("{title}(降順)", title=title)),
            sentence(message("{title}(昇順)", title=title)),
        )

    def _title(self, field: Field) -> str:
        title = field.title(self.scene.language)
        return f"{field.table.title(self.scene.language)} › {title}" if field.table else title

    def rows(self, asking: Asking, *, spare: bool = False) -> list[dict[str, Any]]:
        """Return the rows of the form; ``spare`` adds one that says nothing yet."""
        known = self.access.app.by_code
        asked = ((n, row) for n, row in enumerate(asking.rows) if row.field in known)
        found = [self._row(n, row) for n, row in asked if known[row.field].kind.operators]
        if spare and len(found) < MOST:
            first = self.fields()[0][0]
            found.append(self._row(len(asking.rows), Chosen(first, "", ())))
        return found

    def _row(self, place: int, row: Chosen) -> dict[str, Any]:
        field = self.access.app.by_code[row.field]
        operator = self._operator(field, row.operator)
        silent = operator in EMPTY_OPERATORS or operator in presets(field)
        return {
            "field": row.field,
            "operator": operator,
            "value": row.values,
            "operators": [(one, sentence(word)) for one, word in self._operators(field)],
            "control": None if silent else self._control(field, place, row.values),
        }

    def _control(self, field: Field, place: int, values: Sequence[str]) -> FormItem:
        """Return the control of the value: what the field offers, else one line to type on."""
        item = FormItem(
            id=f"f-{place}-value",
            name=f"f.{place}.value",
            label=sentence(message("値")),
            control="input",
            value="".join(values[:1]),
        )
        entity, options = _entity(field), choices.choices_of(field, self.scene)
        if entity:
            item.control, item.value = "picker", list(values)
            directory = self.platform.directory_for(self.access.actor)
            item.groups = choices.entity(directory, entity, self.scene)
        elif options:
            item.control, item.value = "picker", list(values)
            # The condition language writes はい and いいえ for true and false.
            said = {"true": "はい", "false": "いいえ"}
            item.groups = [("", [(said.get(value, value), label) for value, label in options])]
        elif "placeholder" in field.kind.widget(field).attributes:
            item.attributes = Attributes(
                placeholder=field.kind.widget(field).attributes["placeholder"]
            )
        return item


def _on_day(code: str, operator: str, day: date) -> Node:
    """Compare an instant with a whole day, as people mean it who type a date alone."""
    first = f"{day.isoformat()} 00:00"
    following = f"{(day + timedelta(days=1)).isoformat()} 00:00"
    from_then, before = Comparison(code, ">=", (first,)), Comparison(code, "<", (first,))
    until, after = Comparison(code, "<", (following,)), Comparison(code, ">=", (following,))
    meanings: Mapping[str, Node] = {
        ">=": from_then,
        "<": before,
        "<=": until,
        ">": after,
        "!=": Or((before, after)),
    }
    return meanings.get(operator, And((from_then, until)))


def presets(field: Field) -> Mapping[str, Preset]:
    """Return the ready-made comparisons of a field."""
    return PERIODS if _timed(field) else ACTING.get(_entity(field), {})


def _entity(field: Field) -> str:
    """Return what the field names: users, agencies, groups, or nothing of the kind."""
    trait = field.trait
    if isinstance(trait, System):
        return ENTITIES.get(trait.column, "")
    return trait.entity if isinstance(trait, People) else ""


def _format(field: Field) -> str:
    return str({**field.kind.shape, **field.schema}.get("format", ""))


def _timed(field: Field) -> bool:
    return _format(field) in {"date", "date-time"}


def _system(access: Access) -> Iterator[Field]:
    """Yield the fields every record has, where the app does not show them itself."""
    own = {one.code for one in access.app.fields}
    return (f for code, f in access.app.by_code.items() if code[0] == "$" and code not in own)
