"""Who made the record."""

from __future__ import annotations

from tsuzuri.fields.system import Who


class Creator(Who):
    """The user, by code."""

    name = "creator"
    column = "created_by"
    entity = "user"
