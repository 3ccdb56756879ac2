"""The history of one record, as one reader may know it."""

from __future__ import annotations

from tsuzuri.access.gate import Access
from tsuzuri.services.platform import Platform
from tsuzuri.storage import history as stored
from tsuzuri.storage.history import Change
from tsuzuri.storage.revisions import open_fields


def changes(platform: Platform, access: Access, record_id: int) -> list[Change]:
    """Return what was changed in a record, newest first.  ``Unknown`` if it cannot be seen.

    A field that is open on some records only shows its past where it is open on this one now.
    """
    with platform.reading(access) as records:
        records.get(record_id)
        return stored.changes_of(
            records.connection,
            access.whole,
            record_id,
            open_fields=open_fields(records, [record_id])[record_id],
        )


__all__ = ["Change", "changes"]
