"""Views that people saved for themselves."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from tsuzuri.storage.tables import saved_views


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """One person's own way to look at an app: a condition and an order, as query texts."""

    id: int
    name: str
    where: str
    sort: str


def of(connection: Connection, user: str, app: int) -> list[SavedView]:
    """Return a person's views of an app, oldest first."""
    columns = (saved_views.c.id, saved_views.c.name, saved_views.c.where, saved_views.c.sort)
    rows = connection.execute(
        select(*columns)
        .where(saved_views.c.user == user, saved_views.c.app == app)
        .order_by(saved_views.c.id)
    )
    return [SavedView(id=i, name=n, where=w, sort=s) for i, n, w, s in rows]


def count(connection: Connection, user: str, app: int) -> int:
    """Return how many views a person has of an app."""
    mine = (saved_views.c.user == user, saved_views.c.app == app)
    return connection.execute(
        select(func.count()).select_from(saved_views).where(*mine)
    ).scalar_one()


def add(connection: Connection, user: str, app: int, view: SavedView) -> None:
    """Store a view."""
    connection.execute(
        insert(saved_views).values(
            id=view.id, user=user, app=app, name=view.name, where=view.where, sort=view.sort
        )
    )


def remove(connection: Connection, user: str, app: int, view: int) -> bool:
    """Remove one's own view; tell whether there was one."""
    gone = connection.execute(
        delete(saved_views).where(
            saved_views.c.id == view, saved_views.c.user == user, saved_views.c.app == app
        )
    )
    return gone.rowcount > 0
