"""With whom somebody shared a record last."""

from __future__ import annotations

from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.fields.base import Field
from tsuzuri.query.bound import Order, Test
from tsuzuri.services.platform import Platform
from tsuzuri.services.readership import quietly
from tsuzuri.storage.records import MASKED, Listing


def last(platform: Platform, access: Access, field: Field) -> list[str] | None:
    """Return the agencies in ``field`` of the newest record that the person made here.

    Only what they still see, and only agencies they may know of today, so that it can be saved.
    """
    quiet = quietly(platform, access)
    known = quiet.app.by_code
    if not quiet.may("view") or field.code not in known:
        return None
    listing = Listing(
        where=Test(known["$creator"], "in", (quiet.actor.user,)),
        order=(Order(known["$created"], descending=True),),
        columns=(known[field.code],),
        size=1,
    )
    with platform.reading(quiet) as records:
        rows: list[Any] = records.page(listing).rows
    value = rows[0][2] if rows else None
    if not value or value is MASKED:
        return None
    agencies = platform.directory_for(access.actor).agencies
    return [code for code in value if code in agencies] or None
