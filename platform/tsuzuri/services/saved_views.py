"""A person's own views of an app: what they narrowed and sorted, under a name."""

from __future__ import annotations

from tsuzuri.access.gate import Access
from tsuzuri.definitions.strict_json import refuse_unstorable
from tsuzuri.errors import Invalid, Problem, Unknown, message
from tsuzuri.query.bind import bind_order, bind_text
from tsuzuri.query.parse import parse
from tsuzuri.services.platform import Platform
from tsuzuri.storage import saved_views as stored
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.saved_views import SavedView

LONGEST_NAME = 60
MOST = 50
"""Views of one person in one app; beyond that nobody finds theirs among the tabs."""


def mine(platform: Platform, access: Access) -> list[SavedView]:
    """Return the person's own views of the app.

    Whoever looks as them sees none: the name and the condition are what somebody typed.
    """
    if access.actor.onlooker is not None:
        return []
    with platform.database.platform() as connection:
        return stored.of(connection, access.actor.user, access.whole.number)


def save(platform: Platform, access: Access, *, name: str, where: str, sort: str) -> int:
    """Save a view and return its id.

    Raises ``Invalid`` for a name that is missing or too long, ``QueryError`` for a condition
    that this person could not ask.
    """
    name = " ".join(name.split())
    refuse_unstorable(name, "/name")
    if not name or len(name) > LONGEST_NAME:
        sentence = message("一覧の名前を{limit}文字までで入力してください。", limit=LONGEST_NAME)
        raise Invalid([Problem("/name", sentence)])
    bind_text(access.app, where, access.asker)
    bind_order(access.app, parse(f"order by {sort}").order if sort else ())
    view = SavedView(id=new_ids.new(), name=name, where=where, sort=sort)
    with platform.database.platform(writing=True) as connection:
        if stored.count(connection, access.actor.user, access.whole.number) >= MOST:
            sentence = message("自分の一覧は{limit}個までです。", limit=MOST)
            raise Invalid([Problem("/name", sentence)])
        stored.add(connection, access.actor.user, access.whole.number, view)
    return view.id


def forget(platform: Platform, access: Access, view: int) -> None:
    """Remove one's own view.  ``Unknown`` if there is none."""
    with platform.database.platform(writing=True) as connection:
        if not stored.remove(connection, access.actor.user, access.whole.number, view):
            raise Unknown
