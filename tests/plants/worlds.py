"""Bugs that only a second world shows: nothing hidden is written out, and yet it can be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import Response
from sqlalchemy import func, select

from plants.planting import plant, replaced
from plants.sight import all_of, of_every_field
from tsuzuri.access import gate
from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Unknown
from tsuzuri.fields.base import Guard
from tsuzuri.query.bound import NEVER, Empty, negated
from tsuzuri.query.bound import all_of as both
from tsuzuri.services import attachments, opening, records, unmasking
from tsuzuri.services import threads as talking
from tsuzuri.storage import news, revisions, saved_views, tables, trash, uploads
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.compile import Compiler
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.people import Directory
from tsuzuri.storage.records import Records, load_whole
from tsuzuri.web import home, reading, render

ERRAND = Errand("a planted bug")


def _total(connection: Any, app: App) -> int:
    """Return how many records an app has, seen or not."""
    return int(
        connection.execute(select(func.count()).select_from(tables_of(app).records)).scalar_one()
    )


def _total_of(platform: Any, app: App) -> int:
    with platform.database.read(ERRAND) as connection:
        return _total(connection, app)


@plant("orders on guarded fields")
def orders_ask_no_guard() -> Iterator[None]:
    """A list is ordered by what is stored, though what is shown is guarded."""
    order = Compiler.order

    def stored(self: Compiler, one: Any, **more: Any) -> Any:
        return order(self, replace(one, field=replace(one.field, guard=None)), **more)

    with replaced(Compiler, "order", stored):
        yield


@plant("order of equals")
def equals_stand_by_their_last_change() -> Iterator[None]:
    """Records that an order leaves equal stand by how often they were changed."""
    page = Records.page

    def touched(self: Records, listing: Any, **more: Any) -> Any:
        found = page(self, listing, **more)
        return (
            found
            if listing.order
            else replace(found, rows=sorted(found.rows, key=lambda row: -row[1]))
        )

    with replaced(Records, "page", touched):
        yield


@plant("capped counts")
def counts_are_capped_by_everything() -> Iterator[None]:
    """Whether there are "more" is asked of the table."""
    count = Records.count

    def capped(self: Records, listing: Any, *cap: Any, **more: Any) -> Any:
        found = count(self, listing, *cap, **more)
        return replace(found, more=_total(self.connection, self.access.whole) > 5)

    with replaced(Records, "count", capped):
        yield


@plant("comment counts")
def remarks_are_counted_for_the_app() -> Iterator[None]:
    """The number of comments beside each record is that of the whole app."""
    talk = talking.talk

    def all_remarks(platform: Any, access: Any, ids: list[int]) -> Any:
        with platform.database.read(access) as connection:
            mine = tables.comments.c.app == access.whole.number
            total = connection.execute(select(func.count()).where(mine)).scalar_one()
        told = talk(platform, access, ids).items()
        return {one: replace(kept, comments=total) for one, kept in told}

    with replaced(talking, "talk", all_remarks):
        yield


@plant("news")
def news_are_cut_before_they_are_narrowed() -> Iterator[None]:
    """The latest remarks are taken first, and those under unseen records dropped from them."""
    said_lately = news.said_lately

    def cut(found: Records, user: str, since: str) -> Any:
        first = said_lately(all_of(found), user, since)[:2]
        seen = found.many([one.record for one in first])
        return [one for one in first if one.record in seen]

    with replaced(news, "said_lately", cut):
        yield


@plant("files by content")
def files_are_given_by_their_hash() -> Iterator[None]:
    """Whoever names the hash of a file gets it, in whatever record it is."""
    find = attachments.find

    def anywhere(platform: Any, access: Any, record: int, code: str, key: str) -> Any:
        try:
            return find(platform, access, record, code, key)
        except Unknown:
            path = platform.files.path(key)
            if not path.is_file():
                raise
            return attachments.OpenFile(path, "file", attachments.PLAIN, path.stat().st_size)

    with replaced(attachments, "find", anywhere):
        yield


@plant("files in hidden fields")
def files_ask_no_field() -> Iterator[None]:
    """A file is given to whoever sees the record, in whatever field it is."""
    find = attachments.find

    def of_record(platform: Any, access: Any, *given: Any) -> Any:
        return find(platform, of_every_field(access), *given)

    with replaced(attachments, "find", of_record):
        yield


@plant("uploads of others")
def uploads_are_anybodys() -> Iterator[None]:
    """A file that somebody else sent, and no record holds yet, can be put into one's own record."""

    def every(database: Any, user: str, keys: Any) -> Any:
        del user
        table = tables.uploads
        columns = (table.c.key, table.c.name, table.c.type, table.c.size)
        with database.platform() as connection:
            rows = connection.execute(select(*columns).where(table.c.key.in_(keys)))
            return {row.key: dict(row._mapping) for row in rows}

    with replaced(uploads, "of", every):
        yield


