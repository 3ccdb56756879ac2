"""Deleted records, for whoever may delete and restore them."""

from __future__ import annotations

from tsuzuri.access.gate import Access
from tsuzuri.services.platform import Platform
from tsuzuri.storage import trash as stored
from tsuzuri.storage.writing import RecordState

SHOWN = 100


def deleted(platform: Platform, access: Access) -> list[RecordState]:
    """Return the latest deleted records that the person could delete and so may restore."""
    with platform.reading(access) as records:
        return stored.deleted(records, SHOWN)
