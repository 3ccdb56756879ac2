"""Lists of records: views, filter, order, pages, counts that are honest; and search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.access.gate import Access
from tsuzuri.errors import Invalid, Message, QueryError, message
from tsuzuri.query.bind import SORTABLE
from tsuzuri.services import listing, retention, saved_views, threads
from tsuzuri.services import search as searching
from tsuzuri.services.listing import Asked, Listed
from tsuzuri.storage.saved_views import SavedView
from tsuzuri.web import filters
from tsuzuri.web.filters import Builder
from tsuzuri.web.gate import gated, platform, signed_in
from tsuzuri.web.paging import LARGEST, whole
from tsuzuri.web.render import page, sentence
from tsuzuri.web.rows import RowWriter, counted
from tsuzuri.web.shown import around, moment, plain, shown, title_of

blueprint = Blueprint("lists", __name__)

MENTIONED = ("add", "delete", "export", "import", "manage")
"""Rights for which a list shows a way on."""

ALL = "all"
OWN = "own-"
"""How the address names every record, and a view of one's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One view above the list."""

    name: str
    address: str
    current: bool


@blueprint.get("/apps/<app>/")
@gated("view")
def index(access: Access) -> Any:
    """List the records of an app."""
    return _List(access).answer()


class _List:
    """One look at a list: what the address asks for, and how it is shown."""

    def __init__(self, access: Access) -> None:
        self.access = access
        # Before anything is read: what happens meanwhile is told.
        self.since = platform().stamp()
        self.scene = platform().scene(access.actor)
        self.asking = filters.asked(request.args)
        self.builder = Builder(platform(), access, self.scene)
        self.own = saved_views.mine(platform(), access)
        self.problem: Message | None = None

    def answer(self) -> Any:
        """Return the page; a filter that cannot be asked is told beside the form."""
        try:
            found = listing.listed(platform(), self.access, self._asked())
        except QueryError as error:
            self.problem = error.message
            found = None
        block = "rows" if request.args.get("part") == "rows" else "main"
        body = page("list.html", block=block, **self._context(found))
        return body if self.problem is None else make_response(body, 400)

    def _asked(self) -> Asked:
        args, view = request.args, self._view()
        where = self.builder.where(self.asking)
        own = self._own(view)
        if own is not None:
            where = " and ".join(f"({part})" for part in (own.where, where) if part)
        return Asked(
            view=None if own is not None or view == ALL else whole(view) or 0,
            where=where,
            sort=self._sort() or (own.sort if own else ""),
            size=whole(args.get("size")) or listing.PAGE_SIZES[1],
            after=whole(args.get("after")),
            before=whole(args.get("before")),
            exact=args.get("exact") == "1",
        )

    def _view(self) -> str:
        return request.args.get("view", "")

    def _own(self, view: str) -> SavedView | None:
        wanted = whole(view.removeprefix(OWN)) if view.startswith(OWN) else None
        return next((one for one in self.own if one.id == wanted), None)

    def _sort(self) -> str:
        """Return the order from the address, if it is one of those offered."""
        offered = {value for value, _ in self.builder.sorts()}
        return self.asking.sort if self.asking.sort in offered else ""

    def _context(self, found: Listed | None) -> dict[str, Any]:
        access, language = self.access, self.scene.language
        adding = request.args.get("_filter") == "add"
        narrowed = bool(self.asking.rows) or adding
        return {
            "app": access.app,
            "name": access.app.name.text(language),
            "text": access.app.description.text(language),
            "tabs": self._tabs(found),
            "own": self._own(self._view()),
            "problem": self.problem,
            "filter": {
                "rows": self.builder.rows(self.asking, spare=adding),
                "fields": self.builder.fields(),
                "sorts": self.builder.sorts(),
                "sort": self._sort(),
                "join": self.asking.join,
                "open": narrowed,
                "hidden": self._hidden(),
            },
            "where": self._where_text(),
            "view": self._view() or "0",
            "may": {one: access.may(one) for one in MENTIONED},
            "reviews": retention.reviews(access),
            "listed": None if found is None else self._listed(found),
            "live": {
                "address": url_for("live.listed", app=access.app.code),
                "mark": self.since,
                "again": self._address(part="rows"),
                "here": self._address(),
            },
        }

    def _where_text(self) -> str:
        """Return the condition for saving it as a view, or for an export of what is shown."""
        return "" if self.problem is not None else self.builder.where(self.asking)

    def _hidden(self) -> list[tuple[str, str]]:
        return [(n, request.args[n]) for n in ("view", "size") if request.args.get(n)]

    def _tabs(self, found: Listed | None) -> list[Tab]:
        language, view = self.scene.language, self._view()
        own = self._own(view)
        shown_view = found.view if found else None
        tabs = [
            self._tab(one.name.text(language), str(place), current=one is shown_view)
            for place, one in listing.open_views(self.access)
        ]
        every = own is None and shown_view is None
        tabs.append(self._tab(sentence(message("すべて")), ALL, current=every))
        tabs += [self._tab(one.name, f"{OWN}{one.id}", current=one is own) for one in self.own]
        return tabs

    def _tab(self, name: str, view: str, *, current: bool) -> Tab:
        address = url_for("lists.index", app=self.access.app.code, view=view)
        return Tab(name=name, address=address, current=current)

    def _listed(self, found: Listed) -> dict[str, Any]:
        rows = found.page.rows
        writer = RowWriter(self.access, found.columns, found.read, self.scene)
        talk = threads.talk(platform(), self.access, [row[0] for row in rows])
        first, last = (rows[0][0], rows[-1][0]) if rows else (0, 0)
        exact = self._address(exact="1", after=None, before=None) if found.count.more else ""
        return {
            "heads": [self._head(one, found) for one in found.columns],
            "rows": writer.rows(rows, talk),
            "empty": not rows,
            "count": counted(found.count.number, more=found.count.more),
            "shown": sentence(message("{n}件を表示", n=len(rows))) if rows else "",
            "previous": self._address(before=str(first), after=None) if found.page.earlier else "",
            "next": self._address(after=str(last), before=None) if found.page.later else "",
            "exact": exact,
        }

    def _address(self, **values: str | None) -> str:
        """Return this list's address with some parameters changed."""
        return _address(self.access.app.code, **values)

    def _head(self, column: Any, found: Listed) -> dict[str, str]:
        order = next((o for o in found.order if o.field is column), None)
        down = order is not None and order.descending
        sortable = column.slot in SORTABLE and column.table is None
        following = f"{column.code} {'asc' if down else 'desc'}"
        return {
            "title": column.title(self.scene.language),
            "sorted": "" if order is None else "descending" if down else "ascending",
            "address": self._address(sort=following, after=None, before=None) if sortable else "",
        }


