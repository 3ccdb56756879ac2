"""When the record was last changed."""

from __future__ import annotations

from tsuzuri.fields.system import When


class Updated(When):
    """Set at every change."""

    name = "updated"
    column = "updated_at"
