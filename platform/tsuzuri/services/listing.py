"""Lists of records: a view, a filter, an order, a page, a count that is honest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App, View
from tsuzuri.errors import QueryError, message
from tsuzuri.fields.base import Field, Slot
from tsuzuri.fields.traits import Derived
from tsuzuri.query.bind import bind, bind_order, bind_text
from tsuzuri.query.bound import Order, all_of
from tsuzuri.query.parse import parse
from tsuzuri.query.tree import Query, Sort
from tsuzuri.services.platform import Platform
from tsuzuri.storage import revisions
from tsuzuri.storage.records import Count, Listing, Page, is_read, is_selected

PAGE_SIZES = (20, 50, 100)
COLUMNS_SHOWN = 6
"""Columns of an app without views: enough to tell records apart, few enough for a phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list is asked for; texts are of the condition language, ids are of records.

    ``where`` narrows the view further; ``sort`` replaces its order; ``view`` None is every
    record the person may see.
    """

    view: int | None = 0
    where: str = ""
    sort: str = ""
    size: int = 50
    after: int | None = None
    before: int | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a list: ``page.rows`` are (id, revision, value per field of ``read``).

    ``read`` holds what ``columns`` need, which for a derived column is its source.
    """

    columns: tuple[Field, ...]
    read: tuple[Field, ...]
    order: tuple[Order, ...]
    page: Page
    count: Count
    view: View | None


def open_views(access: Access) -> list[tuple[int, View]]:
    """Return the views that mean something to this person, with their places.

    A view whose condition or order speaks of a hidden field does not exist for them.
    """
    return [(place, view) for place, view in enumerate(access.app.views) if _binds(access, view)]


def _binds(access: Access, view: View) -> bool:
    try:
        bind_text(access.app, view.where, access.asker)
        bind_order(access.app, _order(view.sort))
    except QueryError:
        return False
    return bool(view.columns)


def _order(sort: str) -> tuple[Sort, ...]:
    return parse(f"order by {sort}").order if sort.strip() else ()


def view_at(access: Access, place: int | None) -> View | None:
    """Return the view at ``place``, or the first open one; None where none is asked or open."""
    if place is None:
        return None
    views = dict(open_views(access))
    return views.get(place) or next(iter(views.values()), None)


def prepare(access: Access, asked: Asked) -> tuple[Listing, View | None]:
    """Bind what is asked.  Raises ``QueryError`` for what cannot be asked by this person."""
    view = view_at(access, asked.view)
    where = bind_text(access.app, asked.where, access.asker)
    sort = asked.sort
    if view is not None:
        where = all_of((bind_text(access.app, view.where, access.asker), where))
        sort = sort or view.sort
    listing = Listing(
        where=where,
        order=bind_order(access.app, _order(sort)),
        columns=columns(access, view),
        size=asked.size if asked.size in PAGE_SIZES else PAGE_SIZES[1],
        after=asked.after,
        before=asked.before,
    )
    return listing, view


def columns(access: Access, view: View | None) -> tuple[Field, ...]:
    """Return the columns of a view, or the first short fields of an app without one."""
    if view is not None:
        return tuple(access.app.field(code) for code in view.columns)
    short = [f for f in access.app.fields if f.slot in {Slot.TEXT, Slot.NUMBER, Slot.LIST}]
    return tuple(short[:COLUMNS_SHOWN]) or access.app.fields[:COLUMNS_SHOWN]


def listed(platform: Platform, access: Access, asked: Asked) -> Listed:
    """Return one page of a list.  Raises ``QueryError``."""
    listing, view = prepare(access, asked)
    read = _read(access, listing.columns)
    with platform.reading(access) as records:
        page = records.page(replace(listing, columns=read))
        count = records.count(listing, cap=None) if asked.exact else records.count(listing)
    return Listed(
        columns=listing.columns, read=read, order=listing.order, page=page, count=count, view=view
    )


def _read(access: Access, columns: Sequence[Field]) -> tuple[Field, ...]:
    """Return the fields that must be read to show ``columns``."""
    derived = (one.trait.of for one in columns if isinstance(one.trait, Derived))
    sources = map(access.app.by_code.get, derived)
    wanted = dict.fromkeys((*columns, *filter(None, sources)))
    return tuple(one for one in wanted if is_selected(one))


def _whole(app: App, code: str) -> Field:
    """Return a field of records themselves; a column of a table comes with its table only."""
    found = app.field(code)
    if found.table is not None:
        raise QueryError(
            message(
                "「{code}」はテーブルの中のフィールドです。テーブル「{table}」を指定してください。",
                code=code,
                table=found.table.code,
            )
        )
    return found


def queried(platform: Platform, access: Access, query: Query, fields: Sequence[str]) -> Listed:
    """Return what an API query asks for: kintone's limit and offset, newest first by default.

    Values are ready to be written as JSON (stored JSON is an ``orjson.Fragment``).
    """
    asked = tuple(_whole(access.app, code) for code in fields) if fields else access.app.fields
    listing = Listing(
        where=bind(access.app, query.where, access.asker),
        order=bind_order(access.app, query.order),
        # What holds no value of its own, such as related records, has none to write either.
        columns=tuple(one for one in asked if is_read(one)),
        size=100 if query.limit is None else query.limit,
    )
    with platform.reading(access) as records:
        page = records.page(listing, offset=query.offset or 0, raw=True)
        page = replace(page, rows=list(revisions.marked(records, page.rows)))
        count = Count(len(page.rows), more=page.later)
    return Listed(
        columns=listing.columns,
        read=listing.columns,
        order=listing.order,
        page=page,
        count=count,
        view=None,
    )


def streamed(platform: Platform, access: Access, asked: Asked) -> Iterator[tuple[object, ...]]:
    """Yield every row of a list, for an export, in flat memory."""
    listing, _ = prepare(access, asked)
    with platform.reading(access) as records:
        yield from records.stream(replace(listing, after=None, before=None))