def _address(app: str, **values: str | None) -> str:
    """Return an app's list with the address's own parameters, some of them changed."""
    pairs = [
        (k, v) for k, v in request.args.items(multi=True) if k not in {*values, "_filter", "part"}
    ]
    pairs += [(name, text) for name, text in values.items() if text]
    base = url_for("lists.index", app=app)
    return f"{base}?{urlencode(pairs)}" if pairs else base


@blueprint.post("/apps/<app>/views")
@gated("view")
def save_view(access: Access) -> Response:
    """Save what is narrowed and sorted under a name of one's own."""
    form, code = request.form, access.app.code
    given = {name: form.get(name, "") for name in ("name", "where", "sort")}
    try:
        view = saved_views.save(platform(), access, **given)
    except Invalid as error:
        flash(sentence(error.problems[0].message), "error")
        return make_response(redirect(url_for("lists.index", app=code), 303))
    flash(sentence(message("一覧「{name}」を保存しました。", name=given["name"])), "success")
    return make_response(redirect(url_for("lists.index", app=code, view=f"{OWN}{view}"), 303))


@blueprint.post(f"/apps/<app>/views/<int(max={LARGEST}):view>/delete")
@gated("view")
def forget_view(access: Access, view: int) -> Response:
    """Remove a view of one's own."""
    saved_views.forget(platform(), access, view)
    flash(sentence(message("一覧を消しました。記録はそのままです。")), "success")
    return make_response(redirect(url_for("lists.index", app=access.app.code), 303))


@blueprint.get("/search")
@signed_in
def search(actor: Actor) -> Any:
    """Search the words in every app, or in one."""
    text, app = request.args.get("q", "").strip(), request.args.get("app", "")
    problem, hits, more = None, [], False
    try:
        found = searching.search(platform(), actor, text, app=app)
        hits, more = _hits(actor, text, found.hits), found.more
    except QueryError as error:
        problem = error.message
    body = page("search.html", q=text, hits=hits, more=more, problem=problem, app=app)
    return body if problem is None else make_response(body, 400)


def _hits(actor: Actor, text: str, hits: list[searching.Hit]) -> list[dict[str, Any]]:
    scene = platform().scene(actor)
    found = []
    for hit in hits:
        app = hit.access.app
        found.append(
            {
                "app": app.name.text(scene.language),
                "address": url_for("records.show", app=app.code, record=hit.record.id),
                "title": title_of(hit.access, hit.record, scene),
                "label": hit.field.title(scene.language),
                "text": around(plain(shown(hit.field, hit.record, scene)), text.split()),
                "time": moment(hit.record.updated_at, scene),
            }
        )
    return found
