"""Binding: a parsed condition meets an app, and everything it cannot mean is refused here.

Binding is also the check of rights.  A person's own condition is bound to the app as that
person knows it, in which hidden fields do not exist; a rule's condition is bound to the
whole app.  Either way an unknown field has one answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from tsuzuri.definitions.model import App
from tsuzuri.definitions.validator import validator
from tsuzuri.errors import QueryError, message
from tsuzuri.fields import operators as ops
from tsuzuri.fields.base import Field, Scene, Slot
from tsuzuri.japanese.folding import fold
from tsuzuri.query.bound import (
    ALWAYS,
    Condition,
    Empty,
    EveryRow,
    Order,
    Scalar,
    SomeRow,
    Test,
    all_of,
    any_of,
    negated,
)
from tsuzuri.query.parse import parse_condition
from tsuzuri.query.period import Moment, is_period, period
from tsuzuri.query.tree import And, Call, Comparison, Literal, Node, Sort


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whose question it is: what ``LOGINUSER()``, ``PRIMARY_ORGANIZATION()``, ``TODAY()`` mean.

    Somebody without an agency has no ``PRIMARY_ORGANIZATION()``.  In a question, a comparison
    with it is then ignored, as in kintone; in a rule (``ruling``), where ignoring it would open
    everything, it is an agency that no record names.
    """

    moment: Moment
    user: str = ""
    agency: str = ""
    ruling: bool = False

    @property
    def scene(self) -> Scene:
        """How a literal such as ``"R8.11.21 15:05"`` is read for this person."""
        return Scene(zone=self.moment.zone, now=self.moment.now)


def bind(app: App, node: Node | None, asker: Asker) -> Condition:
    """Bind ``node`` to the fields of ``app``.

    Raises ``QueryError`` for a field that is not there, an operator its kind does not offer,
    and a value its kind cannot read.  None holds always.
    """
    if node is None:
        return ALWAYS
    return _Binder(app, asker).node(node)


def bind_text(app: App, text: str, asker: Asker) -> Condition:
    """Parse and bind in one step; empty text holds always."""
    return bind(app, parse_condition(text), asker)


SORTABLE = frozenset({Slot.TEXT, Slot.NUMBER, Slot.FLAG})


def bind_order(app: App, sorts: Sequence[Sort]) -> tuple[Order, ...]:
    """Bind an order; raises ``QueryError`` for a field that is not there or has no order."""
    orders = []
    for sort in sorts:
        field = app.field(sort.field)
        if field.slot not in SORTABLE or field.table is not None:
            raise QueryError(message("「{code}」では並べ替えできません。", code=sort.field))
        orders.append(Order(field, sort.descending))
    return tuple(orders)


