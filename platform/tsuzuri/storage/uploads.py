"""Files somebody sent that no record holds yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select

from tsuzuri.storage.database import Database
from tsuzuri.storage.tables import uploads


def keep(database: Database, user: str, file: Mapping[str, Any], at: str) -> None:
    """Remember that ``user`` sent ``file`` (key, name, type, size); the last name given counts."""
    with database.platform(writing=True) as connection:
        connection.execute(
            delete(uploads).where(uploads.c.user == user, uploads.c.key == file["key"])
        )
        connection.execute(insert(uploads).values(user=user, at=at, **file))


def of(database: Database, user: str, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return those of ``keys`` that ``user`` sent, as wire values of a file."""
    if not keys:
        return {}
    columns = (uploads.c.key, uploads.c.name, uploads.c.type, uploads.c.size)
    with database.platform() as connection:
        rows = connection.execute(
            select(*columns).where(uploads.c.user == user, uploads.c.key.in_(keys))
        )
        return {row.key: dict(row._mapping) for row in rows}  # noqa: SLF001  SQLAlchemy's public name


def sent(database: Database, user: str, since: str) -> tuple[int, int]:
    """Return how many files ``user`` sent since then, and their bytes."""
    with database.platform() as connection:
        row = connection.execute(
            select(func.count(), func.sum(uploads.c.size)).where(
                uploads.c.user == user, uploads.c.at >= since
            )
        ).one()
        return int(row[0]), int(row[1] or 0)
