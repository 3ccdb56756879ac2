"""What an account has open in the world, ended all at once when the account is closed."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, update

from tsuzuri.storage import sessions
from tsuzuri.storage.account_tables import api_tokens, once


def close(connection: Connection, user: str, at: str) -> Mapping[str, int]:
    """End a person's sessions, API tokens and unused links; return how many of each."""
    ended = sessions.end(connection, user, at)
    tokens = connection.execute(
        update(api_tokens)
        .where(api_tokens.c.user == user, api_tokens.c.ended_at == "")
        .values(ended_at=at)
    )
    links = connection.execute(
        update(once).where(once.c.user == user, once.c.used_at == "").values(used_at=at)
    )
    return {"sessions": ended, "tokens": tokens.rowcount, "links": links.rowcount}
