"""When the record was made."""

from __future__ import annotations

from tsuzuri.errors import message
from tsuzuri.fields.base import Family
from tsuzuri.fields.system import When


class Created(When):
    """Set once."""

    name = "created"
    family = Family.WORKED_OUT
    label = message("作成日時")
    about = message("最初に保存した日時")
    column = "created_at"