@plant("unique values")
def taken_values_are_told_to_all() -> Iterator[None]:
    """Whoever may write a field that forbids repeats learns which values unseen records have."""
    with replaced(gate, "_would_tell", lambda *_given: False):
        yield


@plant("revisions")
def revisions_are_running_numbers() -> Iterator[None]:
    """A form carries how often its record was changed, changes of hidden fields too."""

    def of(_records: Any, state: Any) -> int:
        return int(state.revision)

    with replaced(revisions, "of", of):
        yield


@plant("refusals by status")
def unseen_records_are_forbidden() -> Iterator[None]:
    """A record that is there but unseen is refused in other words than one that is not there."""
    one = Records._one

    def told(self: Records, record_id: int, condition: Any, *, deleted: bool) -> Any:
        try:
            return one(self, record_id, condition, deleted=deleted)
        except Unknown:
            if load_whole(self.connection, self.access.whole, [record_id]):
                raise Denied from None
            raise

    with replaced(Records, "_one", told):
        yield


@plant("headers")
def pages_carry_the_state_of_the_table() -> Iterator[None]:
    """A page's ETag follows the whole database, so it changes with what others do unseen."""
    page = render.page

    def tagged(template: str, /, **given: Any) -> Any:
        from tsuzuri.web.gate import platform  # noqa: PLC0415  needs a request

        here = platform()
        body = page(template, **given)
        if template != "list.html":
            return body
        answer = Response(body)
        answer.set_etag(str(sum(_total_of(here, app) for app in here.apps.values())))
        return answer

    with replaced(render, "page", tagged):
        yield


@plant("masks on empty values")
def masks_cover_only_what_is_there() -> Iterator[None]:
    """A mask stands only where there is something behind it."""
    narrowed = gate._guarded

    def telling(field: Any, levels: Any) -> Any:
        found = narrowed(field, levels)
        if found is None or found.guard is None or found.guard.masked == NEVER or field.table:
            return found
        there = both((found.guard.masked, negated(Empty(field))))
        return replace(found, guard=Guard(visible=found.guard.visible, masked=there))

    with replaced(gate, "_guarded", telling):
        yield


@plant("conflicts")
def unseen_changes_are_conflicts() -> Iterator[None]:
    """A form is stale as soon as anything of its record was changed, hidden fields too."""
    based_on = records._based_on

    def strict(desk: Any, before: Any, mark: int | None) -> Any:
        found = based_on(desk, before, mark)
        if found is not None and before.revision > max(1, found):
            raise records.stale(desk, before, since=0)
        return found

    with replaced(records, "_based_on", strict):
        yield


@plant("paper")
def paper_shows_every_field() -> Iterator[None]:
    """The page for paper is made of the whole app."""
    print_page = reading.print_page

    def whole(access: Any, record: int) -> str:
        return print_page(of_every_field(access), record)

    with replaced(reading, "print_page", whole):
        yield