class _Binder:
    """One binding: an app and an asker that every step needs."""

    def __init__(self, app: App, asker: Asker) -> None:
        self.app = app
        self.asker = asker

    def node(self, node: Node) -> Condition:
        if isinstance(node, Comparison):
            return self.comparison(node)
        if isinstance(node, And):
            return self.conjunction(node.parts)
        return any_of(self.node(part) for part in node.parts)

    def conjunction(self, parts: Sequence[Node]) -> Condition:
        """Join by "and"; positive tests on one table must then hold in the same row."""
        plain: list[Condition] = []
        same_row: dict[str, list[Condition]] = {}
        for part in parts:
            bound = self.node(part)
            if isinstance(bound, SomeRow) and isinstance(part, Comparison):
                same_row.setdefault(bound.table.code, []).append(bound.part)
            else:
                plain.append(bound)
        rows = (SomeRow(self.app.field(code), all_of(found)) for code, found in same_row.items())
        return all_of([*plain, *rows])

    def comparison(self, comparison: Comparison) -> Condition:
        field = self.app.field(comparison.field)
        operator = comparison.operator
        if operator not in field.kind.operators or (
            field.table is not None and operator in ops.EQUALITY
        ):
            raise QueryError(
                message(
                    "「{code}」には「{operator}」を使えません。",
                    code=comparison.field,
                    operator=operator,
                )
            )
        if self.ignored(comparison.values):
            return ALWAYS
        positive = self.positive(field, operator, comparison.values)
        negative = operator in ops.NEGATIVE and operator != "is empty"
        condition = negated(positive) if negative else positive
        if field.table is None:
            return condition
        table = self.app.field(field.table.code)
        return EveryRow(table, condition) if negative else SomeRow(table, condition)

    def ignored(self, values: tuple[Literal, ...]) -> bool:
        """Tell whether a comparison asks for somebody's agency who has none."""
        homeless = not self.asker.agency and not self.asker.ruling
        return homeless and Call("PRIMARY_ORGANIZATION") in values

    def positive(self, field: Field, operator: str, values: tuple[Literal, ...]) -> Condition:
        """Return what the operator says, or what its negation denies."""
        if operator == "is empty":
            return Empty(field)
        if operator == "is not empty":
            return negated(Empty(field))
        if operator in ops.LIKENESS:
            needle = fold(self.text(field, values[0]))
            return Test(field, "like", (needle,)) if needle else ALWAYS
        if operator in ops.EQUALITY | ops.MEMBERSHIP:
            return self.member(field, values)
        return self.ordered(field, operator, values[0])

    def member(self, field: Field, values: tuple[Literal, ...]) -> Condition:
        """Return "one of these"; an empty text among them means "or empty"."""
        found: list[Condition] = []
        scalars: list[Scalar] = []
        for value in values:
            if isinstance(value, Call) and is_period(value):
                start, end = self.bounds(field, value)
                found.append(all_of((Test(field, ">=", (start,)), Test(field, "<", (end,)))))
            elif value == "":
                found.append(Empty(field))
            else:
                text = self.text(field, value)
                # A function that names nobody equals nothing, not even an empty field.
                if text or isinstance(value, str):
                    scalars.append(self.scalar(field, text))
        if scalars:
            found.append(Test(field, "in", tuple(scalars)))
        return any_of(found)

    def ordered(self, field: Field, operator: str, value: Literal) -> Condition:
        """Return a comparison; a day or month as a value stands for its first or last moment."""
        if isinstance(value, Call) and is_period(value):
            start, end = self.bounds(field, value)
            bounds = {"<": ("<", start), ">=": (">=", start), "<=": ("<", end), ">": (">=", end)}
            operator, bound = bounds[operator]
            return Test(field, operator, (bound,))
        return Test(field, operator, (self.scalar(field, self.text(field, value)),))

    def text(self, field: Field, value: Literal) -> str:
        """Return the literal's text; functions give the asker's name, agency or instant."""
        if isinstance(value, str):
            return value
        if value.name == "LOGINUSER":
            return self.asker.user
        if value.name == "PRIMARY_ORGANIZATION":
            return self.asker.agency
        if value.name == "NOW":
            if field.schema.get("format") == "date":
                return self.asker.scene.today.isoformat()
            return _stamp(self.asker.moment.now)
        raise QueryError(message("「{name}」はここでは使えません。", name=value.name))

    def bounds(self, field: Field, call: Call) -> tuple[str, str]:
        """Return the first value inside a period and the first after it, as ``field`` stores it."""
        days = period(call, self.asker.moment)
        wanted = field.schema.get("format") or field.kind.shape.get("format")
        if wanted == "date":
            return days.start.isoformat(), days.end.isoformat()
        if wanted != "date-time":
            raise QueryError(
                message("「{code}」は日付ではないので、期間では絞り込めません。", code=field.code)
            )
        zone = self.asker.moment.zone
        start, end = (
            _stamp(datetime.combine(day, time(), tzinfo=zone)) for day in (days.start, days.end)
        )
        return start, end

    def scalar(self, field: Field, text: str) -> Scalar:
        """Read one literal as the field's kind reads typed text."""
        if field.slot is Slot.LIST:
            return text
        wire = field.kind.normal(field, field.kind.parse(field, text, self.asker.scene))
        wanted = {Slot.NUMBER: (int, float), Slot.FLAG: (bool,)}.get(field.slot, (str,))
        # A number may lie outside the field's bounds; what is no day or time has no order.
        timed = field.kind.operators == ops.TIME
        if not isinstance(wire, wanted) or (
            timed and not validator(field.kind.shape).is_valid(wire)
        ):
            raise QueryError(
                message("「{code}」の値「{text}」が読めません。", code=field.code, text=text[:40])
            )
        assert isinstance(wire, str | int | float | bool)  # noqa: S101  narrows for mypy
        return wire


def _stamp(instant: datetime) -> str:
    """Return an instant as records store it: UTC, whole seconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
