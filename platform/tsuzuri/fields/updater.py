"""Who changed the record last."""

from __future__ import annotations

from tsuzuri.fields.system import Who


class Updater(Who):
    """The user, by code."""

    name = "updater"
    column = "updated_by"
    entity = "user"
