"""Drafts in the database: no record's table knows of them, so nothing lists or counts them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, exists, func, insert, select, update

from tsuzuri.storage.draft_tables import drafts, guests
from tsuzuri.storage.writing import RecordState

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A record as somebody is still writing it; times are UTC ISO text.

    ``app`` is the app's number, ``typed`` the form as it stood, ``values`` what of it can be read;
    ``tab`` names the open form that saved it last.
    """

    id: int
    app: int
    author: str
    agency: str
    at: str
    saved_at: str
    revision: int = 1
    tab: str = ""
    typed: Pairs = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> RecordState:
        """The record it would be if it were stored as it stands."""
        return RecordState(
            id=self.id,
            revision=1,
            created_at=self.at,
            created_by=self.author,
            created_agency=self.agency,
            updated_at=self.saved_at,
            updated_by=self.author,
            values=self.values,
        )


def of(connection: Connection, app: int, number: int, *, lock: bool = False) -> Draft | None:
    """Return a draft of an app; with ``lock`` held against other writers."""
    statement = select(drafts).where(drafts.c.id == number, drafts.c.app == app)
    row = connection.execute(statement.with_for_update() if lock else statement).mappings().first()
    return None if row is None else _read(row)


def of_author(connection: Connection, user: str) -> list[Draft]:
    """Return what somebody has begun, the latest first."""
    return _many(connection, drafts.c.author == user)


def of_guest(connection: Connection, user: str) -> list[Draft]:
    """Return the drafts of others that somebody is asked to look at, the latest first."""
    asked = select(guests.c.draft).where(guests.c.draft == drafts.c.id, guests.c.user == user)
    return _many(connection, exists(asked))


def older_than(connection: Connection, at: str) -> list[Draft]:
    """Return the drafts that nobody has saved since ``at``."""
    return _many(connection, drafts.c.saved_at < at)


def _many(connection: Connection, which: Any) -> list[Draft]:
    statement = select(drafts).where(which).order_by(drafts.c.saved_at.desc(), drafts.c.id.desc())
    return [_read(row) for row in connection.execute(statement).mappings()]


def count(connection: Connection, user: str) -> int:
    """Return how many drafts somebody has."""
    statement = select(func.count()).select_from(drafts).where(drafts.c.author == user)
    return int(connection.execute(statement).scalar_one())


def add(connection: Connection, draft: Draft) -> None:
    """Store a new draft."""
    connection.execute(insert(drafts).values(**_row(draft)))


def change(connection: Connection, draft: Draft) -> None:
    """Store a draft anew."""
    connection.execute(update(drafts).where(drafts.c.id == draft.id).values(**_row(draft)))


def remove(connection: Connection, ids: Iterable[int]) -> None:
    """Take drafts away; what was said about them is left to the record that follows."""
    wanted = list(ids)
    connection.execute(delete(guests).where(guests.c.draft.in_(wanted)))
    connection.execute(delete(drafts).where(drafts.c.id.in_(wanted)))


def guests_of(connection: Connection, number: int) -> list[str]:
    """Return whom the author of a draft asked to look at it, in that order."""
    statement = (
        select(guests.c.user).where(guests.c.draft == number).order_by(guests.c.at, guests.c.user)
    )
    return list(connection.execute(statement).scalars())


def invite(connection: Connection, number: int, user: str, at: str) -> None:
    """Ask somebody to look at a draft; the caller has made sure that they are not there yet."""
    connection.execute(insert(guests).values(draft=number, user=user, at=at))


def uninvite(connection: Connection, number: int, user: str) -> bool:
    """Ask somebody no longer; tell whether they had been asked."""
    gone = connection.execute(delete(guests).where(guests.c.draft == number, guests.c.user == user))
    return gone.rowcount > 0


def _row(draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "app": draft.app,
        "author": draft.author,
        "agency": draft.agency,
        "at": draft.at,
        "saved_at": draft.saved_at,
        "revision": draft.revision,
        "tab": draft.tab,
        "typed": json.dumps(list(draft.typed), ensure_ascii=False),
        "values": json.dumps(dict(draft.values), ensure_ascii=False),
    }


def _read(row: RowMapping) -> Draft:
    given = dict(row)
    typed = [(str(name), str(text)) for name, text in json.loads(given.pop("typed"))]
    return Draft(**given | {"typed": typed, "values": json.loads(given["values"])})
