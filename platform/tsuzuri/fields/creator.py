"""Who made the record."""

from __future__ import annotations

from tsuzuri.errors import message
from tsuzuri.fields.base import Family
from tsuzuri.fields.system import Who


class Creator(Who):
    """The user, by code."""

    name = "creator"
    family = Family.WORKED_OUT
    label = message("作成者")
    about = message("最初に保存した人")
    column = "created_by"
    entity = "user"
