"""API tokens in the database: what opens one app to a program, in one person's name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from tsuzuri.storage.account_tables import api_tokens as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token.  Times are UTC ISO text; ``hash`` is what is kept of its secret."""

    id: int
    hash: str
    user: str
    name: str
    app: str
    rights: tuple[str, ...]
    created_at: str
    expires_at: str
    used_at: str = ""
    ended_at: str = ""


def put(connection: Connection, token: Token) -> None:
    """Add a token."""
    columns = {name: getattr(token, name) for name in token.__slots__}
    connection.execute(insert(table).values(**columns | {"rights": json.dumps(token.rights)}))


def find(connection: Connection, hashed: str) -> Token | None:
    """Return the token of a secret, ended ones too."""
    row = connection.execute(select(table).where(table.c.hash == hashed)).mappings().first()
    return _token(row) if row else None


def of_user(connection: Connection, user: str) -> list[Token]:
    """Return the tokens of a person that were not ended, the newest first."""
    statement = (
        select(table)
        .where(table.c.user == user, table.c.ended_at == "")
        .order_by(table.c.created_at.desc(), table.c.id.desc())
    )
    return [_token(row) for row in connection.execute(statement).mappings()]


def used(connection: Connection, token: int, at: str) -> None:
    """Write down when a token was used last."""
    connection.execute(update(table).where(table.c.id == token).values(used_at=at))


def end(connection: Connection, user: str, at: str, *, only: int | None = None) -> list[int]:
    """End a person's living tokens, or ``only`` one; return which."""
    mine = [table.c.user == user, table.c.ended_at == ""]
    if only is not None:
        mine.append(table.c.id == only)
    ids = list(connection.execute(select(table.c.id).where(*mine).with_for_update()).scalars())
    connection.execute(update(table).where(table.c.id.in_(ids)).values(ended_at=at))
    return ids


def _token(row: Mapping[Any, Any]) -> Token:
    given = {str(name): value for name, value in row.items()}
    return Token(**given | {"rights": tuple(json.loads(given["rights"]))})
