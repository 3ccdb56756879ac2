"""Who changed the record last."""

from __future__ import annotations

from tsuzuri.errors import message
from tsuzuri.fields.base import Family
from tsuzuri.fields.system import Who


class Updater(Who):
    """The user, by code."""

    name = "updater"
    family = Family.WORKED_OUT
    label = message("更新者")
    about = message("最後に変えた人")
    column = "updated_by"
    entity = "user"
