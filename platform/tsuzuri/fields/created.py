"""When the record was made."""

from __future__ import annotations

from tsuzuri.fields.system import When


class Created(When):
    """Set once."""

    name = "created"
    column = "created_at"
