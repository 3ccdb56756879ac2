"""Who lifted which mask, when and why."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from tsuzuri.access.gate import Access
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.tables import unmaskings


def note_unmasking(
    connection: Connection, access: Access, record: int, code: str, **why: str
) -> None:
    """Note that the person of ``access`` saw behind a mask; ``why`` gives ``at`` and ``reason``."""
    connection.execute(
        insert(unmaskings).values(
            id=new_ids.new(),
            app=access.whole.number,
            record=record,
            field=code,
            user=access.actor.user,
            **why,
        )
    )
