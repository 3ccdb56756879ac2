"""When the record was last changed."""

from __future__ import annotations

from tsuzuri.errors import message
from tsuzuri.fields.base import Family
from tsuzuri.fields.system import When


class Updated(When):
    """Set at every change."""

    name = "updated"
    family = Family.WORKED_OUT
    label = message("更新日時")
    about = message("最後に変えた日時")
    column = "updated_at"
