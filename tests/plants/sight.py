"""What several plants share: an access as if it saw more than it may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.access.readers import Visibility
from tsuzuri.query.bound import ALWAYS
from tsuzuri.storage.records import Records


def of_every_record(access: Access) -> Access:
    """Return the access as if its record rules let every record through."""
    rows = dict.fromkeys(access.rows, ALWAYS)
    everything = Visibility(everything=True, keys=None, residual=None)
    return replace(access, rows=rows, visible=everything)


def of_every_field(access: Access) -> Access:
    """Return the access as if its field rules hid nothing."""
    return replace(access, app=access.whole)


def all_of(records: Records) -> Records:
    """Return the same records on the same connection, without the record rules."""
    return Records(records.connection, of_every_record(records.access), records.principals)


def whole(records: Records) -> Any:
    """Return the same records on the same connection, with every field."""
    return Records(records.connection, of_every_field(records.access), records.principals)