@plant("lifting masks")
def any_field_can_be_unmasked() -> Iterator[None]:
    """Whoever may lift a mask gets the value of whatever field the address names."""

    def lifted(platform: Any, access: Any, record_id: int, code: str, reason: str) -> Any:
        del reason
        with platform.writing(access) as connection:
            Records(connection, access, platform.principals).get(record_id)
            return load_whole(connection, access.whole, [record_id])[record_id].values.get(code)

    with replaced(unmasking, "unmask", lifted):
        yield


@plant("agencies below")
def agencies_below_reach_one_further() -> Iterator[None]:
    """Somebody counts as belonging to the agencies right below their own."""
    above = Directory.above

    def further(self: Directory, codes: Any) -> frozenset[str]:
        own = set(codes)
        return above(self, own) | {one.code for one in self.agencies.values() if one.parent in own}

    with replaced(Directory, "above", further):
        yield


@plant("deleted records")
def trash_is_for_everybody() -> Iterator[None]:
    """Whoever may delete something sees everything that was deleted."""
    deleted = trash.deleted

    def every(found: Records, limit: int) -> Any:
        return deleted(all_of(found), limit)

    with replaced(trash, "deleted", every):
        yield


@plant("number of statements")
def unseen_records_are_read_one_by_one() -> Iterator[None]:
    """A list asks once more for each record that it then leaves out."""
    page = Records.page

    def slow(self: Records, listing: Any, **more: Any) -> Any:
        found = page(self, listing, **more)
        for _ in range(_total(self.connection, self.access.whole)):
            self.connection.execute(select(1))
        return found

    with replaced(Records, "page", slow):
        yield


@plant("numbers on the home page")
def tiles_tell_how_many_records() -> Iterator[None]:
    """An app's tile says how many records the app has."""
    tile = home._tile

    def counting(access: Any, language: str) -> Any:
        from tsuzuri.web.gate import platform  # noqa: PLC0415  needs a request

        total = _total_of(platform(), access.whole)
        return replace(tile(access, language), text=f"{total}件")

    with replaced(home, "_tile", counting):
        yield


@plant("saved views of others")
def saved_views_are_shared() -> Iterator[None]:
    """The views that others saved for themselves stand among one's own."""

    def every(connection: Any, user: str, app: int) -> Any:
        del user
        table = tables.saved_views
        columns = (table.c.id, table.c.name, table.c.where, table.c.sort)
        rows = connection.execute(select(*columns).where(table.c.app == app).order_by(table.c.id))
        return [saved_views.SavedView(id=i, name=n, where=w, sort=s) for i, n, w, s in rows]

    with replaced(saved_views, "of", every):
        yield


@plant("ids")
def ids_are_counted() -> Iterator[None]:
    """A new record's id follows the number of records there are."""
    new_state = records.new_state

    def counted(desk: Any, given: Any, *number: Any) -> Any:
        state = new_state(desk, given, *number)
        return replace(state, id=7_000_000 + _total(desk.connection, desk.app))

    with replaced(records, "new_state", counted):
        yield


@plant("rights on a record")
def rights_ask_the_whole_app() -> Iterator[None]:
    """What a page offers to do depends on records the reader does not see."""
    opened = opening.opened

    def offered(platform: Any, access: Any, record: int, **more: Any) -> Any:
        found = opened(platform, access, record, **more)
        crowded = _total_of(platform, access.whole) > 5
        return replace(found, allowed=found.allowed - {"delete"}) if crowded else found

    with replaced(opening, "opened", offered):
        yield


@plant("writes out of sight")
def unseen_records_can_be_edited() -> Iterator[None]:
    """A write asks the right to edit of the app and not of the record."""
    get = Records.get

    def any_record(self: Records, record_id: int, action: str = "view") -> Any:
        if self.connection.get_execution_options().get("writing"):
            return get(all_of(self), record_id, action)
        return get(self, record_id, action)

    with replaced(Records, "get", any_record):
        yield
