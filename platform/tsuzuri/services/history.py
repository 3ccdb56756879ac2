"""The history of one record, as one reader may know it."""

from __future__ import annotations

from tsuzuri.access.gate import Access
from tsuzuri.fields.base import Field
from tsuzuri.services.platform import Platform
from tsuzuri.storage import history as stored
from tsuzuri.storage.history import Change
from tsuzuri.storage.records import Records


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
            open_fields=_open_fields(records, record_id),
        )


def _open_fields(records: Records, record_id: int) -> list[Field]:
    fields = records.access.app.fields
    guards = [one.guard.visible for one in fields if one.guard is not None]
    told = iter(records.allows(record_id, guards) if guards else ())
    return [one for one in fields if one.guard is None or next(told)]


__all__ = ["Change", "changes"]
