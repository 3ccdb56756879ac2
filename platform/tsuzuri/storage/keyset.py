"""Pages by key: what lies beyond the last record of a page, as ranges an index answers.

Skipping by number makes the hundredth page a hundred times dearer than the first.  Here a
page starts where the last one ended: after that record's values of the order, then its id.
Empty values come first in every order, on both databases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, false, literal, or_, tuple_

from tsuzuri.query.bound import Order
from tsuzuri.storage.compile import Compiler

Segment = tuple[ColumnElement[bool], ...]
"""The conditions of one range; a page may need two, one after the other."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The record at the end of a page: its id, and its value of each key of the order.

    Parameters may stand for them in a statement that is made once; None is an empty value.
    """

    id: Any
    values: tuple[Any, ...]


def flipped(order: Sequence[Order]) -> tuple[Order, ...]:
    """Return the order that lists the same records backwards."""
    return tuple(replace(one, descending=not one.descending) for one in order)


def beyond(
    compiler: Compiler, order: Sequence[Order], edge: Edge | None, *, rising: bool
) -> Iterator[Segment]:
    """Yield the ranges of what comes after ``edge``; ``rising`` is the direction of ids."""
    record = compiler.scope.c.id
    if edge is None:
        yield ()
    elif not order:
        yield ((record > edge.id) if rising else (record < edge.id),)
    elif len(order) == 1:
        yield from _by_one_key(compiler, order[0], edge)
    else:
        yield (_by_several_keys(compiler, order, edge),)


def _by_one_key(compiler: Compiler, order: Order, edge: Edge) -> Iterator[Segment]:
    """Yield the rest of the edge's own range, then the range of empty or of filled values."""
    record, key, value = compiler.scope.c.id, compiler.value(order.field), edge.values[0]
    if value is None:
        yield key.is_(None), (record < edge.id if order.descending else record > edge.id)
        if not order.descending:
            yield (key.is_not(None),)
        return
    here, there = tuple_(key, record), tuple_(_given(value, key), _given(edge.id, record))
    yield ((here < there) if order.descending else (here > there),)
    if order.descending:
        yield (key.is_(None),)


def _by_several_keys(compiler: Compiler, order: Sequence[Order], edge: Edge) -> ColumnElement[bool]:
    record = compiler.scope.c.id
    down = order[0].descending
    result: ColumnElement[bool] = (record < edge.id) if down else (record > edge.id)
    for one, value in reversed(list(zip(order, edge.values, strict=True))):
        key = compiler.value(one.field)
        result = or_(_past(one, key, value), and_(_same(key, value), result))
    return result


def _same(key: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return key.is_(None) if value is None else key == _given(value, key)


def _past(order: Order, key: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    """Return "comes after ``value``"; empty values are the lowest."""
    if value is None:
        return false() if order.descending else key.is_not(None)
    # A literal of the key's type: a bare True may not be compared by "<".
    here = _given(value, key)
    return or_(key < here, key.is_(None)) if order.descending else key > here


def _given(value: Any, key: ColumnElement[Any]) -> ColumnElement[Any]:
    return value if isinstance(value, BindParameter) else literal(value, key.type)
