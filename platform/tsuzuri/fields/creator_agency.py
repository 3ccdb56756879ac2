"""Where the maker of the record belonged when it was made."""

from __future__ import annotations

from tsuzuri.errors import message
from tsuzuri.fields.base import Family
from tsuzuri.fields.system import Who


class CreatorAgency(Who):
    """It stays when the person moves on: the record belongs to the office, not to the person."""

    name = "creator_agency"
    family = Family.WORKED_OUT
    label = message("作成者の所属")
    about = message("最初に保存した人の所属")
    column = "created_agency"
    entity = "agency"
